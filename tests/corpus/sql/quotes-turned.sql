--
-- PostgreSQL database dump
--

SET statement_timeout = 0;
SELECT pg_catalog.set_config('search_path', '', false);
SET standard_conforming_strings = off;
--
-- PostgreSQL database dump complete
--

