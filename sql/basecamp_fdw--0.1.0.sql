-- What CREATE EXTENSION basecamp_fdw makes, in schema basecamp.
\echo Use "CREATE EXTENSION basecamp_fdw" to load this file. \quit

-- What is in the schema beside this extension's own could be called in place of it, and would be given
-- tokens. So it must be empty, and nobody else may put anything there. A dump that is restored makes it
-- empty, before this.
DO $$
DECLARE
  place pg_catalog.pg_namespace;
  found text;
BEGIN
  SELECT * INTO STRICT place FROM pg_catalog.pg_namespace WHERE nspname = 'basecamp';
  IF NOT EXISTS (
    SELECT FROM pg_catalog.pg_roles
     WHERE oid = place.nspowner AND (rolsuper OR rolname = CURRENT_USER)
  ) THEN
    RAISE EXCEPTION 'schema "basecamp" belongs to role "%"', pg_catalog.pg_get_userbyid(place.nspowner)
      USING ERRCODE = 'insufficient_privilege',
            DETAIL = 'Its owner could put functions there that are called in place of the extension''s and are given tokens.',
            HINT = 'Rename the schema, or drop it.';
  END IF;
  SELECT pg_catalog.pg_describe_object(classid, objid, objsubid) INTO found
    FROM pg_catalog.pg_depend
   WHERE refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND refobjid = place.oid
     AND classid <> 'pg_catalog.pg_extension'::pg_catalog.regclass
   LIMIT 1;
  IF found IS NOT NULL THEN
    RAISE EXCEPTION 'schema "basecamp" is not empty'
      USING ERRCODE = 'object_not_in_prerequisite_state',
            DETAIL = 'It has ' || found || ', which could be called in place of the extension''s own and be given tokens.',
            HINT = 'Move its objects to another schema, rename it, or drop it.';
  END IF;
  SELECT CASE grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.pg_get_userbyid(grantee) END INTO found
    FROM pg_catalog.aclexplode(place.nspacl)
   WHERE privilege_type = 'CREATE' AND grantee <> place.nspowner
   LIMIT 1;
  IF found IS NOT NULL THEN
    RAISE EXCEPTION 'others can create objects in schema "basecamp"'
      USING ERRCODE = 'insufficient_privilege',
            DETAIL = 'Role ' || found || ' could put functions there that are called in place of the extension''s and are given tokens.',
            HINT = 'REVOKE CREATE ON SCHEMA basecamp, or drop it.';
  END IF;
END
$$;

CREATE FUNCTION basecamp_fdw_handler() RETURNS fdw_handler
LANGUAGE c STRICT
AS 'MODULE_PATHNAME', 'basecamp_fdw_handler_wrapper';

COMMENT ON FUNCTION basecamp_fdw_handler() IS
'The callbacks of the foreign data wrapper basecamp_fdw.';

CREATE FUNCTION basecamp_fdw_validator(options text[], catalog oid) RETURNS void
LANGUAGE c STRICT SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'basecamp_fdw_validator_wrapper';

COMMENT ON FUNCTION basecamp_fdw_validator(text[], oid) IS
'Checks the options of servers, user mappings, foreign tables and columns of basecamp_fdw.';

CREATE FOREIGN DATA WRAPPER basecamp_fdw
HANDLER basecamp_fdw_handler
VALIDATOR basecamp_fdw_validator;

COMMENT ON FOREIGN DATA WRAPPER basecamp_fdw IS
'Basecamp accounts as servers, their records as foreign tables.';

-- What follows is for everybody, unless it says otherwise.
GRANT USAGE ON SCHEMA basecamp TO PUBLIC;

-- Tokens

-- The server by its name: a dump carries it, and so the rows fit what is restored. The role as a
-- regrole: an oid here, which a renamed role keeps and no other gets, and a name in a dump.
CREATE TABLE oauth_tokens (
  server_name text COLLATE "C" NOT NULL,
  user_role regrole NOT NULL,
  key_id text NOT NULL,
  nonce bytea NOT NULL,
  ciphertext bytea NOT NULL,
  expires_at timestamptz,
  scope text,
  refreshed_at timestamptz NOT NULL,
  options text NOT NULL,
  PRIMARY KEY (server_name, user_role)
);

