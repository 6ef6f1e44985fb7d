//! What rows cost when the network costs nothing: a table of docs/benchmarks.md.
//!
//! The same pages are read through the extension, from a local table by `jsonb_to_recordset`, and by
//! nothing but a parser.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark prints, and stops when it fails"
)]

use std::borrow::Cow;
use std::hint::black_box;
use std::time::Instant;

use serde::Deserialize;
use serde_json::Value as Json;
use serde_json::value::RawValue;
use server_tests::prerendered::{PAGE, Prerendered};
use server_tests::{Session, cpu_time};

/// To-dos that are read through the extension.
const TODOS: usize = 1_000_000;
/// To-dos of everything else, which shows as much with fewer.
const FEWER: usize = 100_000;

/// Rounds in which what is compared goes by turns; the fastest of each counts: a machine that others use,
/// too, is slow for a while.
const ROUNDS: usize = 5;

/// The columns, as the extension has them and as a definition of `jsonb_to_recordset`.
const COLUMNS: &str =
    "id, project_id, content, completed, due_on, created_at, updated_at, creator_name";
const RECORDSET: &str = "SELECT r.id, (r.bucket ->> 'id')::bigint, r.content, r.completed, r.due_on, r.created_at, \
       r.updated_at, r.creator ->> 'name' \
  FROM {}, jsonb_to_recordset(body::jsonb) AS r (id bigint, bucket jsonb, content text, completed boolean, \
       due_on date, created_at timestamptz, updated_at timestamptz, creator jsonb)";

/// The same columns for a parser.
#[derive(Deserialize)]
struct Todo<'a> {
    id: i64,
    bucket: Bucket,
    #[serde(borrow)]
    content: Cow<'a, str>,
    completed: bool,
    #[serde(borrow)]
    due_on: Option<Cow<'a, str>>,
    #[serde(borrow)]
    created_at: Cow<'a, str>,
    #[serde(borrow)]
    updated_at: Cow<'a, str>,
    #[serde(borrow)]
    creator: Person<'a>,
}

#[derive(Deserialize)]
struct Bucket {
    id: i64,
}

#[derive(Deserialize)]
struct Person<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
}

fn main() {
    let server = Prerendered::start(TODOS);
    let mut session = server.session();
    println!(
        "| 8 columns of to-dos of {} bytes each | rows | seconds | CPU seconds | rows a second |\n\
         | --- | ---: | ---: | ---: | ---: |",
        server.body(1).len() / PAGE
    );
    store(&mut session, &server);
    let pages: Vec<Vec<u8>> = (1..=FEWER / PAGE).map(|number| server.body(number)).collect();
    let compared = (0..ROUNDS).map(|_| {
        let scan = queried(&mut session, &format!("SELECT {COLUMNS} FROM bc.todos"), TODOS);
        let text = queried(&mut session, &RECORDSET.replace("{}", "pages"), FEWER);
        [scan, text, parsed(&pages, |page| black_box(read(page)))]
    });
    let fastest = compared.reduce(|least, next| {
        let pairs = least.into_iter().zip(next);
        let faster = pairs.map(|(one, other)| if other.rate() > one.rate() { other } else { one });
        faster.collect::<Vec<_>>().try_into().unwrap()
    });
    let [scan, text, typed] = fastest.unwrap();
    scan.print("through the extension");
    let start = Instant::now();
    black_box(server.drain());
    Took::alone(TODOS, start).print("the pages sent and received, and not looked at");
    server.set_todos(FEWER);
    let all = queried(&mut session, "SELECT * FROM bc.todos", FEWER);
    all.print("all columns through the extension");
    text.print("`jsonb_to_recordset` over the pages in a local table, as text");
    let jsonb = queried(&mut session, &RECORDSET.replace("{}", "parsed"), FEWER);
    jsonb.print("the same, as `jsonb`");
    typed.print("`serde_json` alone, one thread, into a type with these members");
    let split = parsed(&pages, |page| {
        black_box(serde_json::from_slice::<Vec<&RawValue>>(page).unwrap().len())
    });
    split.print("`serde_json` alone, one thread, into the text of each record");
    let tree =
        parsed(&pages, |page| black_box(serde_json::from_slice::<Vec<Json>>(page).unwrap().len()));
    tree.print("`serde_json` alone, one thread, into trees");
    println!(
        "\nThe scan makes {:.1} times as many rows a second as `jsonb_to_recordset` of text, and {:.2} of what \
         parsing alone into a type does.",
        scan.rate() / text.rate(),
        scan.rate() / typed.rate()
    );
}

/// Reads a page into its type, every member.
fn read(page: &[u8]) -> usize {
    let todos: Vec<Todo<'_>> = serde_json::from_slice(page).unwrap();
    let length = |todo: &Todo<'_>| {
        let texts = [&todo.content, &todo.created_at, &todo.updated_at, &todo.creator.name];
        let texts = texts.into_iter().chain(&todo.due_on).map(|text| text.len()).sum::<usize>();
        texts + usize::from(todo.completed) + (todo.id + todo.bucket.id) as usize
    };
    todos.iter().map(length).sum()
}

/// Puts the same pages into local tables.
fn store(session: &mut Session, server: &Prerendered) {
    // Kept as they are: what is measured is not how PostgreSQL compresses.
    session.run(
        "CREATE TABLE pages (body text); ALTER TABLE pages ALTER body SET STORAGE EXTERNAL; \
         CREATE TABLE parsed (body jsonb); ALTER TABLE parsed ALTER body SET STORAGE EXTERNAL",
    );
    let insert = session.client.prepare("INSERT INTO pages VALUES ($1)").unwrap();
    for number in 1..=FEWER / PAGE {
        let body = String::from_utf8(server.body(number)).unwrap();
        session.client.execute(&insert, &[&body]).unwrap();
    }
    session.run("INSERT INTO parsed SELECT body::jsonb FROM pages");
    session.run("VACUUM ANALYZE pages, parsed");
}

/// What reading so many rows took.
#[derive(Debug)]
struct Took {
    rows: usize,
    seconds: f64,
    cpu: f64,
}

impl Took {
    /// Of work of this thread's, which waits for nothing.
    fn alone(rows: usize, start: Instant) -> Self {
        let seconds = start.elapsed().as_secs_f64();
        Self { rows, seconds, cpu: seconds }
    }

    fn rate(&self) -> f64 {
        self.rows as f64 / self.seconds
    }

    fn print(&self, what: &str) {
        let Self { rows, seconds, cpu } = self;
        println!("| {what} | {rows} | {seconds:.2} | {cpu:.2} | {:.0} |", self.rate());
    }
}

/// A query in a session of its own that finds nothing kept, with the CPU time of its backend.
fn queried(session: &mut Session, query: &str, rows: usize) -> Took {
    let mut session = session.second();
    session.run("SELECT basecamp.clear_cache()");
    let backend = session.backend();
    let (before, start) = (cpu_time(backend), Instant::now());
    session.exhaust(query);
    let seconds = start.elapsed().as_secs_f64();
    Took { rows, seconds, cpu: (cpu_time(backend) - before).as_secs_f64() }
}

fn parsed(pages: &[Vec<u8>], parse: impl Fn(&[u8]) -> usize) -> Took {
    let start = Instant::now();
    for page in pages {
        black_box(parse(page));
    }
    Took::alone(pages.len() * PAGE, start)
}
