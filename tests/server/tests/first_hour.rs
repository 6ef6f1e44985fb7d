//! Install, look, understand, recover: what the first hour needs beside queries.

use server_tests::{Cluster, Session, cluster};
use simulator::{Config, OAuth, Simulator};

fn simulator() -> Simulator {
    Simulator::start(Config::default()).expect("a port")
}

/// The version that CREATE EXTENSION installs.
fn version() -> &'static str {
    let control = include_str!("../../../basecamp_fdw.control");
    let line = control.lines().find(|line| line.starts_with("default_version"));
    line.and_then(|line| line.split('\'').nth(1)).expect("a version")
}

/// Rows as text; NULL is empty.
fn texts(rows: Vec<Vec<Option<String>>>) -> Vec<Vec<String>> {
    rows.into_iter().map(|row| row.into_iter().map(Option::unwrap_or_default).collect()).collect()
}

/// What `basecamp.check` finds of one thing: result, finding and advice.
fn finding(session: &mut Session, server: &str, what: &str) -> [String; 3] {
    let rows = texts(session.rows(&format!("SELECT * FROM basecamp.check('{server}')")));
    let row = rows.iter().find(|row| row[0] == what);
    let row = row.unwrap_or_else(|| panic!("nothing of {what}: {rows:?}"));
    [row[1].clone(), row[2].clone(), row[3].clone()]
}

// Asking what is wrong

#[test]
fn a_connection_that_is_right_is_found_right_in_two_requests() {
    let simulator = simulator();
    let mut session = Session::on(&simulator, ", projectid 'all', useragent 'x@example.com'");
    let rows = texts(session.rows("SELECT what, result, finding FROM basecamp.check('bc')"));
    let what: Vec<&str> = rows.iter().map(|row| row[0].as_str()).collect();
    assert_eq!(
        what,
        [
            "version",
            "preloaded",
            "options",
            "user mapping",
            "key file",
            "tokens",
            "authorization server",
            "API",
            "account",
            "projects",
            "clock",
            "default project",
            "rate limit",
            "rate limit left"
        ]
    );
    assert!(rows.iter().all(|row| row[1] == "ok"), "{rows:?}");
    assert_eq!(simulator.requests().len(), 2, "{:?}", simulator.requests());
    let shown = format!("{rows:?}");
    assert!(!shown.contains(simulator.token()), "{shown}");
    let projects = session.value("SELECT count(*) FROM bc.projects");
    assert!(shown.contains(&format!("{projects} active that the user can see")), "{shown}");
    let versions = texts(session.rows("SELECT library, sql FROM basecamp.version()"));
    assert_eq!(versions, [[version(), version()]]);
}

#[test]
fn what_is_wrong_is_said_with_what_to_do() {
    let simulator = simulator();
    let mut session = Session::on(&simulator, "");
    let [result, _, advice] = finding(&mut session, "bc", "default project");
    assert!(result == "warning" && advice.contains("projectid"), "{advice}");
    let [result, _, advice] = finding(&mut session, "bc", "options");
    assert!(result == "warning" && advice.contains("useragent"), "{advice}");
    session.run("ALTER SERVER bc OPTIONS (SET accountid '999')");
    let [result, found, advice] = finding(&mut session, "bc", "account");
    assert!(result == "error" && found.contains("no account 999"), "{found}");
    assert!(advice.contains(&format!("{} (", simulator.account())), "{advice}");
    session.run(&format!(
        "ALTER SERVER bc OPTIONS (SET accountid '{}', ADD ratelimit '0')",
        simulator.account()
    ));
    assert_eq!(finding(&mut session, "bc", "rate limit")[0], "warning");
    session.run("ALTER USER MAPPING FOR PUBLIC SERVER bc OPTIONS (SET oauthaccesstoken 'nope')");
    assert_eq!(finding(&mut session, "bc", "authorization server")[0], "error");
    assert_eq!(finding(&mut session, "bc", "account")[0], "error");
    session.run("DROP USER MAPPING FOR PUBLIC SERVER bc");
    let [result, found, advice] = finding(&mut session, "bc", "user mapping");
    assert!(result == "error" && found.contains("not found"), "{found}");
    assert!(advice.starts_with("CREATE USER MAPPING"), "{advice}");
    session.run("CREATE USER MAPPING FOR PUBLIC SERVER bc");
    assert_eq!(finding(&mut session, "bc", "tokens")[0], "error");
    drop(simulator);
    session.run("ALTER USER MAPPING FOR PUBLIC SERVER bc OPTIONS (ADD oauthaccesstoken 'x')");
    let [result, found, _] = finding(&mut session, "bc", "API");
    assert!(result == "error" && found.contains("could not connect"), "{found}");
}

