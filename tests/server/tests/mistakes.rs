//! Mistakes that people make in their first hour, and the answers that lead out of them: code, message
//! and advice of each. What DETAIL says is not advice, so that it is only checked to be sentences.

use server_tests::{Refusal, Session};
use simulator::{Config, Simulator};

/// Statement; SQLSTATE; what the message has, what the hint has. `{server}`: the options of a server of
/// the simulator, without its account.
type Mistake = (&'static str, &'static str, &'static str, &'static str);

const SERVERS: &[Mistake] = &[
    (
        "CREATE SERVER s FOREIGN DATA WRAPPER basecamp_fdw",
        "HV00B",
        "\"accountid\" is required",
        "web address",
    ),
    (
        "CREATE SERVER s FOREIGN DATA WRAPPER basecamp_fdw OPTIONS (accountid 'https://3.basecamp.com/1')",
        "HV024",
        "\"accountid\"",
        "digits",
    ),
    (
        "CREATE SERVER s FOREIGN DATA WRAPPER basecamp_fdw OPTIONS (acountid '1')",
        "HV00D",
        "\"acountid\"",
        "meant the option \"accountid\"",
    ),
    (
        "CREATE SERVER s FOREIGN DATA WRAPPER basecamp_fdw OPTIONS (accountid '1', schema 'V5')",
        "HV024",
        "\"schema\"",
        "V3, V2",
    ),
    (
        "CREATE SERVER s FOREIGN DATA WRAPPER basecamp_fdw OPTIONS (accountid '1', projectid 'everything')",
        "HV024",
        "\"projectid\"",
        "all or every",
    ),
    (
        "CREATE SERVER s FOREIGN DATA WRAPPER basecamp_fdw OPTIONS (accountid '1', statuses 'open')",
        "HV024",
        "\"statuses\"",
        "active, archived, trashed",
    ),
    (
        "CREATE SERVER s FOREIGN DATA WRAPPER basecamp_fdw OPTIONS (accountid '1', timeout '0')",
        "HV024",
        "\"timeout\"",
        "from 1 to 3600",
    ),
    (
        "CREATE SERVER s FOREIGN DATA WRAPPER basecamp_fdw OPTIONS (accountid '1', ratelimit '50')",
        "HV024",
        "\"ratelimit\"",
        "50/10s",
    ),
    (
        "CREATE SERVER s FOREIGN DATA WRAPPER basecamp_fdw OPTIONS (accountid '1', url 'http://example.com')",
        "HV024",
        "\"url\"",
        "https://host",
    ),
    (
        "CREATE SERVER s FOREIGN DATA WRAPPER basecamp_fdw OPTIONS (accountid '1', oauthclientsecret 'x')",
        "HV00D",
        "\"oauthclientsecret\"",
        "user mapping",
    ),
    (
        "CREATE SERVER s FOREIGN DATA WRAPPER basecamp_fdw OPTIONS (accountid '1', authscheme 'Basic')",
        "HV024",
        "needs schema V2",
        "Use OAuth",
    ),
    (
        "CREATE SERVER s FOREIGN DATA WRAPPER basecamp_fdw OPTIONS (accountid '1', resource 'todos')",
        "HV00D",
        "\"resource\"",
        "foreign table",
    ),
    (
        "CREATE USER MAPPING FOR CURRENT_USER SERVER bc OPTIONS (token 'x')",
        "HV00D",
        "\"token\"",
        "oauthaccesstoken",
    ),
    (
        "CREATE USER MAPPING FOR CURRENT_USER SERVER bc OPTIONS (accountid '1')",
        "HV00D",
        "\"accountid\"",
        "belongs on a server",
    ),
    (
        "CREATE USER MAPPING FOR CURRENT_USER SERVER bc OPTIONS (initiateoauth 'ON')",
        "HV024",
        "\"initiateoauth\"",
        "OFF, REFRESH, GETANDREFRESH",
    ),
];