COMMENT ON TABLE oauth_tokens IS
'OAuth tokens, sealed with the key in the file of setting basecamp_fdw.key_file: one row per server and user ("-" for the mapping of PUBLIC).';
COMMENT ON COLUMN oauth_tokens.key_id IS 'Which key sealed the row; not secret.';
COMMENT ON COLUMN oauth_tokens.nonce IS 'The nonce of AES-256-GCM.';
COMMENT ON COLUMN oauth_tokens.ciphertext IS 'The tokens, sealed for this server and user alone.';
COMMENT ON COLUMN oauth_tokens.expires_at IS 'When the access token expires; NULL if it does not.';
COMMENT ON COLUMN oauth_tokens.scope IS 'The scope that was granted.';
COMMENT ON COLUMN oauth_tokens.refreshed_at IS 'When the tokens were stored.';
COMMENT ON COLUMN oauth_tokens.options IS
'A keyed hash of the tokens in the options of the user mapping that these replaced.';

REVOKE ALL ON oauth_tokens FROM PUBLIC;
SELECT pg_catalog.pg_extension_config_dump('oauth_tokens', '');

CREATE TABLE oauth_pending (
  server_name text COLLATE "C" NOT NULL,
  user_role regrole NOT NULL,
  started_at timestamptz NOT NULL,
  key_id text NOT NULL,
  nonce bytea NOT NULL,
  ciphertext bytea NOT NULL,
  PRIMARY KEY (server_name, user_role, nonce)
);

COMMENT ON TABLE oauth_pending IS
'Authorizations between the URL and the code: state and PKCE verifier, sealed. Rows expire after an hour.';

REVOKE ALL ON oauth_pending FROM PUBLIC;

CREATE VIEW connections WITH (security_barrier) AS
SELECT server_name, CURRENT_USER::pg_catalog.text AS user_name, expires_at, scope, refreshed_at
  FROM basecamp.oauth_tokens
 WHERE user_role::pg_catalog.oid OPERATOR(pg_catalog.=)
       (SELECT oid FROM pg_catalog.pg_roles WHERE rolname OPERATOR(pg_catalog.=) CURRENT_USER);

COMMENT ON VIEW connections IS
'The stored connections of the current user: what is not secret of them.';

GRANT SELECT ON connections TO PUBLIC;

CREATE FUNCTION forget_leftovers(mapping oid) RETURNS void
VOLATILE PARALLEL UNSAFE LANGUAGE c STRICT
SET search_path = pg_catalog, pg_temp
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'forget_leftovers_wrapper';

COMMENT ON FUNCTION forget_leftovers(oid) IS
'Removes the files beside the stored tokens of a user mapping that is dropped.';

REVOKE ALL ON FUNCTION forget_leftovers(oid) FROM PUBLIC;

CREATE FUNCTION forget_dropped() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  dropped record;
BEGIN
  IF pg_catalog.pg_is_in_recovery() THEN
    RETURN;
  END IF;
  FOR dropped IN
    SELECT d.object_type, d.objid, d.address_names, d.address_args,
           CASE WHEN d.address_names[1] = 'public' THEN 0::oid ELSE r.oid END AS role
      FROM pg_catalog.pg_event_trigger_dropped_objects() d
      LEFT JOIN pg_catalog.pg_roles r ON r.rolname = d.address_names[1]
     WHERE d.object_type IN ('user mapping', 'server')
  LOOP
    IF dropped.object_type = 'user mapping' THEN
      DELETE FROM basecamp.oauth_tokens
       WHERE server_name = dropped.address_args[1] AND user_role::oid = dropped.role;
      DELETE FROM basecamp.oauth_pending
       WHERE server_name = dropped.address_args[1] AND user_role::oid = dropped.role;
      PERFORM basecamp.forget_leftovers(dropped.objid);
    ELSE
      DELETE FROM basecamp.oauth_tokens WHERE server_name = dropped.address_names[1];
      DELETE FROM basecamp.oauth_pending WHERE server_name = dropped.address_names[1];
    END IF;
  END LOOP;
END
$$;

COMMENT ON FUNCTION forget_dropped() IS
'Removes the stored tokens of user mappings and servers that are dropped.';

REVOKE ALL ON FUNCTION forget_dropped() FROM PUBLIC;

CREATE EVENT TRIGGER basecamp_fdw_forget_dropped ON sql_drop
WHEN TAG IN ('DROP USER MAPPING', 'DROP SERVER', 'DROP OWNED', 'DROP FOREIGN DATA WRAPPER')
EXECUTE FUNCTION forget_dropped();

COMMENT ON EVENT TRIGGER basecamp_fdw_forget_dropped IS
'Removes the stored tokens of user mappings and servers that are dropped.';

CREATE FUNCTION note_server_names() RETURNS void
VOLATILE PARALLEL UNSAFE LANGUAGE c
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'note_server_names_wrapper';

COMMENT ON FUNCTION note_server_names() IS
'Called before ALTER SERVER, so that stored tokens can follow a new name.';

REVOKE ALL ON FUNCTION note_server_names() FROM PUBLIC;

