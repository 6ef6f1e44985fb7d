//! What the extension says of itself, and the functions that help with what it gives.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use server_tests::Session;
use simulator::{Config, Simulator};

/// A cancel acts within a moment, which on a busy machine is this long.
const AT_ONCE: Duration = Duration::from_secs(1);

fn all() -> (Simulator, Session) {
    let simulator = Simulator::start(Config::default()).expect("a port");
    let session = Session::on(&simulator, ", projectid 'all', ratelimit '0', maxattempts '1'");
    (simulator, session)
}

/// A database with server `bc` that nothing listens behind.
fn silent(options: &str) -> Session {
    let mut session = Session::empty();
    session.run(&format!(
        "CREATE SERVER bc FOREIGN DATA WRAPPER basecamp_fdw \
           OPTIONS (accountid '1', url 'http://127.0.0.1:9' {options})"
    ));
    session
}

fn texts(rows: Vec<Vec<Option<String>>>) -> Vec<Vec<String>> {
    let row = |row: Vec<Option<String>>| row.into_iter().map(Option::unwrap_or_default).collect();
    rows.into_iter().map(row).collect()
}

/// The columns of the foreign tables of a schema, as `columns` gives them.
fn created(session: &mut Session, schema: &str) -> Vec<Vec<String>> {
    let sql = format!(
        "SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), \
                col_description(c.oid, a.attnum), a.attnum::text \
           FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 \
          WHERE c.relnamespace = $q${schema}$q$::regnamespace AND c.relkind = 'f' \
          ORDER BY c.relname COLLATE \"C\", a.attnum"
    );
    texts(session.rows(&sql))
}

fn told(session: &mut Session, server: &str) -> Vec<Vec<String>> {
    let sql = format!(
        "SELECT table_name, column_name, type, meaning, position::text \
           FROM basecamp.columns('{server}') c ORDER BY table_name COLLATE \"C\", c.position"
    );
    texts(session.rows(&sql))
}

#[test]
fn columns_are_those_that_import_creates_and_explains() {
    for (options, version) in [("", "V3"), (", schema 'V2'", "V2")] {
        let mut session = silent(options);
        session.run("CREATE SCHEMA here");
        let named = session.rows("SELECT table_name FROM basecamp.import('bc', 'here')");
        let tables = session.rows("SELECT name FROM basecamp.resources('bc')");
        assert!(!tables.is_empty());
        assert_eq!(named, tables, "{version}");
        let columns = told(&mut session, "bc");
        assert_eq!(created(&mut session, "here"), columns, "{version}");
        let sql = "SELECT c.relname, obj_description(c.oid, 'pg_class') FROM pg_class c \
                    WHERE c.relnamespace = 'here'::regnamespace ORDER BY c.relname COLLATE \"C\"";
        let explained = session.rows(sql);
        let meant =
            "SELECT name, meaning FROM basecamp.resources('bc') ORDER BY name COLLATE \"C\"";
        assert_eq!(explained, session.rows(meant), "{version}");
        let of = "SELECT DISTINCT api_version FROM basecamp.resources(server => 'bc')";
        assert_eq!(session.value(of), version);
    }
}

#[test]
fn importing_and_looking_around_ask_nothing_and_need_no_user_mapping() {
    let (simulator, mut session) = all();
    session.run("DROP USER MAPPING FOR PUBLIC SERVER bc; CREATE SCHEMA again");
    let imported = session.rows("SELECT basecamp.import(server => 'bc', schema => 'again')");
    assert_eq!(
        imported.len().to_string(),
        session.value("SELECT count(*) FROM basecamp.resources('bc')")
    );
    session.rows("SELECT * FROM basecamp.columns('bc')");
    session.rows("SELECT basecamp.comment_sql('again')");
    assert_eq!(simulator.requests().len(), 0);
}

