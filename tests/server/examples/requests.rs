//! Requests made beside the least that the API allows: a table of docs/benchmarks.md.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark prints, and stops when it fails"
)]

use server_tests::Session;
use server_tests::account::known_sizes;
use simulator::Simulator;

/// A query, the least requests by which the API can answer it, and why more are made.
type Row = (String, usize, &'static str);

/// What a join costs beside what it reads.
const SCOPE: &str = "rows must be in an active project, which no record tells: \
                     projects are listed until theirs came";

fn main() {
    let (simulator, _cluster, mut session) = known_sizes();
    println!("## Requests\n\n| query | requests | least | why more |\n| --- | ---: | ---: | --- |");
    let account = Account::of(&mut session);
    let mut rows = account.counts();
    rows.extend(account.orders());
    rows.extend(account.reads());
    rows.extend(account.joins());
    for (query, least, why) in rows {
        let asked = requests(&simulator, &mut session, &query);
        let why = if asked > least { why } else { "" };
        println!("| `{query}` | {asked} | {least} | {why} |");
    }
}

/// The requests of a query in a session that knows nothing yet.
fn requests(simulator: &Simulator, session: &mut Session, query: &str) -> usize {
    let mut fresh = session.second();
    session.run("SELECT basecamp.clear_cache()");
    simulator.clear_requests();
    fresh.rows(query);
    simulator.requests().len()
}

/// Requests for a listing of so many rows: pages have 15, 30, 50 and then 100 of them.
fn pages(rows: usize) -> usize {
    match rows {
        0..=15 => 1,
        16..=45 => 2,
        46..=95 => 3,
        _ => 3 + (rows - 95).div_ceil(100),
    }
}

/// What the queries are about.
struct Account {
    list: String,
    three: String,
    pending: usize,
    finished: usize,
    in_project: usize,
    projects: usize,
    people: usize,
    message: String,
    /// Pages of the halves of ten lists.
    of_lists: usize,
    lists: usize,
}

impl Account {
    fn of(session: &mut Session) -> Self {
        let mut number = |sql: &str| session.value(sql).parse::<usize>().unwrap();
        let in_project = number("SELECT count(*) FROM bc.todos WHERE project_id = 5000");
        let projects = number("SELECT count(*) FROM bc.projects");
        let people = number("SELECT count(*) FROM bc.people");
        let lists = number("SELECT count(*) FROM bc.todolists");
        let list = session.value("SELECT min(id) FROM bc.todolists");
        let half = |session: &mut Session, half: &str| {
            let count =
                format!("SELECT count(*) FROM bc.todos WHERE todolist_id = {list} AND {half}");
            session.value(&count).parse().unwrap()
        };
        let (pending, finished) = (half(session, "NOT completed"), half(session, "completed"));
        let three = "SELECT string_agg(id::text, ', ') FROM (SELECT id FROM bc.todolists ORDER BY id LIMIT 3) s";
        let three = session.value(three);
        let message = session.value("SELECT min(id) FROM bc.messages");
        session.run(
            "CREATE TABLE few AS SELECT id FROM bc.todos LIMIT 20; ANALYZE few; \
             CREATE TABLE near AS SELECT id FROM bc.todos WHERE project_id = 5019 LIMIT 20; ANALYZE near; \
             CREATE TABLE lists AS SELECT id FROM bc.todolists ORDER BY id LIMIT 10; ANALYZE lists; \
             CREATE TABLE keys AS SELECT n, id FROM lists, generate_series(1, 5) n; ANALYZE keys",
        );
        let halves = session.rows(
            "SELECT count(*) FROM bc.todos WHERE todolist_id = ANY (ARRAY(SELECT id FROM lists)) \
              GROUP BY todolist_id, completed",
        );
        let halves = halves.into_iter().flatten().flatten();
        let of_lists = halves.map(|half| pages(half.parse().unwrap())).sum();
        Self {
            list,
            three,
            pending,
            finished,
            in_project,
            projects,
            people,
            message,
            of_lists,
            lists,
        }
    }

    fn counts(&self) -> Vec<Row> {
        let Self { list, three, projects, .. } = self;
        vec![
            ("SELECT count(*) FROM bc.todos".to_owned(), 1, ""),
            (format!("SELECT count(*) FROM bc.todos WHERE todolist_id = {list}"), 2, ""),
            (format!("SELECT count(*) FROM bc.todos WHERE todolist_id = {list} AND completed"), 1, ""),
            ("SELECT count(*) FROM bc.todos WHERE project_id = 5000".to_owned(), 1, ""),
            ("SELECT count(*) FROM bc.todos WHERE status = 'archived'".to_owned(), 1, ""),
            ("SELECT count(*) FROM bc.todos WHERE NOT completed".to_owned(), pages(15_000), ""),
            (
                format!("SELECT todolist_id, count(*) FROM bc.todos WHERE todolist_id IN ({three}) GROUP BY 1"),
                6,
                "",
            ),
            (
                format!("SELECT completed, count(*) FROM bc.todos WHERE todolist_id = {list} GROUP BY 1"),
                2,
                "",
            ),
            (
                "SELECT project_id, count(*) FROM bc.todos WHERE project_id IN (5000, 5001, 5002) GROUP BY 1"
                    .to_owned(),
                3,
                "",
            ),
            (
                "SELECT project_id, count(*) FROM bc.todos GROUP BY 1".to_owned(),
                projects + pages(*projects),
                "",
            ),
            (
                "SELECT status, count(*) FROM bc.todos WHERE status IN ('active', 'archived', 'trashed') GROUP BY 1"
                    .to_owned(),
                3,
                "",
            ),
            ("SELECT type, count(*) FROM bc.recordings GROUP BY 1".to_owned(), 12, ""),
            (
                "SELECT project_id, count(*) FROM bc.project_people GROUP BY 1".to_owned(),
                projects + pages(*projects),
                "",
            ),
            (
                "SELECT (SELECT count(*) FROM bc.todos), (SELECT count(*) FROM bc.messages), \
                 (SELECT count(*) FROM bc.comments), (SELECT count(*) FROM bc.documents)"
                    .to_owned(),
                4,
                "",
            ),
        ]
    }

    fn orders(&self) -> Vec<Row> {
        let one = |query: &str, least| (query.to_owned(), least, "");
        vec![
            one("SELECT id FROM bc.todos ORDER BY updated_at DESC LIMIT 5", 1),
            one("SELECT id FROM bc.todos WHERE project_id = 5000 ORDER BY created_at LIMIT 5", 1),
            one("SELECT id FROM bc.recordings ORDER BY updated_at DESC LIMIT 5", 12),
            one("SELECT max(updated_at) FROM bc.todos", 1),
            one("SELECT min(created_at), max(created_at) FROM bc.todos", 2),
            one("SELECT id FROM bc.todos WHERE updated_at > now() - interval '1 day'", 1),
            one("SELECT id FROM bc.messages ORDER BY created_at DESC LIMIT 10", 1),
        ]
    }

    fn reads(&self) -> Vec<Row> {
        let Self { list, three, pending, finished, projects, people, message, .. } = self;
        let both = pages(*pending) + pages(*finished);
        vec![
            ("SELECT * FROM bc.todos".to_owned(), pages(15_000), ""),
            ("SELECT id FROM bc.todos LIMIT 10".to_owned(), 1, ""),
            (format!("SELECT * FROM bc.todos WHERE todolist_id = {list}"), both, ""),
            (
                format!("SELECT * FROM bc.todos WHERE todolist_id = {list} AND completed"),
                pages(*finished),
                "",
            ),
            (
                "SELECT * FROM bc.todos WHERE project_id = 5000".to_owned(),
                pages(self.in_project),
                "",
            ),
            (format!("SELECT * FROM bc.todolists WHERE id IN ({three})"), 3, ""),
            (format!("SELECT * FROM bc.comments WHERE recording_id = {message}"), 1, ""),
            ("SELECT EXISTS (SELECT 1 FROM bc.todos WHERE content <> '')".to_owned(), 1, ""),
            ("SELECT * FROM bc.todos WHERE project_id = NULL".to_owned(), 0, ""),
            ("SELECT id, name FROM bc.projects".to_owned(), pages(*projects), ""),
            ("SELECT name FROM bc.projects WHERE id = 5000".to_owned(), 1, ""),
            ("SELECT id, name FROM bc.people".to_owned(), pages(*people), ""),
            ("SELECT * FROM bc.people LIMIT 10".to_owned(), 11, ""),
            ("SELECT * FROM bc.todosets".to_owned(), projects + pages(*projects), ""),
            ("SELECT id, content FROM bc.overdue_todos".to_owned(), 1, ""),
        ]
    }

    fn joins(&self) -> Vec<Row> {
        vec![
            ("SELECT t.content FROM few JOIN bc.todos t USING (id)".to_owned(), 20, SCOPE),
            ("SELECT t.content FROM near JOIN bc.todos t USING (id)".to_owned(), 20, SCOPE),
            (
                "SELECT t.content FROM lists l JOIN bc.todos t ON t.todolist_id = l.id".to_owned(),
                self.of_lists,
                SCOPE,
            ),
            (
                "SELECT k.n, (SELECT count(content) FROM bc.todos t WHERE t.todolist_id = k.id) FROM keys k"
                    .to_owned(),
                self.of_lists,
                SCOPE,
            ),
            (
                "SELECT p.name, t.content FROM bc.projects p JOIN bc.todos t ON t.project_id = p.id WHERE p.id = 5000"
                    .to_owned(),
                1 + pages(self.in_project),
                SCOPE,
            ),
            (
                "SELECT p.name, l.name, t.content FROM bc.projects p JOIN bc.todolists l ON l.project_id = p.id \
                 JOIN bc.todos t ON t.todolist_id = l.id"
                    .to_owned(),
                pages(self.projects) + pages(self.lists) + pages(15_000),
                "",
            ),
        ]
    }
}
