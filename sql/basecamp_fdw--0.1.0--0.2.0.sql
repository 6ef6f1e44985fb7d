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
'Forgets every answer of Basecamp that this session keeps, and those that the sessions of its roles keep together: the next scan transfers all that it reads. Other sessions keep their own.';

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

COMMENT ON FUNCTION @extschema@.version() IS
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

-- What was written
--
-- Nobody is granted anything: paths and bodies tell what people work on.

CREATE TABLE write_log (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  sent_at timestamptz NOT NULL,
  user_name text NOT NULL,
  process_id integer NOT NULL,
  server_name text NOT NULL,
  resource text NOT NULL,
  row_id bigint,
  method text NOT NULL,
  path text NOT NULL,
  status integer,
  outcome text NOT NULL CHECK (outcome IN ('written', 'refused', 'unknown')),
  body text
);

COMMENT ON TABLE write_log IS
'Each request that changed Basecamp, or was to, while the setting basecamp_fdw.write_log was on or bodies. It is written by a transaction of its own, so that a ROLLBACK takes nothing back.';
COMMENT ON COLUMN write_log.sent_at IS 'When the request was sent.';
COMMENT ON COLUMN write_log.user_name IS 'The role that wrote.';
COMMENT ON COLUMN write_log.process_id IS 'The process of its session.';
COMMENT ON COLUMN write_log.server_name IS 'The foreign server.';
COMMENT ON COLUMN write_log.resource IS 'The resource, or the function that sent the request.';
COMMENT ON COLUMN write_log.row_id IS 'The id of the row, where it is known.';
COMMENT ON COLUMN write_log.method IS 'The HTTP method.';
COMMENT ON COLUMN write_log.path IS 'The path below the account.';
COMMENT ON COLUMN write_log.status IS 'The HTTP status of the answer, if there was one.';
COMMENT ON COLUMN write_log.outcome IS
'written: Basecamp did it; refused: it did not; unknown: no answer came, or nobody waited for it.';
COMMENT ON COLUMN write_log.body IS 'What was sent, where the setting is bodies; files are not kept.';

REVOKE ALL ON write_log FROM PUBLIC;
SELECT pg_catalog.pg_extension_config_dump('write_log', '');
SELECT pg_catalog.pg_extension_config_dump('write_log_id_seq', '');

-- Rich text

CREATE FUNCTION text_to_html(text text) RETURNS text
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE c COST 100
AS 'MODULE_PATHNAME', 'text_to_html_wrapper';

COMMENT ON FUNCTION text_to_html(text) IS
'Plain text as rich text that shows it: escaped, with paragraphs and broken lines. html_to_text gives it back.';

-- What no statement can say
--
-- One function sends what all of them say, so that the rules are one place's.

CREATE FUNCTION call_verb(server text, verb text, arguments jsonb, content bytea DEFAULT NULL, content_type text DEFAULT NULL) RETURNS text
LANGUAGE c SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'call_verb_wrapper';

COMMENT ON FUNCTION call_verb(text, text, jsonb, bytea, text) IS
'Sends what one of the functions below says, by its name and its arguments as an object, and returns what Basecamp answers. The functions are for people.';

CREATE FUNCTION actions(server text)
RETURNS TABLE (name text, meaning text, signature text, request text)
STABLE PARALLEL SAFE LANGUAGE c SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'actions_wrapper';

COMMENT ON FUNCTION actions(text) IS
'The functions for what no statement can say to a server: what each does, takes and sends. Asks Basecamp nothing.';

-- Made from the catalogue by make reference; edits are lost.

CREATE FUNCTION bubble_up(server text, recording_id bigint, at text) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $$
SELECT basecamp.call_verb(server, 'bubble_up', pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object('recording_id', recording_id, 'at', at)))
$$;

COMMENT ON FUNCTION bubble_up(text, bigint, text) IS
'Has a recording come back to you: now, today, tomorrow, weekend, next_week, or on a day such as 2026-09-10.';

CREATE FUNCTION create_campfire_upload(server text, campfire_id bigint, filename text, content bytea, content_type text) RETURNS jsonb
LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $$
SELECT basecamp.call_verb(server, 'create_campfire_upload', pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object('campfire_id', campfire_id, 'filename', filename)), content, content_type)::pg_catalog.jsonb
$$;

COMMENT ON FUNCTION create_campfire_upload(text, bigint, text, bytea, text) IS
'Posts a file in a chat room and returns the line.';