#[test]
fn resources_say_what_is_asked_and_what_a_condition_saves() {
    let mut session = silent("");
    let of = |what: &str, table: &str| {
        format!("SELECT {what} FROM basecamp.resources('bc') WHERE name = '{table}'")
    };
    assert_eq!(session.rows(&of("needs", "todos")), [[None]]);
    assert_eq!(session.value(&of("needs", "recording_events")), "recording_id");
    assert_eq!(session.value(&of("scoped_by_project", "todos")), "t");
    assert_eq!(session.value(&of("scoped_by_project", "people")), "f");
    let filters = session.value(&of("filters", "todos"));
    for name in ["id", "project_id", "todolist_id", "status", "completed"] {
        assert!(filters.contains(name), "{filters}");
    }
    let source = "SELECT s ->> 'request', s -> 'needs', s ->> 'pages' \
                    FROM basecamp.resources('bc') r, jsonb_array_elements(r.sources) s \
                   WHERE r.name = 'todos' AND s -> 'needs' = '[\"todolist_id\"]'";
    let found = texts(session.rows(source));
    assert!(found[0][0].starts_with("GET /todolists/{todolist_id}/todos.json"), "{found:?}");
    assert_eq!(found[0][2], "page after page");
    let flags = "SELECT column_name, filterable, sortable, writable FROM basecamp.columns('bc') \
                  WHERE table_name = 'todos' AND column_name IN ('content', 'title', 'todolist_id') ORDER BY 1";
    let flags = texts(session.rows(flags));
    let told =
        [["content", "f", "f", "t"], ["title", "f", "f", "f"], ["todolist_id", "t", "f", "t"]];
    assert_eq!(flags, told);
    let actions = |version: &str| {
        format!(
            "SELECT name, signature, request FROM basecamp.actions('{version}') WHERE name = 'create_project_from_template'"
        )
    };
    let told = texts(session.rows(&actions("bc")));
    assert_eq!(
        told,
        [[
            "create_project_from_template",
            "create_project_from_template(server text, template_id bigint, name text, \
             description text DEFAULT NULL) RETURNS jsonb",
            "POST /templates/{template_id}/project_constructions.json",
        ]]
    );
}

#[test]
fn a_filter_is_one_that_the_plan_uses() {
    let (simulator, mut session) = all();
    // Without a condition: the listing of the account; with one on a filter: something narrower.
    let whole = session.explain("SELECT * FROM bc.todos");
    let filters = "SELECT unnest(filters) FROM basecamp.resources('bc') WHERE name = 'todos'";
    for filter in texts(session.rows(filters)) {
        let value = match filter[0].as_str() {
            "status" => "'archived'",
            "completed" => "true",
            _ => "1",
        };
        let narrower =
            session.explain(&format!("SELECT * FROM bc.todos WHERE {} = {value}", filter[0]));
        let asked = |plan: &str| -> Vec<String> {
            let lines = plan.lines().map(str::trim);
            let ours = lines.filter(|line| !line.starts_with("Filter") && !line.contains("cost="));
            ours.map(str::to_owned).collect()
        };
        assert_ne!(asked(&whole), asked(&narrower), "{}", filter[0]);
    }
    assert_eq!(simulator.requests().len(), 0);
}

#[test]
fn import_takes_some_tables_or_leaves_some_out_and_refuses_unknown_ones() {
    let mut session = silent("");
    session.run("CREATE SCHEMA one; CREATE SCHEMA rest; CREATE SCHEMA none");
    let sql = "SELECT * FROM basecamp.import('bc', 'one', limit_to => ARRAY['todos', 'people'])";
    assert_eq!(texts(session.rows(sql)), [["people", "created"], ["todos", "created"]]);
    let sql = "SELECT count(*) FROM basecamp.import('bc', 'rest', excluding => ARRAY['todos'])";
    let count: usize = session.value(sql).parse().expect("a number");
    let tables = session.rows("SELECT * FROM basecamp.resources('bc')").len();
    assert_eq!(count, tables - 1);
    assert!(session.rows("SELECT basecamp.import('bc', 'none', '{}')").is_empty());
    for (arguments, code) in [
        ("'bc', 'none', ARRAY['todo']", "HV00R"),
        ("'bc', 'none', excluding => ARRAY['todo']", "HV00R"),
        ("'bc', 'none', ARRAY['todos', NULL]", "22023"),
        ("'bc', 'none', ARRAY['todos'], ARRAY['people']", "22023"),
        ("'bc', 'nowhere'", "HV00P"),
        ("'bc', NULL", "22023"),
        ("NULL, 'none'", "22023"),
    ] {
        let refused = session.refusal(&format!("SELECT basecamp.import({arguments})"));
        assert_eq!(refused.code, code, "{arguments}: {refused:?}");
    }
    assert!(created(&mut session, "none").is_empty());
}