const TABLES: &[Mistake] = &[
    (
        "CREATE FOREIGN TABLE t (id bigint) SERVER bc OPTIONS (resource 'todo')",
        "HV00R",
        "no resource \"todo\"",
        "meant \"todos\"",
    ),
    (
        "CREATE FOREIGN TABLE t (id bigint) SERVER bc OPTIONS (resource 'invoices')",
        "HV00R",
        "no resource \"invoices\"",
        "basecamp.resources",
    ),
    (
        "CREATE FOREIGN TABLE t (id bigint, c text OPTIONS (field 'contnet')) SERVER bc OPTIONS (resource 'todos')",
        "HV005",
        "no field \"contnet\"",
        "meant \"content\"",
    ),
    (
        "CREATE FOREIGN TABLE t (id bigint, c text OPTIONS (field 'creator.nane')) SERVER bc OPTIONS (resource 'todos')",
        "HV005",
        "no field \"creator.nane\"",
        "meant \"creator.name\"",
    ),
    (
        "CREATE FOREIGN TABLE t (id bigint, c text OPTIONS (field '..')) SERVER bc OPTIONS (resource 'todos')",
        "HV024",
        "\"field\"",
        "creator.email_address",
    ),
    (
        "CREATE FOREIGN TABLE t (id bigint, c text OPTIONS (feld 'content')) SERVER bc",
        "HV00D",
        "\"feld\"",
        "meant the option \"field\"",
    ),
    (
        "CREATE FOREIGN TABLE t (id bigint) SERVER bc OPTIONS (resorce 'todos')",
        "HV00D",
        "\"resorce\"",
        "meant the option \"resource\"",
    ),
    (
        "ALTER FOREIGN TABLE bc.todos OPTIONS (SET resource 'todoss')",
        "HV00R",
        "no resource \"todoss\"",
        "meant \"todos\"",
    ),
    (
        "ALTER FOREIGN TABLE bc.todos ALTER COLUMN content OPTIONS (ADD field 'contnt')",
        "HV005",
        "no field \"contnt\"",
        "meant \"content\"",
    ),
    (
        "ALTER FOREIGN TABLE bc.todos OPTIONS (ADD projectid 'some')",
        "HV024",
        "\"projectid\"",
        "all or every",
    ),
    (
        "CREATE FOREIGN TABLE t (id bigint) SERVER bc; SELECT * FROM t",
        "HV00R",
        "no resource \"t\"",
        "\"resource\"",
    ),
    (
        "CREATE FOREIGN TABLE t (id bigint, contents text) SERVER bc OPTIONS (resource 'todos'); SELECT * FROM t",
        "HV005",
        "no column \"contents\"",
        "meant \"content\"",
    ),
    (
        "CREATE FOREIGN TABLE t (id bigint, invoice text) SERVER bc OPTIONS (resource 'todos'); SELECT * FROM t",
        "HV005",
        "no column \"invoice\"",
        "\"field\"",
    ),
    (
        "CREATE FOREIGN TABLE t (id bigint, content integer) SERVER bc OPTIONS (resource 'todos'); SELECT * FROM t",
        "22P02",
        "column \"content\" of table \"t\": invalid input syntax for type integer",
        "",
    ),
    (
        "CREATE FOREIGN TABLE t (id bigint, d date OPTIONS (field 'content')) SERVER bc OPTIONS (resource 'todos'); SELECT * FROM t",
        "22007",
        "column \"d\" of table \"t\": invalid input syntax for type date",
        "",
    ),
    (
        "CREATE FOREIGN TABLE t (id bigint, content varchar(1)) SERVER bc OPTIONS (resource 'todos'); SELECT * FROM t",
        "22001",
        "column \"content\" of table \"t\": value too long",
        "",
    ),
    (
        "IMPORT FOREIGN SCHEMA v2 FROM SERVER bc INTO public",
        "HV00P",
        "no schema \"v2\"",
        "option schema of the server to V2",
    ),
    (
        "IMPORT FOREIGN SCHEMA v3 FROM SERVER two INTO public",
        "HV00P",
        "no schema \"v3\"",
        "option schema of the server to V3",
    ),
    ("IMPORT FOREIGN SCHEMA public FROM SERVER bc INTO public", "HV00P", "\"public\"", "v3"),
    (
        "IMPORT FOREIGN SCHEMA v3 FROM SERVER bc INTO public OPTIONS (project '1')",
        "HV00D",
        "\"project\"",
        "projectid",
    ),
    (
        "SELECT basecamp.import('bc', 'bc', ARRAY['todo'])",
        "HV00R",
        "\"todo\"",
        "basecamp.resources",
    ),
    (
        "SELECT basecamp.import('bc', 'nowhere')",
        "HV00P",
        "\"nowhere\" does not exist",
        "CREATE SCHEMA",
    ),
    ("SELECT basecamp.import('b', 'bc')", "42704", "server \"b\" does not exist", ""),
];

