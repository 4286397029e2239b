--
-- PostgreSQL database dump
--

SET statement_timeout = 0;
SELECT pg_catalog.set_config('search_path', '', false);
COPY public.t FROM stdin;
1
--
-- PostgreSQL database dump complete
--

