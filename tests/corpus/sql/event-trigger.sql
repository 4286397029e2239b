--
-- PostgreSQL database dump
--

SET statement_timeout = 0;
SELECT pg_catalog.set_config('search_path', '', false);
CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION f();
--
-- PostgreSQL database dump complete
--