const QUERIES: &[Mistake] = &[
    ("SELECT * FROM bc.boosts", "0A000", "\"boosts\"", "WHERE id = …, or WHERE recording_id = …"),
    ("SELECT * FROM bc.search_results", "0A000", "\"search_results\"", "WHERE q = …"),
    (
        "SELECT * FROM bc.recording_events",
        "0A000",
        "condition on recording_id",
        "WHERE recording_id = …",
    ),
    ("SELECT * FROM bc.calendars", "0A000", "\"calendars\"", "WHERE id = …"),
    (
        "SELECT * FROM bc.client_replies",
        "0A000",
        "\"client_replies\"",
        "WHERE project_id = … AND recording_id = …",
    ),
    (
        "SELECT * FROM bc.upcoming_schedule_entries",
        "0A000",
        "\"upcoming_schedule_entries\"",
        "WHERE window_starts_on = … AND window_ends_on = …",
    ),
    (
        "SELECT * FROM bc.questions WHERE status = 'archived'",
        "0A000",
        "is archived",
        "status = 'active'",
    ),
    (
        "SELECT * FROM bc.gauges WHERE status = 'trashed'",
        "0A000",
        "is trashed",
        "status = 'active'",
    ),
    (
        "SELECT * FROM bc.todos WHERE todolist_id = 42",
        "02000",
        "cannot read \"todos\": the record with todolist_id = 42 was not found",
        "Check the condition",
    ),
    (
        "SELECT * FROM bc.todos WHERE project_id = 43",
        "02000",
        "cannot read \"todos\": project 43 was not found",
        "projectid",
    ),
    (
        "SELECT * FROM bc.todos WHERE project_id IN (5000, 43)",
        "02000",
        "cannot read \"todos\": project 43 was not found",
        "projectid",
    ),
    (
        "SELECT * FROM bc.gauge_needles WHERE project_id = 43",
        "02000",
        "cannot read \"gauge_needles\": the record with project_id = 43 was not found",
        "Check the condition",
    ),
    (
        "CREATE FOREIGN TABLE mine (id bigint, todolist_id bigint) SERVER bc OPTIONS (resource 'todos'); \
         SELECT * FROM mine WHERE todolist_id = 42",
        "02000",
        "cannot read \"mine\"",
        "Check the condition",
    ),
    (
        "SELECT * FROM bc.inbox_items",
        "42501",
        "cannot read \"inbox_items\": permission denied",
        "Whom Basecamp allows this: agents alone",
    ),
    ("SELECT * FROM wrong.todos", "02000", "shows no account 999", "accountid"),
    ("SELECT * FROM wrong.projects", "02000", "shows no account 999", "basecamp.accounts"),
    (
        "SELECT * FROM wrong.card_tables",
        "02000",
        "cannot read \"card_tables\": Basecamp shows no account 999",
        "accountid",
    ),
    (
        "SELECT * FROM wrong.todos WHERE project_id = 5000",
        "02000",
        "shows no account 999",
        "accountid",
    ),
    (
        "SELECT * FROM wrong.todos WHERE todolist_id = 5",
        "02000",
        "shows no account 999",
        "accountid",
    ),
    ("SELECT * FROM wrong.my_profile", "02000", "shows no account 999", "accountid"),
    ("SELECT * FROM stranger.todos", "28000", "refused the authorization", "oauthaccesstoken"),
    ("SELECT * FROM basecamp.accounts('stranger')", "28000", "", ""),
    ("SELECT * FROM nobody.todos", "28000", "user mapping not found", "CREATE USER MAPPING FOR"),
    ("SELECT * FROM silent.todos", "28000", "no access token", "basecamp.authorize('silent')"),
    ("SELECT * FROM basic.todos", "HV024", "need schema V2", "Use OAuth"),
    (
        "SET basecamp_fdw.max_requests = 1; SELECT count(content) FROM bc.todos",
        "53400",
        "would take about",
        "EXPLAIN",
    ),
];

const FUNCTIONS: &[Mistake] = &[
    (
        "SELECT basecamp.get_oauth_authorization_url('bc')",
        "HV00B",
        "no OAuth application",
        "oauthclientid",
    ),
    (
        "SELECT basecamp.get_oauth_access_token('bc')",
        "22023",
        "\"verifier\" is required",
        "address",
    ),
    (
        "SELECT basecamp.get_oauth_access_token('bc', 'a', auth_mode => 'DESKTOP')",
        "22023",
        "auth_mode \"DESKTOP\"",
        "APP, WEB",
    ),
    (
        "SELECT basecamp.refresh_oauth_access_token('bc')",
        "HV00B",
        "no OAuth application",
        "oauthclientid",
    ),
    ("SELECT basecamp.export_oauth_settings('bc', 'short')", "22023", "8 characters", ""),
    (
        "SELECT basecamp.import_oauth_settings('bc', 'nonsense', 'long enough')",
        "22023",
        "cannot be read",
        "export_oauth_settings",
    ),
    ("SELECT basecamp.set_oauth_tokens('bc', '')", "22023", "must not be empty", ""),
    (
        "SELECT basecamp.download('bc', 'https://example.com/x')",
        "22023",
        "not one of Basecamp's",
        "download_url",
    ),
    ("SELECT basecamp.accounts(NULL)", "22023", "\"server\" must not be null", ""),
    ("SELECT * FROM basecamp.check('b')", "42704", "server \"b\" does not exist", ""),
    (
        "SELECT basecamp.comment_sql('nowhere')",
        "HV00P",
        "\"nowhere\" does not exist",
        "CREATE SCHEMA",
    ),
];

