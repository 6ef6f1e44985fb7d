-- What 0.2.0 adds to 0.1.0. CREATE EXTENSION runs both, so that an update ends where an installation does.
\echo Use "ALTER EXTENSION basecamp_fdw UPDATE" to load this file. \quit

-- What is asked of Basecamp

CREATE FUNCTION stats()
RETURNS TABLE (
  server text, requests bigint, not_modified bigint, cache_hits bigint, pages bigint,
  bytes bigint, retries bigint, seconds_waited double precision
)
VOLATILE PARALLEL RESTRICTED LANGUAGE c ROWS 10 COST 100
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'stats_wrapper';

COMMENT ON FUNCTION stats() IS
'What each server of this database was asked since PostgreSQL started: requests with their repeats, those answered with 304, answers used again without asking, pages and single records, bytes of bodies, repeats, and seconds that requests waited for the rate limit. Without the library in shared_preload_libraries, and before PostgreSQL 17, what this session asked.';

CREATE FUNCTION running_scans()
RETURNS TABLE (
  pid integer, database bigint, role bigint, server text, table_name text, step text,
  started double precision, pages bigint, pages_expected bigint, rows bigint, requests bigint,
  seconds_waited double precision
)
VOLATILE PARALLEL RESTRICTED LANGUAGE c ROWS 10 COST 100
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'running_scans_wrapper';

COMMENT ON FUNCTION running_scans() IS
'What the view basecamp.activity shows, with numbers in place of names and of times.';

CREATE VIEW activity AS
SELECT scan.pid, database.datname, pg_catalog.pg_get_userbyid(scan.role::pg_catalog.oid) AS role, scan.server,
       scan.table_name, scan.step, pg_catalog.to_timestamp(scan.started) AS started, scan.pages,
       scan.pages_expected, scan.rows, scan.requests, scan.seconds_waited,
       CASE WHEN scan.pages > 0 THEN
         pg_catalog.to_timestamp(scan.started)
         + (pg_catalog.clock_timestamp() - pg_catalog.to_timestamp(scan.started))
           * (scan.pages_expected::double precision / scan.pages::double precision)
       END AS estimated_end
  FROM @extschema@.running_scans() AS scan
  LEFT JOIN pg_catalog.pg_database AS database ON database.oid = scan.database::pg_catalog.oid;

COMMENT ON VIEW activity IS
'Scans that are running now, in all sessions: what they read, how many answers have come and are expected, and when they may end. As in pg_stat_activity, what other roles do is shown to members of pg_read_all_stats alone. Without the library in shared_preload_libraries, and before PostgreSQL 17, the scans of this session.';

GRANT SELECT ON activity TO PUBLIC;

CREATE FUNCTION clear_cache() RETURNS void
VOLATILE PARALLEL RESTRICTED LANGUAGE c COST 1
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'clear_cache_wrapper';

COMMENT ON FUNCTION clear_cache() IS
'Forgets every answer of Basecamp that this session keeps: the next scan transfers all that it reads. Other sessions keep their own.';

-- Slips

CREATE FUNCTION check_table("table" oid) RETURNS void
STABLE PARALLEL UNSAFE LANGUAGE c STRICT
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'check_table_wrapper';

COMMENT ON FUNCTION check_table(oid) IS
'Refuses a foreign table whose options name a resource that there is not, or a field with a slip in it.';

CREATE FUNCTION check_tables() RETURNS event_trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM basecamp.check_table(objid)
     FROM pg_catalog.pg_event_trigger_ddl_commands()
    WHERE object_type = 'foreign table';
END
$$;

COMMENT ON FUNCTION check_tables() IS 'Calls check_table for what a statement made or altered.';

CREATE EVENT TRIGGER basecamp_fdw_check_tables ON ddl_command_end
WHEN TAG IN ('CREATE FOREIGN TABLE', 'ALTER FOREIGN TABLE')
EXECUTE FUNCTION check_tables();

COMMENT ON EVENT TRIGGER basecamp_fdw_check_tables IS
'Refuses misspelt resources and fields where foreign tables are made.';

-- Importing again

DROP FUNCTION import(text, text, text[], text[]);

CREATE FUNCTION import(
  server text, schema text, limit_to text[] DEFAULT NULL, excluding text[] DEFAULT NULL,
  replace boolean DEFAULT false, dry_run boolean DEFAULT false
) RETURNS TABLE (table_name text, done text)
VOLATILE PARALLEL UNSAFE LANGUAGE c ROWS 90 COST 100000
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'import_tables_wrapper';

COMMENT ON FUNCTION import(text, text, text[], text[], boolean, boolean) IS
'The tables of a server into an existing schema, with a comment on each table and column. Run again, it adds the tables and columns that are missing and leaves the others as they are; with replace it makes them anew. Says what it did, or with dry_run what it would do. Asks Basecamp nothing.';

-- Asking what is wrong

CREATE FUNCTION "check"(server text)
RETURNS TABLE (what text, result text, finding text, advice text)
VOLATILE PARALLEL UNSAFE LANGUAGE c ROWS 12 COST 1000000
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'check_wrapper';

COMMENT ON FUNCTION "check"(text) IS
'What a connection of the current user needs, thing by thing: ok, warning or error, what was found, and what to do. Makes two requests.';

CREATE FUNCTION version()
RETURNS TABLE (library text, sql text, postgresql text)
STABLE PARALLEL RESTRICTED LANGUAGE c ROWS 1
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'version_wrapper';

COMMENT ON FUNCTION version() IS
'The versions of the library that this session has loaded, of the extension''s SQL in this database, and of PostgreSQL.';

-- Leaving

CREATE FUNCTION before_drop_extension() RETURNS event_trigger
LANGUAGE c SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'before_drop_extension_wrapper';

COMMENT ON FUNCTION before_drop_extension() IS
'Has schema basecamp dropped with the extension, and says which files stay.';

REVOKE ALL ON FUNCTION before_drop_extension() FROM PUBLIC;

CREATE EVENT TRIGGER basecamp_fdw_before_drop_extension ON ddl_command_start
WHEN TAG IN ('DROP EXTENSION')
EXECUTE FUNCTION before_drop_extension();

COMMENT ON EVENT TRIGGER basecamp_fdw_before_drop_extension IS
'Has schema basecamp dropped with the extension, and says which files stay.';