#[test]
fn what_is_left_of_the_rate_limit_is_said_until_nothing_is() {
    let simulator = simulator();
    let mut session = Session::on(&simulator, ", projectid 'all', ratelimit '3/600s'");
    for (result, expected) in [
        ("ok", "2 requests can be sent now"),
        ("ok", "1 request can be sent now"),
        ("warning", "nothing: the next request waits"),
    ] {
        let [is, found, advice] = finding(&mut session, "bc", "rate limit left");
        assert_eq!((is.as_str(), found.as_str()), (result, expected));
        assert_eq!(advice.contains("basecamp.activity"), result == "warning", "{advice}");
    }
    session.run("ALTER SERVER bc OPTIONS (SET ratelimit '50/10s')");
    let [_, together, advice] = finding(&mut session, "bc", "rate limit");
    let shared = session.value("SELECT current_setting('server_version_num')::int >= 170000");
    assert_eq!(together.contains("all sessions"), shared == "t", "{together}");
    assert_eq!(advice.contains("shared_preload_libraries"), shared != "t", "{advice}");
    assert!(finding(&mut session, "bc", "preloaded")[1].starts_with("no: "));
    let cluster = Cluster::start(&["shared_preload_libraries=basecamp_fdw"]);
    let mut session = cluster.database().serving(&simulator, ", projectid 'all'");
    assert!(finding(&mut session, "bc", "rate limit")[1].contains("all sessions"));
    assert!(finding(&mut session, "bc", "preloaded")[1].starts_with("yes: "));
}

#[test]
fn tokens_that_end_unrenewed_are_warned_of() {
    let simulator = simulator();
    let mut session = Session::empty();
    session.connected(&simulator, "", "");
    let (access, refresh) = simulator.launchpad().issue_tokens();
    let store = |refresh: &str| {
        format!("SELECT basecamp.set_oauth_tokens('bc', '{access}', {refresh}, 3600)")
    };
    session.rows(&store("NULL"));
    let [result, found, _] = finding(&mut session, "bc", "tokens");
    assert!(result == "warning" && found.contains("60 min, and no refresh token"), "{found}");
    session.rows(&store(&format!("'{refresh}'")));
    let [result, _, advice] = finding(&mut session, "bc", "tokens");
    assert!(result == "warning" && advice.contains("initiateoauth"), "{advice}");
    session.run("ALTER SERVER bc OPTIONS (ADD initiateoauth 'REFRESH')");
    assert_eq!(finding(&mut session, "bc", "tokens")[0], "ok");
    assert_eq!(finding(&mut session, "bc", "key file")[0], "ok");
}

// Before and during a query

#[test]
fn explain_says_how_long_the_rate_limit_makes_it() {
    let simulator = simulator();
    let mut session = Session::on(&simulator, ", projectid 'all', ratelimit '5/10s'");
    let plan = session.explain("SELECT * FROM bc.todos");
    let number = |label: &str| {
        let line = plan.lines().find(|line| line.trim().starts_with(label)).expect(label);
        line.split(' ').filter_map(|word| word.parse::<u64>().ok()).next_back().expect("a number")
    };
    let wait = (number("Estimated Requests") - 1) / 5 * 10;
    assert_eq!(number("Estimated Rate Limit Wait"), wait, "{plan}");
    let one = session.explain("SELECT * FROM bc.todos WHERE id = 5");
    assert!(!one.contains("Rate Limit Wait"), "{one}");
    session.run("ALTER SERVER bc OPTIONS (SET ratelimit '0')");
    let free = session.explain("SELECT * FROM bc.todos");
    assert!(!free.contains("Rate Limit Wait"), "{free}");
    assert_eq!(simulator.requests().len(), 0);
}

#[test]
fn a_scan_that_will_wait_for_long_says_so_once_and_what_would_be_cheaper() {
    let simulator = simulator();
    let mut session = Session::on(&simulator, ", projectid 'all', ratelimit '1/20s'");
    session.run("SET statement_timeout = '1s'");
    assert_eq!(session.refusal("SELECT * FROM bc.todos").code, "57014");
    let notices = session.notices();
    let about: Vec<_> = notices.iter().filter(|notice| notice.contains("reading all of")).collect();
    assert_eq!(about.len(), 1, "{notices:?}");
    assert!(about[0].contains("\"todos\"") && about[0].contains("requests"), "{about:?}");
    assert!(about[0].contains("condition on") && about[0].contains("todolist_id"), "{about:?}");
    session.run("ALTER SERVER bc OPTIONS (SET ratelimit '50/10s')");
    assert!(!session.rows("SELECT * FROM bc.todos LIMIT 1").is_empty());
    assert_eq!(session.notices().len(), notices.len());
}