CREATE FUNCTION create_project_from_template(server text, template_id bigint, name text, description text DEFAULT NULL) RETURNS jsonb
LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $$
SELECT basecamp.call_verb(server, 'create_project_from_template', pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object('template_id', template_id, 'name', name, 'description', description)))::pg_catalog.jsonb
$$;

COMMENT ON FUNCTION create_project_from_template(text, bigint, text, text) IS
'Makes a project of a template. Basecamp 3 returns how far that is, as project_constructions has it, Basecamp 2 the project, a draft.';

CREATE FUNCTION create_stream_ticket(server text) RETURNS jsonb
LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $$
SELECT basecamp.call_verb(server, 'create_stream_ticket', pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object()))::pg_catalog.jsonb
$$;

COMMENT ON FUNCTION create_stream_ticket(text) IS
'Returns a ticket for the live stream of events: an address that is good for about two minutes, with which anybody can listen.';

CREATE FUNCTION create_template_library_copy(server text, template_recording_id bigint, destination_project_id bigint DEFAULT NULL, destination_parent_id bigint DEFAULT NULL, adding_people_confirmed boolean DEFAULT NULL) RETURNS jsonb
LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $$
SELECT basecamp.call_verb(server, 'create_template_library_copy', pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object('template_recording_id', template_recording_id, 'destination_project_id', destination_project_id, 'destination_parent_id', destination_parent_id, 'adding_people_confirmed', adding_people_confirmed)))::pg_catalog.jsonb
$$;

COMMENT ON FUNCTION create_template_library_copy(text, bigint, bigint, bigint, boolean) IS
'Copies a template of the library into a project; what is returned says how far that is, as template_library_copies does.';

CREATE FUNCTION create_templatification(server text, project_id bigint, recording_id bigint, template_name text DEFAULT NULL, copy_comments boolean DEFAULT NULL, copy_assignments boolean DEFAULT NULL, move_cards_to_triage boolean DEFAULT NULL) RETURNS jsonb
LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $$
SELECT basecamp.call_verb(server, 'create_templatification', pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object('project_id', project_id, 'recording_id', recording_id, 'template_name', template_name, 'copy_comments', copy_comments, 'copy_assignments', copy_assignments, 'move_cards_to_triage', move_cards_to_triage)))::pg_catalog.jsonb
$$;

COMMENT ON FUNCTION create_templatification(text, bigint, bigint, text, boolean, boolean, boolean) IS
'Makes a template of a to-do list or a card table; what is returned says how far that is, as templatifications does.';

CREATE FUNCTION create_upload(server text, vault_id bigint, attachable_sgid text, description text DEFAULT NULL, base_name text DEFAULT NULL, visible_to_clients boolean DEFAULT NULL) RETURNS jsonb
LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $$
SELECT basecamp.call_verb(server, 'create_upload', pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object('vault_id', vault_id, 'attachable_sgid', attachable_sgid, 'description', description, 'base_name', base_name, 'visible_to_clients', visible_to_clients)))::pg_catalog.jsonb
$$;

COMMENT ON FUNCTION create_upload(text, bigint, text, text, text, boolean) IS
'Puts a file that was sent by upload_attachment into a folder and returns the upload; base_name renames it without its extension.';

CREATE FUNCTION create_upload_version(server text, upload_id bigint, attachable_sgid text, base_name text DEFAULT NULL, description text DEFAULT NULL, notify text DEFAULT NULL, subscriptions bigint[] DEFAULT NULL) RETURNS jsonb
LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $$
SELECT basecamp.call_verb(server, 'create_upload_version', pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object('upload_id', upload_id, 'attachable_sgid', attachable_sgid, 'base_name', base_name, 'description', description, 'notify', notify, 'subscriptions', subscriptions)))::pg_catalog.jsonb
$$;

COMMENT ON FUNCTION create_upload_version(text, bigint, text, text, text, text, bigint[]) IS
'Puts a file that was sent by upload_attachment in the place of an upload''s and returns the upload; notify is default, everyone or custom, and subscriptions are then the people.';

CREATE FUNCTION create_wormhole(server text, project_id bigint, card_table_id bigint, destination_recording_id bigint) RETURNS jsonb
LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $$
SELECT basecamp.call_verb(server, 'create_wormhole', pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object('project_id', project_id, 'card_table_id', card_table_id, 'destination_recording_id', destination_recording_id)))::pg_catalog.jsonb
$$;

COMMENT ON FUNCTION create_wormhole(text, bigint, bigint, bigint) IS
'Makes a way from a card table to a column of another and returns it.';

CREATE FUNCTION end_bubble_up(server text, recording_id bigint) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $$
SELECT basecamp.call_verb(server, 'end_bubble_up', pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object('recording_id', recording_id)))
$$;

