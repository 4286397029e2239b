--
-- PostgreSQL database dump
--

SET statement_timeout = 0;
SELECT pg_catalog.set_config('search_path', '', false);
RESET ROLE;
RESET SESSION AUTHORIZATION;
SET SESSION AUTHORIZATION postgres;
SET ROLE postgres;
CREATE TABLE public.owned_by AS SELECT current_user AS who;
--
-- PostgreSQL database dump complete
--