/// A database with servers that are right, and servers that are wrong in the ways of the first hour.
fn mistaken(simulator: &Simulator) -> Session {
    let mut session = Session::on(simulator, ", projectid 'all', ratelimit '0'");
    let (url, account, token) = (simulator.url(), simulator.account(), simulator.token());
    for (name, number, more, mapping) in [
        ("wrong", 999, "", Some(format!("oauthaccesstoken '{token}'"))),
        ("stranger", account, "", Some("oauthaccesstoken 'nope'".to_owned())),
        ("nobody", account, "", None),
        ("silent", account, "", Some("scope 'read'".to_owned())),
        ("basic", account, "", Some("\"user\" 'ada', password 'x'".to_owned())),
        ("two", account, ", schema 'V2'", None),
    ] {
        session.run(&format!(
            "CREATE SERVER {name} FOREIGN DATA WRAPPER basecamp_fdw OPTIONS \
               (accountid '{number}', url '{url}', oauthurl '{url}', projectid 'all', ratelimit '0' {more}); \
             CREATE SCHEMA {name}; SELECT basecamp.import('{name}', '{name}')"
        ));
        if let Some(mapping) = mapping {
            session
                .run(&format!("CREATE USER MAPPING FOR PUBLIC SERVER {name} OPTIONS ({mapping})"));
        }
    }
    session
}

fn is_sentences(text: &str) -> bool {
    text.is_empty()
        || (text.ends_with(['.', '!', '?', '…']) && !text.starts_with(char::is_lowercase))
}

fn check(mistake: &Mistake, refused: &Refusal) {
    let (sql, code, message, hint) = mistake;
    assert_eq!(refused.code, *code, "{sql}: {refused:?}");
    assert!(refused.message.contains(message), "{sql}: {refused:?}");
    assert!(refused.hint.contains(hint), "{sql}: {refused:?}");
    let lower = refused.message.starts_with("Basecamp")
        || !refused.message.starts_with(|first: char| first.is_uppercase());
    assert!(lower && !refused.message.ends_with('.'), "{sql}: {refused:?}");
    assert!(is_sentences(&refused.detail) && is_sentences(&refused.hint), "{sql}: {refused:?}");
}

#[test]
fn seventy_mistakes_are_answered_with_the_way_out() {
    let simulator = Simulator::start(Config::default()).expect("a port");
    let mut session = mistaken(&simulator);
    let all = || SERVERS.iter().chain(TABLES).chain(QUERIES).chain(FUNCTIONS);
    assert!(all().count() >= 70, "{}", all().count());
    for mistake in all() {
        session.run("BEGIN");
        // What leads to the mistake succeeds.
        let (before, sql) = mistake.0.rsplit_once("; ").unwrap_or(("", mistake.0));
        session.run(before);
        let refused = session.refusal(sql);
        session.run("ROLLBACK");
        check(mistake, &refused);
    }
    assert!(
        !session.rows("SELECT id FROM bc.projects").is_empty(),
        "nothing but statements suffered"
    );
}

#[test]
fn what_is_right_is_not_taken_for_a_mistake() {
    let config = Config { disabled_tools: true, ..Config::default() };
    let simulator = Simulator::start(config).expect("a port");
    let mut session = Session::on(&simulator, ", projectid 'all', ratelimit '0'");
    // Members that no column reads, and fields of the record itself.
    session.run(
        "CREATE FOREIGN TABLE t (id bigint, a text OPTIONS (field 'creator.bio'), \
           b text OPTIONS (field 'brand_new'), c jsonb OPTIONS (field 'record'), \
           d bigint[] OPTIONS (field 'assignees[*].id')) SERVER bc OPTIONS (resource 'todos')",
    );
    assert!(!session.rows("SELECT * FROM t LIMIT 1").is_empty());
    // A project without the tool exists, and so does a campfire without what nobody made.
    let projects = session.rows("SELECT id FROM bc.projects");
    for project in projects.iter().flatten().flatten() {
        for table in ["gauge_needles", "todosets", "questions"] {
            session.rows(&format!("SELECT id FROM bc.{table} WHERE project_id = {project}"));
        }
    }
    let campfire = session.value("SELECT min(id) FROM bc.campfires");
    session.rows(&format!("SELECT id FROM bc.chatbots WHERE campfire_id = {campfire}"));
}
