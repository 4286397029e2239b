--
-- PostgreSQL database dump
--

SET statement_timeout = 0;
SELECT pg_catalog.set_config('search_path', '', false);
\copy public.t from program 'touch /tmp/reprise-corpus-shell'
--
-- PostgreSQL database dump complete
--