CREATE FUNCTION follow_server_names() RETURNS void
VOLATILE PARALLEL UNSAFE LANGUAGE c
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'follow_server_names_wrapper';

COMMENT ON FUNCTION follow_server_names() IS
'Called after ALTER SERVER: seals stored tokens for the new name of their server.';

REVOKE ALL ON FUNCTION follow_server_names() FROM PUBLIC;

CREATE FUNCTION before_alter_server() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ BEGIN PERFORM basecamp.note_server_names(); END $$;

COMMENT ON FUNCTION before_alter_server() IS 'Calls note_server_names.';

REVOKE ALL ON FUNCTION before_alter_server() FROM PUBLIC;

CREATE FUNCTION after_alter_server() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ BEGIN PERFORM basecamp.follow_server_names(); END $$;

COMMENT ON FUNCTION after_alter_server() IS 'Calls follow_server_names.';

REVOKE ALL ON FUNCTION after_alter_server() FROM PUBLIC;

CREATE EVENT TRIGGER basecamp_fdw_before_alter_server ON ddl_command_start
WHEN TAG IN ('ALTER SERVER')
EXECUTE FUNCTION before_alter_server();

COMMENT ON EVENT TRIGGER basecamp_fdw_before_alter_server IS
'Lets stored tokens follow a server that gets another name.';

CREATE EVENT TRIGGER basecamp_fdw_after_alter_server ON ddl_command_end
WHEN TAG IN ('ALTER SERVER')
EXECUTE FUNCTION after_alter_server();

COMMENT ON EVENT TRIGGER basecamp_fdw_after_alter_server IS
'Lets stored tokens follow a server that gets another name.';

-- Connecting

CREATE TYPE oauth_grant AS (access_token text, refresh_token text, expires_in bigint);

COMMENT ON TYPE oauth_grant IS
'What was granted: the tokens, and seconds until the access token expires.';

CREATE FUNCTION get_oauth_authorization_url(
  server text, callback_url text DEFAULT NULL, scope text DEFAULT NULL, state text DEFAULT NULL
) RETURNS text
VOLATILE PARALLEL UNSAFE LANGUAGE c
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'get_oauth_authorization_url_wrapper';

COMMENT ON FUNCTION get_oauth_authorization_url(text, text, text, text) IS
'The address at which a person allows access; remembers state and PKCE verifier for an hour.';

CREATE FUNCTION get_oauth_access_token(
  server text, verifier text DEFAULT NULL, callback_url text DEFAULT NULL, scope text DEFAULT NULL,
  auth_mode text DEFAULT 'WEB'
) RETURNS SETOF oauth_grant
VOLATILE PARALLEL UNSAFE LANGUAGE c ROWS 1
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'get_oauth_access_token_wrapper';

COMMENT ON FUNCTION get_oauth_access_token(text, text, text, text, text) IS
'Exchanges the code, or the whole address that the browser was sent to, for tokens and stores them. auth_mode APP waits for the browser as authorize does.';

CREATE FUNCTION refresh_oauth_access_token(server text, refresh_token text DEFAULT NULL)
RETURNS SETOF oauth_grant
VOLATILE PARALLEL UNSAFE LANGUAGE c ROWS 1
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'refresh_oauth_access_token_wrapper';

COMMENT ON FUNCTION refresh_oauth_access_token(text, text) IS
'Asks for a new access token with the given refresh token, or the one at hand, and stores it.';

CREATE FUNCTION set_oauth_tokens(
  server text, access_token text, refresh_token text DEFAULT NULL, expires_in bigint DEFAULT NULL
) RETURNS void
VOLATILE PARALLEL UNSAFE LANGUAGE c
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'set_oauth_tokens_wrapper';

COMMENT ON FUNCTION set_oauth_tokens(text, text, text, bigint) IS
'Stores tokens that are at hand, without an option that a dump or a catalog would show.';

CREATE FUNCTION authorize(server text, timeout integer DEFAULT 300) RETURNS void
VOLATILE PARALLEL UNSAFE LANGUAGE c
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'authorize_wrapper';

COMMENT ON FUNCTION authorize(text, integer) IS
'Shows the address at which a person allows access, waits on the callback URL for the browser, and stores the tokens. Timeout in seconds.';

CREATE FUNCTION authorize_device(server text) RETURNS void
VOLATILE PARALLEL UNSAFE LANGUAGE c
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'authorize_device_wrapper';

COMMENT ON FUNCTION authorize_device(text) IS
'Shows an address and a code that a person enters on another device (RFC 8628), waits, and stores the tokens.';

CREATE FUNCTION export_oauth_settings(server text, passphrase text) RETURNS text
VOLATILE PARALLEL UNSAFE LANGUAGE c
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'export_oauth_settings_wrapper';