#[test]
fn a_statement_that_would_take_too_many_requests_is_refused_with_their_number() {
    let simulator = simulator();
    let mut session = Session::on(&simulator, ", projectid 'all', ratelimit '0'");
    let everything = "SELECT count(content) FROM bc.todos";
    let count = session.value(everything);
    let needed = simulator.requests().len();
    // The sizes of listings are known now.
    session.run(&format!("SET basecamp_fdw.max_requests = {needed}"));
    assert_eq!(session.value(everything), count);
    simulator.clear_requests();
    session.run(&format!("SET basecamp_fdw.max_requests = {}", needed - 1));
    let refused = session.refusal(everything);
    assert_eq!(refused.code, "53400", "{refused:?}");
    assert!(refused.message.contains(&format!("about {needed} requests")), "{refused:?}");
    assert!(refused.detail.contains(&format!("allows {}", needed - 1)), "{refused:?}");
    assert_eq!(simulator.requests().len(), 0);
    // Two scans of one statement count together; one record is still to be had.
    session.run(&format!("SET basecamp_fdw.max_requests = {}", needed + 1));
    let both = format!("{everything} UNION ALL {everything}");
    assert_eq!(session.refusal(&both).code, "53400");
    assert_eq!(session.rows("SELECT * FROM bc.todos LIMIT 1").len(), 1);
    session.run("SET basecamp_fdw.max_requests = 0");
    assert_eq!(session.rows(&both).len(), 2);
}

#[test]
fn what_no_estimate_knew_is_stopped_while_it_runs() {
    let config = Config { projects: 40, ..Config::default() };
    let simulator = Simulator::start(config).expect("a port");
    let mut session =
        Session::on(&simulator, ", projectid 'all', ratelimit '0', maxconcurrency '2'");
    session.run("SET basecamp_fdw.max_requests = 36");
    let refused = session.refusal("SELECT * FROM bc.card_tables");
    assert_eq!(refused.code, "53400", "{refused:?}");
    assert!(simulator.requests().len() <= 40, "{}", simulator.requests().len());
}

// Importing again

#[test]
fn importing_again_adds_what_is_missing_and_leaves_what_somebody_changed() {
    let simulator = simulator();
    let mut session = Session::on(&simulator, ", projectid 'all'");
    session.run(
        "CREATE SCHEMA s; SELECT basecamp.import('bc', 's', ARRAY['todos', 'people', 'projects', 'messages']); \
         DROP FOREIGN TABLE s.people; ALTER FOREIGN TABLE s.todos DROP COLUMN due_on; \
         ALTER FOREIGN TABLE s.todos RENAME content TO what; \
         ALTER FOREIGN TABLE s.todos ALTER COLUMN what OPTIONS (ADD field 'content'); \
         ALTER FOREIGN TABLE s.todos OPTIONS (ADD statuses 'all'); \
         DROP FOREIGN TABLE s.messages; CREATE TABLE s.messages (id bigint); \
         CREATE FOREIGN TABLE s.comments (id bigint) SERVER bc OPTIONS (resource 'boosts')",
    );
    let again = |more: &str| {
        format!(
            "SELECT * FROM basecamp.import('bc', 's', \
               ARRAY['comments', 'messages', 'people', 'projects', 'todos'] {more})"
        )
    };
    let expected = [
        ["comments", "kept, because it is a foreign table of something else"],
        ["messages", "kept, because it is no foreign table"],
        ["people", "created"],
        ["projects", "unchanged"],
        ["todos", "added due_on"],
    ];
    assert_eq!(texts(session.rows(&again(", dry_run => true"))), expected);
    assert_eq!(
        session.value("SELECT to_regclass('s.people') IS NULL"),
        "t",
        "a dry run does nothing"
    );
    assert_eq!(texts(session.rows(&again(""))), expected);
    assert!(!session.rows("SELECT what, due_on FROM s.todos LIMIT 1").is_empty());
    let options = "SELECT array_to_string(ftoptions, ',') FROM pg_foreign_table WHERE ftrelid = 's.todos'::regclass";
    assert_eq!(session.value(options), "resource=todos,statuses=all");
    let comment = "SELECT col_description('s.todos'::regclass, attnum) FROM pg_attribute \
                    WHERE attrelid = 's.todos'::regclass AND attname = 'due_on'";
    assert!(!session.value(comment).is_empty());
    let done: Vec<_> =
        texts(session.rows(&again(""))).into_iter().map(|row| row[1].clone()).collect();
    assert_eq!(done[2..], ["unchanged"; 3]);
    let replaced = texts(session.rows(&again(", replace => true")));
    assert_eq!(replaced[4], ["todos", "replaced"]);
    assert_eq!(session.value(options), "resource=todos");
    assert!(!session.rows("SELECT content FROM s.todos LIMIT 1").is_empty());
    // What depends on a table keeps it: nothing is dropped that nobody named.
    session.run("CREATE VIEW s.open AS SELECT id FROM s.todos");
    assert_eq!(session.refusal(&again(", replace => true")).code, "2BP01");
}

