//! What a session knows of a foreign table is known anew by the statement after it changed, whoever changed it.

use server_tests::Session;
use server_tests::account::account;

/// What a query asks for.
fn asked(session: &mut Session, query: &str) -> String {
    let plan = session.explain(query);
    let lines = plan.lines().map(str::trim);
    let asks = |line: &&str| line.starts_with("Request: ") || line.starts_with("Bindings: ");
    lines.filter(asks).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_change_of_a_table_is_seen_by_the_next_statement() {
    let (_simulator, mut session) = account("");
    let mut other = session.second();
    let query = "SELECT id FROM bc.todos";
    let before = asked(&mut session, query);
    let all = [
        "ALTER FOREIGN TABLE bc.todos OPTIONS (ADD projectid '5001')",
        "ALTER FOREIGN TABLE bc.todos OPTIONS (SET projectid '5002')",
        "ALTER FOREIGN TABLE bc.todos OPTIONS (SET projectid '5003', SET resource 'messages')",
    ];
    for (place, change) in all.into_iter().enumerate() {
        // By this session and by another, in turn.
        if place % 2 == 0 {
            session.run(change)
        } else {
            other.run(change)
        }
        let number = format!("{}", 5001 + place);
        assert!(asked(&mut session, query).contains(&number), "{change}");
    }
    assert!(asked(&mut session, query).contains("Message"));
    other.run("ALTER FOREIGN TABLE bc.todos OPTIONS (DROP projectid, SET resource 'todos')");
    assert_eq!(asked(&mut session, query), before);
}

#[test]
fn a_change_of_a_server_is_seen_by_the_next_statement() {
    let (_simulator, mut session) = account("");
    let mut other = session.second();
    let query = "SELECT id FROM bc.todos";
    let before = asked(&mut session, query);
    other.run("ALTER SERVER bc OPTIONS (SET projectid '5001')");
    assert!(asked(&mut session, query).contains("5001"));
    session.run("ALTER SERVER bc OPTIONS (SET projectid 'all')");
    assert_eq!(asked(&mut session, query), before);
}

#[test]
fn a_change_that_is_rolled_back_was_none() {
    let (_simulator, mut session) = account("");
    let query = "SELECT id FROM bc.todos";
    let before = asked(&mut session, query);
    session.run("BEGIN; ALTER FOREIGN TABLE bc.todos OPTIONS (ADD projectid '5001')");
    assert!(asked(&mut session, query).contains("5001"));
    session.run("ROLLBACK");
    assert_eq!(asked(&mut session, query), before);
    session.run("BEGIN; ALTER SERVER bc OPTIONS (SET projectid '5001')");
    assert!(asked(&mut session, query).contains("5001"));
    session.run("ROLLBACK");
    assert_eq!(asked(&mut session, query), before);
}

#[test]
fn a_change_of_a_column_is_seen_by_the_next_statement() {
    let (_simulator, mut session) = account("");
    let mut other = session.second();
    let value = |session: &mut Session, column| {
        session.value(&format!("SELECT {column}::text FROM bc.projects WHERE id = 5001"))
    };
    let (name, id) = (value(&mut session, "name"), value(&mut session, "id"));
    assert_ne!(name, id);
    other.run("ALTER FOREIGN TABLE bc.projects ALTER COLUMN name OPTIONS (ADD field 'id')");
    assert_eq!(value(&mut session, "name"), id);
    other.run("ALTER FOREIGN TABLE bc.projects ALTER COLUMN name OPTIONS (DROP field)");
    assert_eq!(value(&mut session, "name"), name);
    session.run(
        "ALTER FOREIGN TABLE bc.projects RENAME name TO old; \
         ALTER FOREIGN TABLE bc.projects ALTER COLUMN old OPTIONS (ADD field 'name')",
    );
    assert_eq!(value(&mut session, "old"), name);
    other.run("ALTER FOREIGN TABLE bc.projects DROP COLUMN old");
    assert_eq!(value(&mut session, "id"), id);
}

#[test]
fn a_table_that_takes_the_place_of_another_is_another() {
    let (_simulator, mut session) = account("");
    let query = "SELECT id FROM bc.todos";
    let before = asked(&mut session, query);
    session.run(
        "ALTER FOREIGN TABLE bc.todos RENAME TO gone; ALTER FOREIGN TABLE bc.messages RENAME TO todos",
    );
    assert_ne!(asked(&mut session, query), before);
    session.run("DROP FOREIGN TABLE bc.todos; ALTER FOREIGN TABLE bc.gone RENAME TO todos");
    assert_eq!(asked(&mut session, query), before);
}
