//! The time that planning takes, beside the same tables of `postgres_fdw`: a table of docs/benchmarks.md.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark prints, and stops when it fails"
)]

use server_tests::Session;
use server_tests::account::known_sizes;

/// What is joined.
const SIDES: [&str; 6] = ["todos", "todolists", "projects", "people", "messages", "comments"];

/// Tables of the schema that has no more than so many.
const TABLES: usize = 60;

/// How often each query is planned. The least counts: whatever else the machine does only adds to it.
const TIMES: usize = 101;

fn main() {
    let (_simulator, _cluster, mut session) = known_sizes();
    for side in SIDES {
        session.run(&format!("SELECT count(*) FROM bc.{side}"));
    }
    // The same tables as those of another PostgreSQL, which planning does not ask.
    session.run(
        "CREATE EXTENSION postgres_fdw; \
         CREATE SERVER elsewhere FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1'); \
         CREATE USER MAPPING FOR PUBLIC SERVER elsewhere",
    );
    println!(
        "## Planning\n\nMilliseconds until there is a plan, as `EXPLAIN (SUMMARY)` tells them: the least of {TIMES}, \
         beside those for the\nsame tables of `postgres_fdw`, by turns in one session.\n\n\
         | a join of six | here | `postgres_fdw` | ratio |\n| --- | ---: | ---: | ---: |"
    );
    show("tables of a schema that has sixty", tables(&mut session));
    show("views over ten tables each", views(&mut session));
}

fn show(what: &str, (ours, theirs): (f64, f64)) {
    println!("| {what} | {ours:.2} | {theirs:.2} | {:.1} |", ours / theirs);
}

/// Six tables of one schema, by what they are joined by in life.
fn tables(session: &mut Session) -> (f64, f64) {
    let query = "SELECT relname FROM pg_class WHERE relnamespace = 'bc'::regnamespace \
                  ORDER BY NOT relname = ANY (string_to_array($$NAMES$$, ',')), relname";
    let names = session.rows(&query.replace("NAMES", &SIDES.join(",")));
    let names: Vec<String> = names.into_iter().flatten().flatten().take(TABLES).collect();
    assert_eq!(names.len(), TABLES);
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    import(session, "all", &names);
    both(session, |letter| {
        format!(
            "SELECT count(*) FROM {letter}all.todos t JOIN {letter}all.todolists l ON l.id = t.todolist_id \
               JOIN {letter}all.projects p ON p.id = t.project_id \
               JOIN {letter}all.people c ON c.id = t.creator_id \
               JOIN {letter}all.messages m ON m.project_id = p.id \
               JOIN {letter}all.comments k ON k.recording_id = m.id"
        )
    })
}

/// Six views, each of ten tables.
fn views(session: &mut Session) -> (f64, f64) {
    for place in 0..10 {
        import(session, &place.to_string(), &SIDES);
    }
    for letter in ['s', 'p'] {
        for side in SIDES {
            let project = project(side);
            let arm =
                |place| format!("SELECT id, {project} AS project FROM {letter}{place}.{side}");
            let arms: Vec<String> = (0..10).map(arm).collect();
            session.run(&format!("CREATE VIEW {letter}_{side} AS {}", arms.join(" UNION ALL ")));
        }
    }
    both(session, |letter| {
        let sides = SIDES.iter().map(|side| format!("{letter}_{side}"));
        let joined = sides.reduce(|all, side| format!("{all} JOIN {side} USING (project)"));
        format!("SELECT count(*) FROM {}", joined.unwrap())
    })
}

/// Tables of ours in a schema, and the same of `postgres_fdw` in another.
fn import(session: &mut Session, schema: &str, tables: &[&str]) {
    session.run(&format!(
        "CREATE SCHEMA s{schema}; CREATE SCHEMA p{schema}; \
         IMPORT FOREIGN SCHEMA v3 LIMIT TO ({}) FROM SERVER bc INTO s{schema}",
        tables.join(", ")
    ));
    for table in tables {
        let columns = session.value(&format!(
            "SELECT string_agg(format('%I %s', attname, format_type(atttypid, atttypmod)), ', ') \
               FROM pg_attribute WHERE attrelid = 's{schema}.{table}'::regclass AND attnum > 0"
        ));
        session
            .run(&format!("CREATE FOREIGN TABLE p{schema}.{table} ({columns}) SERVER elsewhere"));
    }
}

/// The milliseconds that planning a query takes with tables of ours and of theirs, in turn.
fn both(session: &mut Session, query: impl Fn(char) -> String) -> (f64, f64) {
    let mut took = [Vec::new(), Vec::new()];
    for _ in 0..TIMES {
        for (letter, took) in ['s', 'p'].into_iter().zip(&mut took) {
            took.push(planned(session, &query(letter)));
        }
    }
    let [ours, theirs] = took.map(|took| took.into_iter().fold(f64::INFINITY, f64::min));
    (ours, theirs)
}

fn planned(session: &mut Session, query: &str) -> f64 {
    let plan = session.rows(&format!("EXPLAIN (SUMMARY) {query}"));
    let mut lines = plan.into_iter().flatten().flatten();
    let line = lines.find(|line| line.starts_with("Planning Time: ")).unwrap();
    line.split(' ').nth(2).unwrap().parse().unwrap()
}

/// What a row of a table is joined by.
fn project(side: &str) -> &'static str {
    match side {
        "projects" => "id",
        "people" => "company_id",
        _ => "project_id",
    }
}
