//! The pages that people read first are true: their SQL runs, in the order in which it stands there.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;
use server_tests::browser::agree;
use server_tests::{Session, cluster};
use simulator::{Config, Simulator};

const README: &str = include_str!("../../../README.md");
const BI: &str = include_str!("../../../docs/bi.md");

/// The blocks of SQL of a page, indented or not.
fn blocks(page: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut block: Option<String> = None;
    for line in page.lines() {
        match (line.trim(), &mut block) {
            ("```sql", _) => block = Some(String::new()),
            ("```", Some(_)) => blocks.extend(block.take()),
            (_, Some(text)) => *text += &format!("{line}\n"),
            _ => {}
        }
    }
    blocks
}

/// What a reader puts in place of what stands for it: the account is the simulator's.
fn filled(block: &str, simulator: &Simulator) -> String {
    let (url, app) = (simulator.url(), &simulator.launchpad().config());
    let server = format!("OPTIONS (url '{url}', oauthurl '{url}', ratelimit '0', accountid");
    block
        .replace("OPTIONS (accountid", &server)
        .replace("oauthclientid '…'", &format!("oauthclientid '{}'", app.client_id))
        .replace("oauthclientsecret '…'", &format!("oauthclientsecret '{}'", app.client_secret))
        .replace("oauthaccesstoken '…'", &format!("oauthaccesstoken '{}'", simulator.token()))
        .replace("2085958499", "5000")
        .replace("OPTIONS (ADD ratelimit", "OPTIONS (SET ratelimit")
}

#[test]
fn the_readme_leads_from_nothing_to_rows_and_back() {
    let simulator = Simulator::start(Config::default()).expect("a port");
    let mut session = cluster().bare_database();
    let mut blocks = blocks(README).into_iter().map(|block| filled(&block, &simulator));
    let first = blocks.next().expect("a query at the top");
    let mut back = String::new();
    let mut rows = 0;
    for block in blocks {
        if block.contains("DROP EXTENSION") {
            // The query at the top needs customers of one's own, and what the others made.
            session.run("CREATE SCHEMA crm; CREATE TABLE crm.customers AS SELECT id AS project_id, name FROM bc.projects");
            assert!(!session.rows(&first).is_empty(), "{first}");
        }
        let mut block = block.replace("https://app.example/cb?code=…&state=…", &back);
        if block.contains("INSERT INTO bc.todos") {
            // A list, a to-do and a table of the reader's own.
            session.run("CREATE TABLE onboarding AS SELECT 1 AS step, 'Say hello' AS task");
            let list = session.value("SELECT min(id) FROM bc.todolists");
            let todo = session.value("SELECT min(id) FROM bc.todos WHERE NOT completed");
            block = block.replace("1069479400", &list).replace("1069479405", &todo);
        }
        let answer = session.rows(&block);
        rows += answer.len();
        if block.contains("get_oauth_authorization_url") {
            back = agree(answer[0][0].as_deref().expect("an address"));
        }
        if block.contains("SELECT") {
            assert!(!answer.is_empty() || block.contains("basecamp.download"), "{block}");
        }
    }
    assert!(rows > 100, "{rows}");
    assert_eq!(session.value("SELECT count(*) FROM pg_foreign_server"), "0");
}

/// The requests of a preview of each table of a schema that can be previewed, one after the other.
fn previewed(simulator: &Simulator, session: &mut Session, schema: &str) -> usize {
    let tables = session.rows(&format!(
        "SELECT foreign_table_name FROM information_schema.foreign_tables \
          WHERE foreign_table_schema = '{schema}' ORDER BY 1"
    ));
    simulator.clear_requests();
    for table in tables.iter().flatten().flatten() {
        let preview = format!("SELECT * FROM {schema}.{table} LIMIT 100");
        if let Err(refused) = session.attempt(&preview) {
            let expected = refused.contains("without a condition on") || table == "inbox_items";
            assert!(expected, "{table}: {refused}");
        }
    }
    simulator.requests().len()
}

/// A number of requests in words, and how long they take at 50 in 10 s: as exact as it is the next time,
/// when another page may have been asked for before the first was seen to be enough.
fn some(requests: usize) -> String {
    let tens = (requests + 5) / 10 * 10;
    format!("some {tens} requests, {} s at the rate limit of Basecamp", tens / 5)
}

