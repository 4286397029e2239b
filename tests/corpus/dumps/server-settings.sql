--
-- PostgreSQL database dump
--

SET statement_timeout = 0;
SELECT pg_catalog.set_config('search_path', '', false);
CREATE TABLE public.t AS SELECT * FROM pg_catalog.pg_hba_file_rules;
--
-- PostgreSQL database dump complete
--