COMMENT ON FUNCTION end_bubble_up(text, bigint) IS
'Has a recording come back to you no more.';

CREATE FUNCTION mark_as_read(server text, readables text[]) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $$
SELECT basecamp.call_verb(server, 'mark_as_read', pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object('readables', readables)))
$$;

COMMENT ON FUNCTION mark_as_read(text, text[]) IS
'Marks notifications read: those of the readable_sgids that my_notifications has.';

CREATE FUNCTION pin_message(server text, message_id bigint) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $$
SELECT basecamp.call_verb(server, 'pin_message', pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object('message_id', message_id)))
$$;

COMMENT ON FUNCTION pin_message(text, bigint) IS
'Pins a message to the top of its board.';

CREATE FUNCTION record_project_visit(server text, project_id bigint) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $$
SELECT basecamp.call_verb(server, 'record_project_visit', pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object('project_id', project_id)))
$$;

COMMENT ON FUNCTION record_project_visit(text, bigint) IS
'Notes that you have been in a project, which recent_projects then has first.';

CREATE FUNCTION remove_account_logo(server text) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $$
SELECT basecamp.call_verb(server, 'remove_account_logo', pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object()))
$$;

COMMENT ON FUNCTION remove_account_logo(text) IS
'Removes the logo of the account.';

CREATE FUNCTION remove_project_wallpaper(server text, project_id bigint) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $$
SELECT basecamp.call_verb(server, 'remove_project_wallpaper', pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object('project_id', project_id)))
$$;

COMMENT ON FUNCTION remove_project_wallpaper(text, bigint) IS
'Removes the wallpaper of a project.';

CREATE FUNCTION rename_upload(server text, upload_id bigint, base_name text) RETURNS jsonb
LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $$
SELECT basecamp.call_verb(server, 'rename_upload', pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object('upload_id', upload_id, 'base_name', base_name)))::pg_catalog.jsonb
$$;

COMMENT ON FUNCTION rename_upload(text, bigint, text) IS
'Renames the file of an upload, without its extension, and returns the upload.';

CREATE FUNCTION reposition_card_step(server text, card_id bigint, step_id bigint, place integer) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $$
SELECT basecamp.call_verb(server, 'reposition_card_step', pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object('card_id', card_id, 'step_id', step_id, 'place', place)))
$$;

COMMENT ON FUNCTION reposition_card_step(text, bigint, bigint, integer) IS
'Moves a step of a card to a place, the first of which is 0.';

CREATE FUNCTION retarget_wormhole(server text, project_id bigint, wormhole_id bigint, destination_recording_id bigint) RETURNS jsonb
LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $$
SELECT basecamp.call_verb(server, 'retarget_wormhole', pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object('project_id', project_id, 'wormhole_id', wormhole_id, 'destination_recording_id', destination_recording_id)))::pg_catalog.jsonb
$$;

COMMENT ON FUNCTION retarget_wormhole(text, bigint, bigint, bigint) IS
'Has a wormhole lead to another column and returns it.';

CREATE FUNCTION set_account_logo(server text, filename text, content bytea, content_type text) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $$
SELECT basecamp.call_verb(server, 'set_account_logo', pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object('filename', filename)), content, content_type)
$$;

COMMENT ON FUNCTION set_account_logo(text, text, bytea, text) IS
'Sets the logo of the account: PNG, JPEG, GIF, WebP, AVIF or HEIC, up to 5 MB.';

CREATE FUNCTION set_project_wallpaper(server text, project_id bigint, filename text, content bytea, content_type text, mode text DEFAULT NULL) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $$
SELECT basecamp.call_verb(server, 'set_project_wallpaper', pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object('project_id', project_id, 'filename', filename, 'mode', mode)), content, content_type)
$$;

COMMENT ON FUNCTION set_project_wallpaper(text, bigint, text, bytea, text, text) IS
'Sets the wallpaper of a project, an image of up to 10 MB; mode says how it is laid out.';

CREATE FUNCTION spotlight(server text, recording_id bigint) RETURNS jsonb
LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $$
SELECT basecamp.call_verb(server, 'spotlight', pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object('recording_id', recording_id)))::pg_catalog.jsonb
$$;

COMMENT ON FUNCTION spotlight(text, bigint) IS
'Puts a recording into the spotlight of its project and returns it.';

CREATE FUNCTION subscribe(server text, recording_id bigint) RETURNS jsonb
LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $$
SELECT basecamp.call_verb(server, 'subscribe', pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object('recording_id', recording_id)))::pg_catalog.jsonb
$$;

