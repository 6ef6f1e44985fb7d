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
