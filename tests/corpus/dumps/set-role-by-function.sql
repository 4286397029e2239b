--
-- PostgreSQL database dump
--

SET statement_timeout = 0;
SELECT pg_catalog.set_config('search_path', '', false);
SELECT pg_catalog.set_config('role', 'postgres', false);
--
-- PostgreSQL database dump complete
--

