--
-- PostgreSQL database dump
--

SET statement_timeout = 0;
SELECT pg_catalog.set_config('search_path', '', false);
CREATE SERVER s FOREIGN DATA WRAPPER postgres_fdw;
--
-- PostgreSQL database dump complete
--

