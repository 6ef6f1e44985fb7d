//! The cookbook, the first hour and the first query of the README are true: what they say is run, on the
//! demo's account, and below each block is what it answered. `.ci/cookbook` writes the answers; otherwise
//! they are compared.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use postgres::SimpleQueryMessage;
use server_tests::browser::agree;
use server_tests::{Session, cluster, prefix};
use simulator::{Config, Simulator};

/// The repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("a folder")
}

/// The account of the demo.
fn studio() -> Simulator {
    let config =
        Config { studio: true, projects: 12, todolists: 48, todos: 480, ..Config::default() };
    Simulator::start(config).expect("a port")
}

/// Rows as text, the names of the columns first.
fn rows(messages: &[SimpleQueryMessage]) -> Vec<Vec<String>> {
    let mut rows: Vec<Vec<String>> = Vec::new();
    for message in messages {
        match message {
            SimpleQueryMessage::RowDescription(columns) => {
                rows = vec![columns.iter().map(|column| column.name().to_owned()).collect()];
            }
            SimpleQueryMessage::Row(row) => {
                let cells = (0..row.len()).map(|cell| row.get(cell).unwrap_or_default().to_owned());
                rows.push(cells.collect());
            }
            _ => {}
        }
    }
    rows
}

/// What was answered, laid out as psql does.
fn table(rows: &[Vec<String>]) -> String {
    // A text of several lines is shown as it is.
    if let [_, only] = rows
        && only.len() == 1
        && only[0].contains('\n')
    {
        return format!("{}\n", only[0]);
    }
    let columns = rows.first().map_or(0, Vec::len);
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    let widths: Vec<usize> = (0..columns).filter_map(width).collect();
    let mut text = String::new();
    for (number, row) in rows.iter().enumerate() {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        let _ = writeln!(text, "{}", cells.collect::<Vec<_>>().join(" | ").trim_end());
        if number == 0 {
            let lines: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
            let _ = writeln!(text, "{}", lines.join("-+-"));
        }
    }
    text
}

/// An error as psql shows it.
fn refusal(error: &postgres::Error) -> String {
    let error = error.as_db_error().expect("an error of the server's");
    let mut text = format!("ERROR:  {}\n", error.message());
    for (label, value) in [("DETAIL", error.detail()), ("HINT", error.hint())] {
        if let Some(value) = value {
            let _ = writeln!(text, "{label}:  {value}");
        }
    }
    text
}

/// A reader who tries what a page says.
struct Reader {
    simulator: Simulator,
    session: Session,
    /// The address that the browser ended on.
    back: String,
    /// Where what is cloned and installed goes.
    folder: tempfile::TempDir,
}

/// Lines of what a command said that are shown at most.
const LINES: usize = 30;

/// Whether the installation that is tested is the one that commands take by themselves.
fn is_default() -> bool {
    let output = Command::new(root().join(".ci/postgres")).output().expect("a prefix");
    let found = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
    found.canonicalize().ok() == prefix().canonicalize().ok()
}