/// The page with these numbers of requests.
fn with_previews(page: &str, all: usize, listed: usize) -> String {
    let line = |line: &str| match line.split_once(" takes ") {
        Some((before, _)) if before.starts_with("* a preview") => {
            format!("{before} takes {};", some(all))
        }
        Some((before, _)) if before.starts_with("* without those") => {
            format!("{before} takes {}.", some(listed))
        }
        _ => line.to_owned(),
    };
    page.lines().map(line).fold(String::new(), |all, line| all + &line + "\n")
}

/// Whether a page says about this number.
fn says_about(page: &str, requests: usize) -> bool {
    [requests - 10, requests, requests + 10].iter().any(|requests| page.contains(&some(*requests)))
}

#[test]
fn the_page_for_bi_tools_sets_a_role_up_and_counts_previews_right() {
    let config =
        Config { studio: true, projects: 12, todolists: 48, todos: 480, ..Config::default() };
    let simulator = Simulator::start(config).expect("a port");
    let mut session =
        Session::on(&simulator, ", projectid 'all', ratelimit '0', maxconcurrency '1'");
    let all = previewed(&simulator, &mut session, "bc");
    for block in blocks(BI) {
        session.run(&filled(&block, &simulator));
    }
    session.run("ALTER SERVER bc OPTIONS (DROP cachettl, SET ratelimit '0')");
    let listed = previewed(&simulator, &mut session, "bi");
    if std::env::var_os("COOKBOOK_WRITE").is_some() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/bi.md");
        std::fs::write(path, with_previews(BI, all, listed)).expect("written");
    } else {
        let is_said = says_about(BI, all) && says_about(BI, listed);
        assert!(is_said, "run make cookbook: {all} and {listed}");
    }
    let count =
        |sql: &str, session: &mut Session| session.value(sql).parse::<usize>().expect("a number");
    let tables = count("SELECT count(*) FROM basecamp.resources('bc')", &mut session);
    let needing = count(
        "SELECT count(*) FROM basecamp.resources('bc') WHERE needs IS NOT NULL",
        &mut session,
    );
    let kept = count(
        "SELECT count(*) FROM information_schema.foreign_tables WHERE foreign_table_schema = 'bi'",
        &mut session,
    );
    assert!(
        BI.contains(&format!("Of the {tables} tables, {needing} cannot be read")),
        "{tables} {needing}"
    );
    let walks = tables - needing - kept;
    assert!(BI.contains(&format!("and {walks} have no\nlisting")), "{walks}");
    assert!(
        BI.contains(&format!("without those {} tables", walks + needing)),
        "{walks}, {needing}"
    );
    session.run("DROP OWNED BY bi; DROP ROLE bi");
}

/// The pages of the reference for a version: the name of the table and the text.
fn pages(version: &str) -> BTreeMap<String, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference").join(version);
    let entries = std::fs::read_dir(folder).expect("the reference");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let page = |path: std::path::PathBuf| {
        let name = path.file_stem()?.to_str()?.to_owned();
        Some((name, std::fs::read_to_string(&path).expect("a page")))
    };
    paths.filter_map(page).filter(|(_, text)| text.contains("## Queries")).collect()
}

/// An account, and a reader of the reference who looks for what he has in it.
struct Account {
    simulator: Simulator,
    session: Session,
    version: &'static str,
}

/// What stands in samples for an id, a signed id, a day of something recurring and a tag that the reader has.
const PLACEHOLDERS: [&str; 4] = ["1069479400", "'BAh7CEkiCGdpZAY'", "'2026-01-01'", "'launch'"];

impl Account {
    fn new(version: &'static str, studio: bool) -> Self {
        let config = Config { studio, ..Config::default() };
        let simulator = Simulator::start(config).expect("a port");
        let options = ", projectid 'all', ratelimit '0'";
        if version == "v3" {
            let session = Session::on(&simulator, options);
            return Self { simulator, session, version };
        }
        let mut session = Session::empty();
        session.run(&format!(
            "CREATE SERVER bc FOREIGN DATA WRAPPER basecamp_fdw OPTIONS \
               (accountid '{}', url '{url}', oauthurl '{url}', schema 'V2'{options}); \
             CREATE USER MAPPING FOR CURRENT_USER SERVER bc OPTIONS (oauthaccesstoken '{}'); \
             CREATE SCHEMA bc; IMPORT FOREIGN SCHEMA v2 FROM SERVER bc INTO bc",
            simulator.account(),
            simulator.token(),
            url = simulator.url(),
        ));
        Self { simulator, session, version }
    }

