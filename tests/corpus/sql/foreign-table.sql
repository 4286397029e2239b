--
-- PostgreSQL database dump
--

SET statement_timeout = 0;
SELECT pg_catalog.set_config('search_path', '', false);
CREATE FOREIGN TABLE t (a text) SERVER s;
--
-- PostgreSQL database dump complete
--

