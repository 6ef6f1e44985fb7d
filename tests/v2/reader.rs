//! A client of a simulated Basecamp 2 that plans and reads.

#![expect(unreachable_pub, reason = "each test that includes this file uses a part of it")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use basecamp_fdw::api::{Base, Bearer, Client, Config, Paging, Rate};
use basecamp_fdw::error::Result;
use basecamp_fdw::plan::{Admission, Bound, Operand, Side};
use basecamp_fdw::rows::{Known, Rows, Sizes, collect};
use basecamp_fdw::value::{Scalar, Value};
use simulator::Simulator;

use crate::ask::Ask;

/// A row, by the names of its columns; NULL is not there.
pub type Row = BTreeMap<String, Value>;

/// Reads what a simulator has.
pub struct Reader {
    pub simulator: Simulator,
    client: Client,
    runtime: tokio::runtime::Runtime,
}

impl Reader {
    /// Starts a simulator.
    pub fn start(config: simulator::Config) -> Self {
        let simulator = Simulator::start(config).expect("a port");
        let base = Base::parse(&simulator.url()).expect("an address");
        let config = Config {
            launchpad: base.clone(),
            base,
            account: simulator.account().to_string(),
            prefix: "/api/v1",
            paging: Paging::Numbers,
            user_agent: "tests (tests@example.com)".to_owned(),
            timeout: Duration::from_secs(30),
            max_attempts: 1,
            max_concurrency: 4,
            rate: Rate::parse("0").expect("no limit"),
            max_pages: 1000,
            proxy: None,
            ca_pem: None,
        };
        let token = simulator.token().to_owned();
        let client = Client::new(config, Arc::new(Bearer(token.into()))).expect("a client");
        Self { simulator, client, runtime: tokio::runtime::Runtime::new().expect("threads") }
    }

    /// Asks a question and keeps what PostgreSQL would keep. The requests of earlier ones are forgotten.
    pub fn read(&self, question: &Ask) -> Result<Vec<Row>> {
        self.simulator.clear_requests();
        let scan = Arc::new(question.plan());
        let known = Arc::new(Known::new(Sizes::default()));
        let rows = Rows::new(scan, Vec::new(), self.client.clone(), known)?;
        let (rows, _) = self.runtime.block_on(collect(rows))?;
        let named = rows.into_iter().map(|row| {
            let cells = question.0.cells.iter().zip(row);
            let named = cells.filter_map(|(cell, value)| Some((cell.name.clone(), value?)));
            named.collect::<Row>()
        });
        Ok(named.filter(|row| question.admits(row)).collect())
    }

    /// The addresses that the last question took, below the version, in their order.
    pub fn requests(&self) -> Vec<String> {
        let asked = self.simulator.requests().into_iter();
        asked
            .map(|request| {
                let path = request.path.strip_prefix("/api/v1").unwrap_or(&request.path);
                let mark = if request.query.is_empty() { "" } else { "?" };
                format!("{path}{mark}{}", request.query)
            })
            .collect()
    }
}

impl Ask {
    /// A lower bound in microseconds since 1970-01-01 00:00 UTC.
    pub fn since(mut self, column: &str, micros: i64) -> Self {
        self.0.bounds.push(Bound {
            column: column.to_owned(),
            side: Side::Lower,
            operand: Operand::Values(vec![Scalar::Moment(micros)]),
        });
        self
    }

    /// Whether PostgreSQL, which checks every condition again, would let a row pass.
    fn admits(&self, row: &Row) -> bool {
        let bindings = self.0.bindings.iter().all(|binding| {
            let Operand::Values(values) = &binding.operand else {
                return false;
            };
            let value = row.get(&binding.column).and_then(scalar);
            value.is_some_and(|value| values.contains(&value))
        });
        let choices = self.0.choices.iter().all(|choice| {
            let value = match row.get(&choice.column) {
                Some(Value::Text(text)) => text.clone(),
                Some(Value::Boolean(flag)) => flag.to_string(),
                _ => return choice.null == Admission::Yes,
            };
            let mut values = choice.values.iter();
            values.any(|(each, admits)| *each == value && *admits == Admission::Yes)
        });
        let bounds = self.0.bounds.iter().all(|bound| {
            let Operand::Values(values) = &bound.operand else {
                return false;
            };
            let value = row.get(&bound.column).and_then(scalar);
            value.zip(values.first()).is_some_and(|(value, end)| match bound.side {
                Side::Lower => value >= *end,
                Side::Upper => value <= *end,
            })
        });
        bindings && choices && bounds
    }
}

fn scalar(value: &Value) -> Option<Scalar> {
    match value {
        Value::Bigint(id) => Some(Scalar::Id(*id)),
        Value::Date(day) => Some(Scalar::Date(*day)),
        Value::Text(text) => Some(Scalar::Text(text.clone())),
        Value::Timestamptz(micros) => Some(Scalar::Moment(*micros)),
        _ => None,
    }
}