    /// Values of these columns that some row has, as SQL.
    fn known(&mut self, table: &str, columns: &[&str]) -> Vec<String> {
        let list = columns.join(", ");
        let filled = columns.join(" IS NOT NULL AND ");
        let sql = format!("SELECT {list} FROM bc.{table} WHERE {filled} IS NOT NULL LIMIT 1");
        let texts = |row: Vec<Option<String>>| row.into_iter().map(Option::unwrap_or_default);
        match self.session.attempt(&sql) {
            Ok(rows) => rows.into_iter().next().map(|row| texts(row).collect()).unwrap_or_default(),
            // Nothing enumerates the rows: somebody was told what to ask for.
            Err(_) if columns == ["recording_id"] => {
                let join = format!(
                    "SELECT p.id FROM bc.messages p JOIN bc.{table} t ON t.recording_id = p.id LIMIT 1"
                );
                vec![self.session.value(&join)]
            }
            Err(_) => self.told(table, columns),
        }
    }

    fn told(&self, table: &str, columns: &[&str]) -> Vec<String> {
        let dump = match self.version {
            "v3" => self.simulator.dump(table),
            _ => self.simulator.dump_v2(table),
        };
        let value = |row: &Value, column: &str| {
            let record = row.get("record").unwrap_or(row);
            let asked = row["asked"].get(column).or_else(|| record.get(column));
            let inner = || match column {
                "recording_id" => record["parent"].get("id"),
                "project_id" => record["bucket"].get("id"),
                _ => None,
            };
            asked.or_else(inner).filter(|value| !value.is_null()).cloned()
        };
        let all = |row: &Value| {
            columns.iter().map(|column| value(row, column)).collect::<Option<Vec<Value>>>()
        };
        let first = dump.iter().find_map(all).unwrap_or_default();
        first.iter().map(|value| value.to_string().trim_matches('"').to_owned()).collect()
    }

    /// A sample with values that the reader has; what stands for them is in one row.
    fn filled(&mut self, table: &str, sql: &str) -> String {
        let mut sql = sql.replace(
            "p.project_id = 1069479400",
            if self.version == "v3" { "p.project_id = 5000" } else { "p.project_id = 605001" },
        );
        if sql.contains("'2026-03-31'") {
            sql =
                sql.replace("'2026-01-01'", "'2026-06-01'").replace("'2026-03-31'", "'2026-09-30'");
        }
        let words: Vec<String> = sql.split_whitespace().map(str::to_owned).collect();
        let named = |found: &[String]| {
            let is_one = found[1] == "=" && PLACEHOLDERS.contains(&found[2].trim_matches(';'));
            is_one.then(|| found[0].trim_start_matches("t.").to_owned())
        };
        let columns: Vec<String> = words.windows(3).filter_map(named).collect();
        let names: Vec<&str> = columns.iter().map(String::as_str).collect();
        if names.is_empty() {
            return sql;
        }
        for (name, value) in names.iter().zip(self.known(table, &names)) {
            for placeholder in PLACEHOLDERS {
                sql =
                    sql.replace(&format!("{name} = {placeholder}"), &format!("{name} = '{value}'"));
            }
        }
        sql
    }

    /// Runs the samples of a page, and says which do not do what they are there for.
    fn wrong(&mut self, table: &str, page: &str) -> Vec<String> {
        let mut wrong = Vec::new();
        let samples = page.split("## Queries").nth(1).unwrap_or_default();
        for sample in blocks(samples) {
            let sql = self.filled(table, &sample);
            match self.session.attempt(&sql) {
                // What is wanted may be in another project than the first.
                Ok(rows) if rows.is_empty() && !sql.contains("p.project_id") => {
                    wrong.push(format!("no rows: {sql}"))
                }
                Ok(_) => {}
                // The reader is none.
                Err(error) if page.contains("agents alone") && error.starts_with("42501") => {}
                Err(error) => wrong.push(format!("{error}: {sql}")),
            }
        }
        wrong
    }
}

#[test]
fn every_sample_of_every_page_of_the_reference_runs_and_shows_something() {
    for version in ["v3", "v2"] {
        // Words that samples search for are in one of them, attachments in the other.
        let (mut plain, mut studio) = (Account::new(version, false), Account::new(version, true));
        let pages = pages(version);
        assert!(pages.len() >= 28, "{}", pages.len());
        let mut wrong = Vec::new();
        for (table, page) in &pages {
            if !plain.wrong(table, page).is_empty() {
                wrong.extend(studio.wrong(table, page));
            }
        }
        assert!(wrong.is_empty(), "{} of {version}:\n{}", wrong.len(), wrong.join("\n"));
    }
}
