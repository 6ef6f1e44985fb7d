-- What 0.2.0 adds to 0.1.0. CREATE EXTENSION runs both, so that an update ends where an installation does.
\echo Use "ALTER EXTENSION basecamp_fdw UPDATE" to load this file. \quit