COMMENT ON FUNCTION export_oauth_settings(text, text) IS
'The tokens at hand as text, encrypted with the passphrase.';

CREATE FUNCTION import_oauth_settings(server text, settings text, passphrase text) RETURNS void
VOLATILE PARALLEL UNSAFE LANGUAGE c
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'import_oauth_settings_wrapper';

COMMENT ON FUNCTION import_oauth_settings(text, text, text) IS
'Stores tokens that export_oauth_settings gave, here or on another machine.';

CREATE FUNCTION forget_oauth_tokens(server text) RETURNS boolean
VOLATILE PARALLEL UNSAFE LANGUAGE c
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'forget_oauth_tokens_wrapper';

COMMENT ON FUNCTION forget_oauth_tokens(text) IS
'Removes the stored tokens; true if there were any.';

CREATE FUNCTION rotate_encryption_key(new_key boolean DEFAULT true) RETURNS bigint
VOLATILE PARALLEL UNSAFE LANGUAGE c SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'rotate_encryption_key_wrapper';

COMMENT ON FUNCTION rotate_encryption_key(boolean) IS
'Seals every stored row of this database anew, with a new key or with the present one, and says how many.';

REVOKE ALL ON FUNCTION rotate_encryption_key(boolean) FROM PUBLIC;

CREATE FUNCTION accounts(server text)
RETURNS TABLE (
  identity_id bigint, identity_name text, email_address text,
  id bigint, name text, product text, href text
)
VOLATILE PARALLEL UNSAFE LANGUAGE c ROWS 10
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'accounts_wrapper';

COMMENT ON FUNCTION accounts(text) IS
'Who the token belongs to, and every account that it can see: the way to find option accountid.';

-- Looking around

CREATE FUNCTION resources(server text)
RETURNS TABLE (
  name text, meaning text, sources jsonb, filters text[], needs text,
  scoped_by_project boolean, api_version text
)
STABLE PARALLEL SAFE LANGUAGE c ROWS 90 COST 1000
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'resources_wrapper';

COMMENT ON FUNCTION resources(text) IS
'The tables of a server: what a row is, where rows come from, the columns on which conditions save requests, and the condition without which a table cannot be read. Asks Basecamp nothing.';

CREATE FUNCTION columns(server text)
RETURNS TABLE (
  table_name text, column_name text, type text, meaning text,
  filterable boolean, sortable boolean, writable boolean, "position" integer
)
STABLE PARALLEL SAFE LANGUAGE c ROWS 3000 COST 1000
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'columns_wrapper';

COMMENT ON FUNCTION columns(text) IS
'The columns of the tables of a server: filterable where a condition saves requests, sortable where Basecamp sorts, writable where a statement can change it. Asks Basecamp nothing.';

CREATE FUNCTION comment_sql(schema text) RETURNS SETOF text
STABLE PARALLEL RESTRICTED LANGUAGE c ROWS 3000 COST 1000
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'comment_sql_wrapper';

COMMENT ON FUNCTION comment_sql(text) IS
'COMMENT statements that explain the foreign tables of basecamp_fdw in a schema and their columns, however they were renamed.';

CREATE FUNCTION import(
  server text, schema text, limit_to text[] DEFAULT NULL, excluding text[] DEFAULT NULL
) RETURNS SETOF text
VOLATILE PARALLEL UNSAFE LANGUAGE c ROWS 90 COST 100000
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'import_wrapper';

COMMENT ON FUNCTION import(text, text, text[], text[]) IS
'IMPORT FOREIGN SCHEMA into an existing schema, with a comment on each table and column; gives the names of the tables. Asks Basecamp nothing.';

-- Helpers

CREATE FUNCTION html_to_text(html text) RETURNS text
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE c COST 100
AS 'MODULE_PATHNAME', 'html_to_text_wrapper';

COMMENT ON FUNCTION html_to_text(text) IS
'The rich text of Basecamp as readable text: paragraphs and lists laid out, links with their address, mentions as @Name, files as [name].';

CREATE FUNCTION person_ids(people jsonb) RETURNS bigint[]
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE c COST 10
AS 'MODULE_PATHNAME', 'person_ids_wrapper';

COMMENT ON FUNCTION person_ids(jsonb) IS
'The ids of the people in an array of them, or of one person; Basecamp''s own actors, which have no number, are left out.';

CREATE FUNCTION download(server text, url text) RETURNS bytea
VOLATILE PARALLEL UNSAFE LANGUAGE c COST 1000000
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'download_wrapper';

COMMENT ON FUNCTION download(text, text) IS
'The bytes of a file by an address that Basecamp gave, such as uploads.download_url: less than 1 GB.';