// Versions

#[test]
fn an_installation_of_0_1_0_becomes_this_version_with_everything_still_there() {
    let simulator = simulator();
    let mut session = cluster().bare_database();
    session.run("CREATE EXTENSION basecamp_fdw VERSION '0.1.0'");
    session.connected(&simulator, ", initiateoauth 'REFRESH'", "");
    let (access, refresh) = simulator.launchpad().issue_tokens();
    session.rows(&format!("SELECT basecamp.set_oauth_tokens('bc', '{access}', '{refresh}', 3600)"));
    let count = session.value("SELECT count(*) FROM bc.people");
    let told = session.notices().join("\n");
    assert!(told.contains("SQL of basecamp_fdw is 0.1.0"), "{told}");
    assert!(told.contains("ALTER EXTENSION basecamp_fdw UPDATE"), "{told}");
    let refused = session.refusal("SELECT basecamp.import('bc', 'bc')");
    assert_eq!(refused.code, "55000", "{refused:?}");
    assert!(refused.hint.contains("ALTER EXTENSION basecamp_fdw UPDATE"), "{refused:?}");
    let tokens = "SELECT md5(string_agg(t::text, ',')) FROM basecamp.oauth_tokens t";
    let before = session.value(tokens);
    session.run("ALTER EXTENSION basecamp_fdw UPDATE");
    assert_eq!(session.value(tokens), before);
    assert_eq!(session.value("SELECT count(*) FROM bc.people"), count);
    assert_eq!(session.value("SELECT sql FROM basecamp.version()"), version());
    let mut another = session.second();
    assert_eq!(another.value("SELECT count(*) FROM bc.people"), count);
    assert!(another.notices().is_empty(), "{:?}", another.notices());
    let done =
        another.rows("SELECT done FROM basecamp.import('bc', 'bc') WHERE table_name = 'people'");
    assert_eq!(texts(done), [["unchanged"]]);
}

/// Every object of an extension as text, with what is granted on it.
const OBJECTS: &str = "SELECT pg_describe_object(classid, objid, 0) FROM pg_depend d \
     JOIN pg_extension e ON e.oid = d.refobjid AND d.deptype = 'e' AND d.refclassid = 'pg_extension'::regclass \
    WHERE e.extname = 'basecamp_fdw' ORDER BY 1";

#[test]
fn an_update_ends_where_an_installation_does() {
    let mut installed = Session::empty();
    let mut updated = cluster().bare_database();
    updated
        .run("CREATE EXTENSION basecamp_fdw VERSION '0.1.0'; ALTER EXTENSION basecamp_fdw UPDATE");
    assert_eq!(installed.rows(OBJECTS), updated.rows(OBJECTS));
}

// Leaving

#[test]
fn dropping_the_extension_leaves_files_alone_and_says_which() {
    let cluster = Cluster::start(&[]);
    let simulator =
        Simulator::start(Config { oauth: OAuth::default(), ..Config::default() }).expect("a port");
    let mut session = cluster.database();
    session.connected(&simulator, "", "");
    let (access, _) = simulator.launchpad().issue_tokens();
    session.rows(&format!("SELECT basecamp.set_oauth_tokens('bc', '{access}')"));
    assert_eq!(session.refusal("DROP EXTENSION basecamp_fdw").code, "2BP01");
    assert_eq!(session.value("SELECT count(*) FROM basecamp.oauth_tokens"), "1");
    // Another extension's end is not this one's.
    session.run("DROP EXTENSION IF EXISTS nothing_of_that_name");
    session.run("DROP EXTENSION basecamp_fdw CASCADE");
    let told = session.notices().join("\n");
    assert!(told.contains("basecamp_fdw.key") && told.contains("stays"), "{told}");
    for (what, sql) in [
        ("schema", "SELECT nspname FROM pg_namespace WHERE nspname = 'basecamp'"),
        ("trigger", "SELECT evtname FROM pg_event_trigger"),
        ("server", "SELECT srvname FROM pg_foreign_server"),
        ("table", "SELECT ftrelid::regclass::text FROM pg_foreign_table"),
        (
            "dependency",
            "SELECT classid::text FROM pg_depend d WHERE classid = 'pg_namespace'::regclass AND deptype = 'e'",
        ),
    ] {
        assert!(session.rows(sql).is_empty(), "{what}: {:?}", session.rows(sql));
    }
    // It can come back, and what was put into its schema meanwhile keeps it from leaving.
    session.run("CREATE EXTENSION basecamp_fdw; CREATE TABLE basecamp.mine ()");
    assert_eq!(session.refusal("DROP EXTENSION basecamp_fdw").code, "2BP01");
}