#[test]
fn names_that_need_quotes_are_quoted() {
    let mut session = Session::empty();
    session.run(
        r#"CREATE SERVER "it's ""mine""" FOREIGN DATA WRAPPER basecamp_fdw OPTIONS (accountid '1');
           CREATE SCHEMA "My ""Schema""; ; --";
           SET standard_conforming_strings = off"#,
    );
    let sql = r#"SELECT table_name FROM basecamp.import($$it's "mine"$$, $$My "Schema"; ; --$$, ARRAY['todos'])"#;
    assert_eq!(session.value(sql), "todos");
    let found = created(&mut session, r#""My ""Schema""; ; --""#);
    let meant = told(&mut session, r#"it''s "mine""#);
    let meant: Vec<_> = meant.into_iter().filter(|row| row[0] == "todos").collect();
    assert_eq!(found, meant);
}

#[test]
fn comments_find_renamed_tables_and_columns_and_leave_others_alone() {
    let mut session = silent("");
    session.run(
        r#"CREATE SCHEMA s;
           CREATE FOREIGN TABLE s."Work, ""open""" (
             id bigint, "what's" text OPTIONS (field 'content'), author text OPTIONS (field 'creator.name'),
             who bigint[] OPTIONS (field 'assignees[*].id'), own text OPTIONS (field 'not.known')
           ) SERVER bc OPTIONS (resource 'todos');
           CREATE FOREIGN TABLE s.people (name text, gone text) SERVER bc;
           ALTER FOREIGN TABLE s.people DROP COLUMN gone;
           CREATE TABLE s.messages (id bigint);
           CREATE FOREIGN DATA WRAPPER other; CREATE SERVER elsewhere FOREIGN DATA WRAPPER other;
           CREATE FOREIGN TABLE s.todos (id bigint) SERVER elsewhere"#,
    );
    let statements = texts(session.rows("SELECT basecamp.comment_sql('s')"));
    assert_eq!(statements.len(), 7, "{statements:?}");
    for statement in &statements {
        session.run(&statement[0]);
    }
    let meaning = |table: &str, column: &str| {
        format!(
            "SELECT meaning FROM basecamp.columns('bc') WHERE table_name = '{table}' AND column_name = '{column}'"
        )
    };
    let found = created(&mut session, "s");
    let comment = |column: &str| {
        let row = found.iter().find(|row| row[1] == column).expect("a column");
        row[3].clone()
    };
    for (column, of, named) in [
        ("what's", "todos", "content"),
        ("author", "todos", "creator_name"),
        ("who", "todos", "assignee_ids"),
        ("name", "people", "name"),
    ] {
        assert_eq!(comment(column), session.value(&meaning(of, named)), "{column}");
    }
    assert_eq!(comment("own"), "");
    let other = "SELECT obj_description('s.todos'::regclass, 'pg_class')";
    assert_eq!(session.rows(other), [[None]]);
    assert_eq!(session.refusal("SELECT basecamp.comment_sql('t')").code, "HV00P");
    assert_eq!(session.refusal("SELECT basecamp.comment_sql(NULL)").code, "22023");
}

#[test]
fn servers_that_are_missing_foreign_or_not_granted_are_refused() {
    let (_simulator, mut session) = all();
    session.run(
        "CREATE FOREIGN DATA WRAPPER other; CREATE SERVER elsewhere FOREIGN DATA WRAPPER other; \
         CREATE ROLE guest LOGIN; GRANT USAGE ON SCHEMA basecamp, bc TO guest; \
         CREATE SCHEMA his; GRANT USAGE, CREATE ON SCHEMA his TO guest; CREATE SCHEMA hers",
    );
    let mut guest = session.of_role("guest");
    let calls = |server: &str| {
        [
            format!("SELECT * FROM basecamp.resources({server})"),
            format!("SELECT * FROM basecamp.columns({server})"),
            format!("SELECT basecamp.import({server}, 'his')"),
            format!("SELECT basecamp.download({server}, 'https://3.basecamp.com/1/x')"),
        ]
    };
    for (server, code) in [("'nope'", "42704"), ("'elsewhere'", "42704"), ("NULL", "22023")] {
        for call in calls(server) {
            let refused = session.refusal(&call);
            assert_eq!(refused.code, code, "{call}: {refused:?}");
        }
    }
    for call in calls("'bc'") {
        assert_eq!(guest.refusal(&call).code, "42501", "{call}");
    }
    session.run("GRANT USAGE ON FOREIGN SERVER bc TO guest");
    assert_eq!(guest.refusal("SELECT basecamp.import('bc', 'hers')").code, "42501");
    assert!(created(&mut session, "hers").is_empty());
    let sql = "SELECT table_name FROM basecamp.import('bc', 'his', ARRAY['todos'])";
    assert_eq!(guest.value(sql), "todos");
    let owner = "SELECT relowner::regrole::text FROM pg_class WHERE oid = 'his.todos'::regclass";
    assert_eq!(session.value(owner), "guest");
    session.run("DROP USER MAPPING FOR PUBLIC SERVER bc");
    let refused = guest.refusal("SELECT basecamp.download('bc', 'https://3.basecamp.com/1/x')");
    assert_eq!(refused.code, "28000", "{refused:?}");
    session.run("DROP OWNED BY guest CASCADE; DROP ROLE guest");
}

#[test]
fn rich_text_and_people_become_readable() {
    let mut session = Session::empty();
    let html = r#"SELECT basecamp.html_to_text($$<div>Hi <bc-attachment content-type="application/vnd.basecamp.mention"><figure><figcaption>Ann</figcaption></figure></bc-attachment>,<br>see <a href="https://x.example">this</a> &amp; that<ul><li>one</li></ul></div>$$)"#;
    let text = "Hi @Ann,\nsee this (https://x.example) & that\n\n- one";
    assert_eq!(session.value(html), text);
    for (people, ids) in [
        (
            r#"[{"id": 7}, {"id": "8"}, {"id": "basecamp"}, {"id": null}, {"name": "x"}, null]"#,
            "{7,8}",
        ),
        (r#"{"id": 9, "name": "x"}"#, "{9}"),
        ("[]", "{}"),
        ("null", "{}"),
        (
            r#"[{"id": 9223372036854775807}, {"id": 99999999999999999999}, {"id": 1.5}]"#,
            "{9223372036854775807}",
        ),
    ] {
        let sql = format!("SELECT basecamp.person_ids('{people}')");
        assert_eq!(session.value(&sql), ids, "{people}");
    }
    let nulls = "SELECT basecamp.html_to_text(NULL), basecamp.person_ids(NULL)";
    assert_eq!(session.rows(nulls), [[None, None]]);
    // What is immutable can be indexed.
    session.run(
        "CREATE TABLE kept (content text, people jsonb); \
         CREATE INDEX ON kept (basecamp.html_to_text(content)); \
         CREATE INDEX ON kept USING gin (basecamp.person_ids(people)); \
         INSERT INTO kept VALUES ('<b>x</b>', '[{\"id\": 1}]'), (NULL, NULL)",
    );
    assert_eq!(session.value("SELECT basecamp.html_to_text(content) FROM kept LIMIT 1"), "x");
}

#[test]
fn rules_90_to_93_a_file_is_downloaded_by_the_address_in_its_row() {
    let (simulator, mut session) = all();
    let found = "SELECT id, download_url FROM bc.uploads ORDER BY id LIMIT 1";
    let found = texts(session.rows(found));
    simulator.clear_requests();
    let sql = format!("SELECT encode(basecamp.download('bc', '{}'), 'hex')", found[0][1]);
    let hex = session.value(&sql);
    let key = format!("{}/", found[0][0]);
    let expected: String = key.bytes().map(|byte| format!("{byte:02x}")).collect();
    assert!(hex.starts_with(&format!("8900ff{expected}")), "{hex}");
    let asked = simulator.requests();
    assert_eq!(asked[0].status, 302, "{asked:?}");
    let sizes = "SELECT count(*), bool_and(length(basecamp.download('bc', download_url)) > 3) \
                   FROM (SELECT download_url FROM bc.uploads LIMIT 3) u";
    assert_eq!(texts(session.rows(sizes)), [["3", "t"]]);
}

#[test]
fn files_of_basecamp_2_are_downloaded_too() {
    let (simulator, mut session) = all();
    let (url, account) = (simulator.url(), simulator.account());
    let config = Config::default();
    session.run(&format!(
        "CREATE SERVER two FOREIGN DATA WRAPPER basecamp_fdw OPTIONS \
           (accountid '{account}', url '{url}', schema 'V2', projectid 'all', ratelimit '0'); \
         CREATE USER MAPPING FOR CURRENT_USER SERVER two \
           OPTIONS (user '{}', password '{}'); \
         CREATE SCHEMA two",
        config.v2_user, config.v2_password
    ));
    session.run("SELECT basecamp.import('two', 'two', ARRAY['attachments'])");
    // The simulator's hosts are nobody's; those of Basecamp are known by their domain.
    let sql = "SELECT convert_from(basecamp.download('two', replace(url, '.example/', '.com/')), 'UTF8') \
                 FROM two.attachments WHERE url IS NOT NULL LIMIT 1";
    let file = session.value(sql);
    assert!(file.starts_with("bytes of "), "{file}");
}

#[test]
fn rule_94_what_is_no_file_of_the_account_is_an_error_before_any_request() {
    let (simulator, mut session) = all();
    for url in [
        "NULL",
        "''",
        "'https://evil.example/1234567/blobs/1/download/x'",
        "'https://3.basecamp.com/7654321/blobs/1/download/x'",
        "'/1234567/blobs/1/download/x'",
    ] {
        let refused = session.refusal(&format!("SELECT basecamp.download('bc', {url})"));
        assert_eq!(refused.code, "22023", "{url}: {refused:?}");
    }
    assert_eq!(simulator.requests().len(), 0);
    let missing = "https://3.basecamp.com/1234567/blobs/none/download/x";
    let refused = session.refusal(&format!("SELECT basecamp.download('bc', '{missing}')"));
    assert_eq!(refused.code, "02000", "{refused:?}");
    for (fault, code) in
        [("401", "28000"), ("403", "42501"), ("503", "58000"), ("truncated", "08006")]
    {
        simulator.set_faults(&[fault]);
        let url = "https://3.basecamp.com/1234567/people.json";
        let refused = session.refusal(&format!("SELECT basecamp.download('bc', '{url}')"));
        assert_eq!(refused.code, code, "{fault}: {refused:?}");
        assert!(!format!("{refused:?}").contains(simulator.token()), "{fault}");
    }
}

#[test]
fn a_download_that_hangs_is_cancelled_at_once() {
    let (simulator, mut session) = all();
    let url = "https://3.basecamp.com/1234567/blobs/1/download/x";
    // The connection is made before the clock starts.
    session.rows(&format!("SELECT basecamp.download('bc', '{url}')"));
    let (backend, mut other) = (session.backend(), session.second());
    simulator.clear_requests();
    simulator.set_faults(&["hang"]);
    let waiting = std::thread::spawn(move || {
        let refused = session.refusal(&format!("SELECT basecamp.download('bc', '{url}')"));
        (refused.code, Instant::now(), session)
    });
    while simulator.requests().is_empty() {
        std::thread::yield_now();
    }
    let start = Instant::now();
    other.rows(&format!("SELECT pg_cancel_backend({backend})"));
    let (code, end, mut session) = waiting.join().expect("no panic");
    assert_eq!(code, "57014");
    assert!(end.duration_since(start) < AT_ONCE, "{:?}", end.duration_since(start));
    simulator.set_faults(&[]);
    session.run("SET statement_timeout = '20s'");
    let sql = format!("SELECT length(basecamp.download('bc', '{url}')) > 3");
    assert_eq!(session.value(&sql), "t");
}

fn pages(version: &str) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference").join(version);
    let entries = fs::read_dir(root).expect("the reference");
    entries.map(|entry| entry.expect("a page").path()).collect()
}

#[test]
fn every_worked_query_of_the_reference_can_be_planned_and_needs_no_other_condition() {
    for (version, options) in [("v3", ""), ("v2", ", schema 'V2'")] {
        let mut session = silent(&format!(", projectid 'all' {options}"));
        session.run(
            "CREATE USER MAPPING FOR CURRENT_USER SERVER bc OPTIONS (oauthaccesstoken 'x'); \
             CREATE SCHEMA bc",
        );
        session.run("SELECT basecamp.import('bc', 'bc')");
        let mut queries = 0;
        for page in pages(version) {
            let text = fs::read_to_string(&page).expect("a page");
            for block in text.split("```sql\n").skip(1) {
                let (sql, _) = block.split_once("```").expect("the end of the query");
                let plan = session.explain(sql.trim_end().trim_end_matches(';'));
                assert!(!plan.contains("is needed"), "{}: {sql}\n{plan}", page.display());
                queries += 1;
            }
        }
        assert!(queries > 0 && queries % 3 == 0, "{version}: {queries}");
    }
}
