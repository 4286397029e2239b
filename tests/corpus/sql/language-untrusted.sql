--
-- PostgreSQL database dump
--

SET statement_timeout = 0;
SELECT pg_catalog.set_config('search_path', '', false);
CREATE FUNCTION f() RETURNS int LANGUAGE plpython3u AS 'import os';
--
-- PostgreSQL database dump complete
--