impl Reader {
    fn new(simulator: Simulator, session: Session) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        Self { simulator, session, back: String::new(), folder }
    }

    /// The answer to a command. The clone is made; what is built is this checkout, which is built already.
    fn shell(&self, block: &str) -> String {
        let folder = self.folder.path().display();
        let line = block
            .replace("git clone https://…/", &format!("git clone {} {folder}/", root().display()))
            .replace("/usr/lib/postgresql/15/bin", &prefix().join("bin").display().to_string())
            .replace("make install", &format!("make install PROFILE= DESTDIR={folder}"))
            .replace("make uninstall", &format!("make uninstall DESTDIR={folder}"));
        let mut command = Command::new("bash");
        command.args(["-euo", "pipefail", "-c", &format!("exec 2>&1\n{line}")]);
        // What cargo tells a test of its package would have a cargo below it build anew what asks for that,
        // and a make below a make says which directories it enters.
        let told = std::env::vars().map(|(name, _)| name).filter(|name| {
            name.starts_with("CARGO") || name.starts_with("MAKE") || name == "MFLAGS"
        });
        for name in told.filter(|name| !["CARGO_HOME", "CARGO_TARGET_DIR"].contains(&name.as_str()))
        {
            command.env_remove(name);
        }
        let output = command.current_dir(root()).output().expect("bash");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{line}: {said}");
        let said = said
            .replace(&format!("'{folder}/"), "'")
            .replace(&folder.to_string(), "")
            .replace(&prefix().display().to_string(), "/usr");
        let (first, rest): (Vec<_>, Vec<_>) = said
            .lines()
            .filter(|line| !line.contains('\r'))
            .map(in_every_year)
            .enumerate()
            .partition(|(number, _)| *number < LINES);
        let mut shown: Vec<String> = first.into_iter().map(|(_, line)| line).collect();
        shown.extend((!rest.is_empty()).then(|| "…".to_owned()));
        shown.iter().fold(String::new(), |all, line| all + line.trim_end() + "\n")
    }

    /// What a reader puts in place of what stands for it. The studio is looked at on one day for good.
    fn filled(&self, block: &str) -> String {
        let (url, app) = (self.simulator.url(), self.simulator.launchpad().config());
        block
            .replace("current_date", "DATE '2026-07-01'")
            .replace(
                "OPTIONS (accountid",
                &format!("OPTIONS (url '{url}', oauthurl '{url}', ratelimit '0', maxconcurrency '1', accountid"),
            )
            .replace("oauthclientid '…'", &format!("oauthclientid '{}'", app.client_id))
            .replace("oauthclientsecret '…'", &format!("oauthclientsecret '{}'", app.client_secret))
            .replace("https://app.example/cb?code=…&state=…", &self.back)
    }

    /// The answer to a block, with the requests that it took.
    fn answer(&mut self, block: &str) -> String {
        self.simulator.clear_requests();
        let heard = self.session.notices().len();
        let sql = self.filled(block);
        let mut answer = if sql.starts_with("COPY") {
            self.copied(&sql)
        } else {
            match self.session.client.simple_query(&sql) {
                Ok(messages) => self.shown(&rows(&messages)),
                Err(error) => refusal(&error),
            }
        };
        let told: Vec<String> = self.session.notices().drain(heard..).collect();
        answer.insert_str(0, &told.iter().fold(String::new(), |all, notice| all + notice + "\n"));
        let requests = self.simulator.requests().len();
        let _ = writeln!(answer, "{requests} request{}", if requests == 1 { "" } else { "s" });
        self.lasting(&answer)
    }

    fn copied(&mut self, sql: &str) -> String {
        let mut text = String::new();
        let mut reader =
            self.session.client.copy_out(sql.trim_end().trim_end_matches(';')).expect(sql);
        std::io::Read::read_to_string(&mut reader, &mut text).expect("text");
        text
    }

    /// The rows; the address at which access is allowed is visited, and what differs each time is cut.
    fn shown(&mut self, rows: &[Vec<String>]) -> String {
        match rows {
            [head, row] if row[0].starts_with("http://") && row[0].contains("client_id") => {
                self.back = agree(&row[0]);
                let (place, _) = row[0].split_once('?').unwrap_or((&row[0], ""));
                table(&[head.clone(), vec![format!("{place}?…")]])
            }
            rows => table(rows),
        }
    }

    /// Without the port of the simulator, the numbers of its requests and the folder of the cluster.
    fn lasting(&self, text: &str) -> String {
        let mut lasting = String::new();
        let data = cluster().data().display().to_string();
        let text = text.replace(&self.simulator.url(), "https://launchpad.37signals.com");
        let text = text.replace(&data, "/var/lib/postgresql/data");
        let mut parts = text.split("request id sim-");
        lasting.push_str(parts.next().unwrap_or_default());
        for part in parts {
            let _ = write!(
                lasting,
                "request id …{}",
                part.trim_start_matches(|c: char| c.is_ascii_digit())
            );
        }
        lasting
    }

    /// A page with the answers as they are now.
    fn cooked(mut self, page: &str) -> String {
        let mut cooked = String::new();
        let mut lines = page.lines().peekable();
        while let Some(line) = lines.next() {
            let _ = writeln!(cooked, "{line}");
            let is_command = line == "```sh";
            if line != "```sql" && !(is_command && is_default()) {
                continue;
            }
            let mut block = String::new();
            for line in lines.by_ref().take_while(|line| *line != "```") {
                let _ = writeln!(block, "{line}");
            }
            let answer = if is_command { self.shell(&block) } else { self.answer(&block) };
            let _ = write!(cooked, "{block}```\n\n```text\n{answer}```\n");
            // The former answer goes.
            while lines.next_if(|line| line.is_empty()).is_some() {}
            if lines.next_if(|line| *line == "```text").is_some() {
                lines.by_ref().find(|line| *line == "```");
                while lines.next_if(|line| line.is_empty()).is_some() {}
            }
            if lines.peek().is_some() {
                cooked.push('\n');
            }
        }
        cooked
    }
}

