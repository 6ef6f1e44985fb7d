//! The questions, asked of the pure half. The only place that knows how a scan is made.

use std::sync::Arc;
use std::time::Duration;

use basecamp_fdw::api::{Bearer, Client};
use basecamp_fdw::catalog::{Table, Version};
use basecamp_fdw::error::Error;
use basecamp_fdw::option::Settings;
use basecamp_fdw::plan::{Binding, Cell, Effect, NothingKnown, Operand, Projects, Query, choose};
use basecamp_fdw::rows::{Known, Rows, Sizes, collect};
use basecamp_fdw::value::Scalar;
use simulator::Simulator;
use tokio::runtime::Runtime;

/// A question by the name of its column in the matrix.
#[derive(Debug)]
pub struct Question {
    pub name: &'static str,
    pub table: &'static str,
    /// The column that is fixed, and the dump from whose first record its value is.
    pub fixed: Option<(&'static str, &'static str)>,
    /// The columns that are wanted; none: all but `record`.
    pub wanted: &'static [&'static str],
}

pub const QUESTIONS: &[Question] = &[
    Question { name: "list", table: "todos", fixed: Some(("todolist_id", "parent")), wanted: &[] },
    Question {
        name: "record",
        table: "todos",
        fixed: Some(("todolist_id", "parent")),
        wanted: &["id", "todolist_id", "record"],
    },
    Question { name: "one", table: "todos", fixed: Some(("id", "todos")), wanted: &[] },
    Question { name: "all", table: "todos", fixed: None, wanted: &[] },
    Question { name: "people", table: "people", fixed: None, wanted: &[] },
    Question { name: "grouped", table: "everything_todos", fixed: None, wanted: &[] },
    Question { name: "walk", table: "webhooks", fixed: None, wanted: &[] },
    Question {
        name: "around",
        table: "timeline_events",
        fixed: Some(("creator_id", "people")),
        wanted: &[],
    },
];

/// Asks on one account.
pub struct Asker<'a> {
    simulator: &'a Simulator,
    client: Client,
    runtime: Runtime,
}

/// Rows as text, or an SQLSTATE and what else is said.
pub type Outcome = Result<Vec<String>, (String, String)>;

impl<'a> Asker<'a> {
    /// A client with so much time for a request, and one attempt.
    pub fn new(simulator: &'a Simulator, url: &str, timeout: Duration) -> Self {
        let options = [
            ("accountid", simulator.account().to_string()),
            ("url", url.to_owned()),
            ("oauthurl", url.to_owned()),
            ("ratelimit", "0".to_owned()),
            ("maxattempts", "1".to_owned()),
            ("timeout", timeout.as_secs().to_string()),
        ];
        let options = Settings::new(options.map(|(name, value)| (name.to_owned(), value)));
        let options = options.expect("valid options");
        let token = Arc::new(Bearer(simulator.token().to_owned().into()));
        let client = Client::new(options.client(None).expect("valid options"), token);
        let runtime = Runtime::new().expect("a runtime");
        Self { simulator, client: client.expect("a client"), runtime }
    }

    /// The answer to a question.
    pub fn ask(&self, question: &Question) -> Outcome {
        let table = Version::V3.table(question.table).expect("a table");
        let fixed = question.fixed.map(|(column, from)| (column, self.value(from)));
        self.rows(table, fixed, question.wanted).map_err(|error| {
            let (detail, hint) = (error.detail_text(), error.hint_text());
            (error.kind().sqlstate().to_owned(), format!("{error} {detail:?} {hint:?}"))
        })
    }

    /// A value to ask by: an id, or that of the list which the first to-do is in.
    fn value(&self, from: &str) -> i64 {
        let id = |value: &serde_json::Value| value["id"].as_i64().expect("an id");
        match from {
            "parent" => id(&self.simulator.dump("todos")[0]["parent"]),
            table => id(&self.simulator.dump(table)[0]),
        }
    }

    /// Plans and reads as the extension does.
    fn rows(
        &self,
        table: &'static Table,
        fixed: Option<(&'static str, i64)>,
        wanted: &[&str],
    ) -> Result<Vec<String>, Error> {
        let columns: Vec<_> = match wanted {
            [] => table.columns().collect(),
            wanted => wanted.iter().filter_map(|name| table.column(name)).collect(),
        };
        let cells = columns.into_iter().map(Cell::of);
        let bindings = fixed.into_iter().map(|(column, id)| Binding {
            column: column.to_owned(),
            count: 1.0,
            operand: Operand::Values(vec![Scalar::Id(id)]),
            effect: Effect::Names,
        });
        let query = Query {
            cells: cells.collect(),
            bindings: bindings.collect(),
            ..Query::of(table, Projects::All)
        };
        let scan = Arc::new(choose(Version::V3, &query, &NothingKnown));
        let known = Arc::new(Known::new(Sizes::default()));
        let rows = Rows::new(scan, Vec::new(), self.client.clone(), known)?;
        let (rows, _) = self.runtime.block_on(collect(rows))?;
        let mut rows: Vec<String> = rows.iter().map(|row| format!("{row:?}")).collect();
        // Of several addresses that are asked side by side, any may answer first.
        rows.sort_unstable();
        Ok(rows)
    }
}
