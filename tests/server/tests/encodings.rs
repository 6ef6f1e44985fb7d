//! Databases in other encodings than UTF8: what is read, asked, called and refused there.

use server_tests::{Session, cluster};
use simulator::{Config, Edit, Simulator};

/// An account with a to-do of this content, and its id.
fn account(content: &str) -> (Simulator, i64) {
    let simulator = Simulator::start(Config { projects: 2, todos: 40, ..Config::default() });
    let simulator = simulator.expect("a port");
    let id = simulator.insert("todos", None).expect("a to-do");
    let members = serde_json::json!({"content": content});
    let members = members.as_object().expect("an object").clone();
    simulator.edit(Edit::Update { id, members }).expect("a to-do");
    (simulator, id)
}

/// A session in a new database of an encoding, with the account's to-dos.
fn session(encoding: &str, name: &str, simulator: &Simulator) -> Session {
    // As PostgreSQL folds it.
    let name = &name.to_lowercase();
    let mut server = cluster().connect("postgres", "postgres");
    server.run(&format!(
        "CREATE DATABASE {name} ENCODING '{encoding}' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'"
    ));
    let mut session = cluster().connect(name, "postgres");
    session.run("CREATE EXTENSION basecamp_fdw");
    let token = format!("oauthaccesstoken '{}'", simulator.token());
    session.connected(simulator, ", projectid 'all'", &token);
    session
}

/// Encodings, and a text that each can hold.
const ENCODINGS: [(&str, &str); 3] =
    [("LATIN1", "Crème brûlée"), ("EUC_JP", "書く"), ("SQL_ASCII", "Crème 書く")];

#[test]
fn text_is_read_compared_and_joined_in_the_encoding_of_the_database() {
    for (encoding, word) in ENCODINGS {
        let (simulator, id) = account(word);
        let mut session = session(encoding, &format!("read_{encoding}"), &simulator);
        let one = format!("SELECT content FROM bc.todos WHERE id = {id}");
        assert_eq!(session.value(&one), word, "{encoding}");
        let found = format!("SELECT id FROM bc.todos WHERE id = {id} AND content = '{word}'");
        assert_eq!(session.value(&found), id.to_string(), "{encoding}");
        session.run(&format!("CREATE TABLE words AS SELECT '{word}'::text AS word"));
        let joined =
            format!("SELECT t.id FROM words JOIN bc.todos t ON t.content = word WHERE t.id = {id}");
        assert_eq!(session.value(&joined), id.to_string(), "{encoding}");
        let other = format!("SELECT id FROM bc.todos WHERE id = {id} AND content = 'other'");
        assert!(session.rows(&other).is_empty(), "{encoding}");
    }
}

#[test]
fn names_and_arguments_may_be_in_the_encoding_of_the_database() {
    for (encoding, word) in ENCODINGS {
        let (simulator, id) = account(word);
        let mut session = session(encoding, &format!("call_{encoding}"), &simulator);
        let text = format!("SELECT basecamp.html_to_text('<b>{word}</b>')");
        assert_eq!(session.value(&text), word, "{encoding}");
        session.run(&format!(
            "ALTER SERVER bc RENAME TO \"{word}\"; CREATE SCHEMA \"{word}\"; \
             SELECT basecamp.import('{word}', '{word}', ARRAY['todos']); \
             SELECT basecamp.set_oauth_tokens('{word}', 'a-token'); \
             ALTER TABLE \"{word}\".todos RENAME TO \"t{word}\"; \
             ALTER FOREIGN TABLE \"{word}\".\"t{word}\" RENAME content TO \"c{word}\"; \
             ALTER FOREIGN TABLE \"{word}\".\"t{word}\" \
               ALTER \"c{word}\" OPTIONS (field 'content')"
        ));
        let renamed = format!("SELECT \"c{word}\" FROM \"{word}\".\"t{word}\" WHERE id = {id}");
        assert_eq!(session.value(&renamed), word, "{encoding}");
        let comments = format!("SELECT string_agg(s, '') FROM basecamp.comment_sql('{word}') s");
        assert!(session.value(&comments).contains(&format!("\"t{word}\"")), "{encoding}");
        let none = session.refusal(&format!("SELECT basecamp.columns('no {word}')"));
        assert_eq!(none.code, "42704", "{encoding}: {none:?}");
    }
}

#[test]
fn what_the_database_cannot_hold_is_an_error_that_names_table_column_and_record() {
    for (encoding, word, character) in [("LATIN1", "書く", "U+66F8"), ("EUC_JP", "🎉", "U+1F389")]
    {
        let (simulator, id) = account(word);
        let mut session = session(encoding, &format!("strange_{encoding}"), &simulator);
        for column in ["content", "record"] {
            let error = session.refusal(&format!("SELECT {column} FROM bc.todos WHERE id = {id}"));
            let place = format!("column \"{column}\" of table \"todos\": character U+");
            assert!(error.message.starts_with(&place), "{error:?}");
            assert_eq!(error.code, "22P05", "{error:?}");
            assert_eq!(error.detail, format!("In the record with id {id}."));
        }
        let error = session.refusal(&format!("SELECT content FROM bc.todos WHERE id = {id}"));
        let what = format!("character {character} has no equivalent in encoding \"{encoding}\"");
        assert!(error.message.ends_with(&what), "{error:?}");
        let beside = format!("SELECT id FROM bc.todos WHERE id = {id}");
        assert_eq!(session.value(&beside), id.to_string(), "what it can hold is read");
    }
}
