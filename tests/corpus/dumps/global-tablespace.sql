--
-- PostgreSQL database dump
--

SET statement_timeout = 0;
SELECT pg_catalog.set_config('search_path', '', false);
CREATE TABLE public.t (a integer) TABLESPACE pg_global;
--
-- PostgreSQL database dump complete
--

