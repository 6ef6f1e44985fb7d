-- What CREATE EXTENSION basecamp_fdw makes, in schema basecamp.
\echo Use "CREATE EXTENSION basecamp_fdw" to load this file. \quit

CREATE FUNCTION basecamp_fdw_handler() RETURNS fdw_handler
LANGUAGE c STRICT
AS 'MODULE_PATHNAME', 'basecamp_fdw_handler_wrapper';

COMMENT ON FUNCTION basecamp_fdw_handler() IS
'The callbacks of the foreign data wrapper basecamp_fdw.';

CREATE FUNCTION basecamp_fdw_validator(options text[], catalog oid) RETURNS void
LANGUAGE c STRICT
AS 'MODULE_PATHNAME', 'basecamp_fdw_validator_wrapper';

COMMENT ON FUNCTION basecamp_fdw_validator(text[], oid) IS
'Checks the options of servers, user mappings, foreign tables and columns of basecamp_fdw.';

CREATE FOREIGN DATA WRAPPER basecamp_fdw
HANDLER basecamp_fdw_handler
VALIDATOR basecamp_fdw_validator;

COMMENT ON FOREIGN DATA WRAPPER basecamp_fdw IS
'Basecamp accounts as servers, their records as foreign tables.';
