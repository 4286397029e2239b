--
-- PostgreSQL database dump
--

SET statement_timeout = 0;
SELECT pg_catalog.set_config('search_path', '', false);
COPY (SELECT 1) TO PROGRAM 'touch /tmp/reprise-corpus-program';
--
-- PostgreSQL database dump complete
--