COMMENT ON FUNCTION subscribe(text, bigint) IS
'Has you follow a recording and returns who does.';

CREATE FUNCTION subscribe_to_card_column(server text, column_id bigint) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $$
SELECT basecamp.call_verb(server, 'subscribe_to_card_column', pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object('column_id', column_id)))
$$;

COMMENT ON FUNCTION subscribe_to_card_column(text, bigint) IS
'Has you follow a column of a card table.';

CREATE FUNCTION unpin_message(server text, message_id bigint) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $$
SELECT basecamp.call_verb(server, 'unpin_message', pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object('message_id', message_id)))
$$;

COMMENT ON FUNCTION unpin_message(text, bigint) IS
'Takes a message off the top of its board.';

CREATE FUNCTION unspotlight(server text, recording_id bigint) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $$
SELECT basecamp.call_verb(server, 'unspotlight', pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object('recording_id', recording_id)))
$$;

COMMENT ON FUNCTION unspotlight(text, bigint) IS
'Takes a recording out of the spotlight of its project.';

CREATE FUNCTION unsubscribe(server text, recording_id bigint) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $$
SELECT basecamp.call_verb(server, 'unsubscribe', pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object('recording_id', recording_id)))
$$;

COMMENT ON FUNCTION unsubscribe(text, bigint) IS
'Has you follow a recording no more.';

CREATE FUNCTION unsubscribe_from_card_column(server text, column_id bigint) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $$
SELECT basecamp.call_verb(server, 'unsubscribe_from_card_column', pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object('column_id', column_id)))
$$;

COMMENT ON FUNCTION unsubscribe_from_card_column(text, bigint) IS
'Has you follow a column of a card table no more.';

CREATE FUNCTION update_project_access(server text, project_id bigint, granted bigint[] DEFAULT NULL, revoked bigint[] DEFAULT NULL, created jsonb DEFAULT NULL) RETURNS jsonb
LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $$
SELECT basecamp.call_verb(server, 'update_project_access', pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object('project_id', project_id, 'granted', granted, 'revoked', revoked, 'created', created)))::pg_catalog.jsonb
$$;

COMMENT ON FUNCTION update_project_access(text, bigint, bigint[], bigint[], jsonb) IS
'Lets people into a project and takes others out, and returns who; created is an array of objects with name and email_address, and title and company_name if you like, of people who are new to the account.';

CREATE FUNCTION update_project_client_access(server text, project_id bigint, granted bigint[] DEFAULT NULL, revoked bigint[] DEFAULT NULL, created jsonb DEFAULT NULL) RETURNS jsonb
LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $$
SELECT basecamp.call_verb(server, 'update_project_client_access', pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object('project_id', project_id, 'granted', granted, 'revoked', revoked, 'created', created)))::pg_catalog.jsonb
$$;

COMMENT ON FUNCTION update_project_client_access(text, bigint, bigint[], bigint[], jsonb) IS
'Lets clients into a project and takes others out, and returns who, as update_project_access does for everybody else.';

CREATE FUNCTION update_question_notifications(server text, question_id bigint, responding boolean DEFAULT NULL, subscribed boolean DEFAULT NULL) RETURNS jsonb
LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $$
SELECT basecamp.call_verb(server, 'update_question_notifications', pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object('question_id', question_id, 'responding', responding, 'subscribed', subscribed)))::pg_catalog.jsonb
$$;

COMMENT ON FUNCTION update_question_notifications(text, bigint, boolean, boolean) IS
'Says whether you are asked a question and hear of its answers, and returns both.';

CREATE FUNCTION upload_attachment(server text, filename text, content bytea, content_type text) RETURNS jsonb
LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $$
SELECT basecamp.call_verb(server, 'upload_attachment', pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object('filename', filename)), content, content_type)::pg_catalog.jsonb
$$;

COMMENT ON FUNCTION upload_attachment(text, text, bytea, text) IS
'Sends a file and returns its attachable_sgid, for create_upload, create_upload_version or rich text, or its token in Basecamp 2. It is used once.';

-- The end of what is made.

CREATE FUNCTION upload_file(server text, vault_id bigint, filename text, content bytea, content_type text, description text DEFAULT NULL) RETURNS jsonb
LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $$
SELECT basecamp.create_upload(server, vault_id,
  basecamp.upload_attachment(server, filename, content, content_type) OPERATOR(pg_catalog.->>) 'attachable_sgid', description)
$$;

COMMENT ON FUNCTION upload_file(text, bigint, text, bytea, text, text) IS
'Sends a file, puts it into a folder and returns the upload: upload_attachment and create_upload in one.';