/// Without what differs from machine to machine.
fn in_every_year(line: &str) -> String {
    match line.split_once("==> starting PostgreSQL") {
        Some(_) => "==> starting PostgreSQL (…)".to_owned(),
        None => line.to_owned(),
    }
}

/// Compares a page, up to a line, with what it would be now, or writes it.
fn hold(name: &str, reader: Reader, end: &str) -> String {
    let path = root().join(name);
    let page = std::fs::read_to_string(&path).expect("the page");
    let cut = if end.is_empty() { page.len() } else { page.find(end).expect("the line") };
    let cooked = reader.cooked(&page[..cut]) + &page[cut..];
    if std::env::var_os("COOKBOOK_WRITE").is_some() {
        std::fs::write(&path, &cooked).expect("written");
        return cooked;
    }
    for (number, (is, was)) in cooked.lines().zip(page.lines()).enumerate() {
        assert_eq!(
            is,
            was,
            "{name}, line {}: run make cookbook and look at the change",
            number + 1
        );
    }
    assert_eq!(cooked.lines().count(), page.lines().count(), "{name}");
    cooked
}

#[test]
fn every_query_of_the_cookbook_answers_what_stands_below_it() {
    let simulator = studio();
    let mut session = Session::on(
        &simulator,
        ", projectid 'all', ratelimit '0', maxconcurrency '1', useragent 'x@example.com'",
    );
    session.run("SET timezone = 'UTC'");
    let page = hold("docs/cookbook.md", Reader::new(simulator, session), "");
    assert!(page.matches("\n### ").count() >= 30, "{}", page.matches("\n### ").count());
    assert!(!page.contains("ERROR:"), "{page}");
}

#[test]
fn the_first_hour_goes_as_its_page_says() {
    let (simulator, mut session) = (studio(), cluster().bare_database());
    session.run("SET timezone = 'UTC'");
    let page = hold("docs/first-hour.md", Reader::new(simulator, session), "");
    assert!(page.matches("ERROR:").count() >= 10, "{page}");
}

#[test]
fn the_first_query_of_the_readme_answers_what_stands_below_it() {
    let simulator = studio();
    let mut session =
        Session::on(&simulator, ", projectid 'all', ratelimit '0', maxconcurrency '1'");
    // The customers of the demo.
    session.run(
        "CREATE SCHEMA crm; CREATE TABLE crm.customers AS \
         SELECT id AS project_id, split_part(name, ':', 1) AS name FROM bc.projects WHERE name LIKE '%:%'",
    );
    hold("README.md", Reader::new(simulator, session), "\n`make demo` shows it");
}
