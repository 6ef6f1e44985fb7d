//! A small account in the simulator, foreign tables over it, and local copies of what they mean.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use postgres::SimpleQueryMessage;
use server_tests::Session;
use simulator::Simulator;

use crate::{account, copy, dump, fence};

/// A row as text; `None` is NULL.
pub type Row = Vec<Option<String>>;

/// Why a statement failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// SQLSTATE.
    pub code: String,
    /// What the server said.
    pub message: String,
}

/// What a condition on a column does beside choosing among rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sense {
    /// Nothing.
    Plain,
    /// A constant says where to read.
    Key,
    /// Any condition on it alone says which records are read.
    Domain,
}

/// A column.
#[derive(Debug, Clone)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type in SQL.
    pub ty: String,
    /// Some of its values in the rows that the table has without conditions.
    pub samples: Rc<Vec<String>>,
    /// What a condition on it does.
    pub sense: Sense,
    /// Whether the catalogue says that a condition on it saves requests.
    pub filtered: bool,
}

/// What conditions put in place of the default scope.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Widening {
    /// That of the status.
    pub status: bool,
    /// That of the projects.
    pub projects: bool,
}

/// A foreign table or a view of one, and the copies of what it means.
#[derive(Debug, Clone)]
pub struct Relation {
    /// Its name, with the schema.
    pub foreign: String,
    /// The copy.
    pub local: String,
    /// Its columns.
    pub columns: Vec<Column>,
    /// Whether conditions widen it: there are copies for each widening.
    pub wide: bool,
    /// Whether conditions on a column with a default are evaluated for each of its values.
    pub evaluated: bool,
    /// Whether an address serves a record by its id alone.
    pub by_id: bool,
    /// Values of keys over all rows, by column.
    pub places: BTreeMap<String, Rc<Vec<String>>>,
}

impl Relation {
    /// The copy that has the rows of a widening.
    pub fn copy(&self, widening: Widening) -> String {
        let bare = self.local.trim_matches('"');
        match (widening.status, widening.projects) {
            (false, false) => self.local.clone(),
            (true, false) => format!("\"{bare}~s\""),
            (false, true) => format!("\"{bare}~p\""),
            (true, true) => format!("\"{bare}~sp\""),
        }
    }

    /// The column of a name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }
}

/// Two columns that have values in common.
#[derive(Debug, Clone, Copy)]
pub struct Link {
    /// A relation and the place of its column.
    pub from: (usize, usize),
    /// Another.
    pub to: (usize, usize),
}

/// Everything that queries are made of.
pub struct World {
    /// What answers.
    pub simulator: Simulator,
    /// Where queries are put.
    pub session: Session,
    /// What they read.
    pub relations: Vec<Relation>,
    /// What can be joined.
    pub links: Vec<Link>,
    /// Tables that stop after some rows, and what takes their place over the copies.
    pub capped: Vec<(String, String)>,
    /// What was found wrong while the copies were made.
    pub wrong: Vec<String>,
    /// What was left out, and why.
    pub skipped: Vec<String>,
}

impl World {
    /// Starts a simulator and makes the copies of the tables whose names contain one of these, or of
    /// all.
    ///
    /// # Panics
    /// When the simulator or PostgreSQL cannot be had.
    pub fn new(seed: u64, only: &[String]) -> Self {
        let simulator = Simulator::start(account::config(seed)).expect("a port");
        let session = account::servers(&simulator);
        let mut world = Self {
            simulator,
            session,
            relations: Vec::new(),
            links: Vec::new(),
            capped: Vec::new(),
            wrong: Vec::new(),
            skipped: Vec::new(),
        };
        copy::add(&mut world, only);
        if let Err(failure) = fence::add(&mut world) {
            world.skipped.push(format!("tables with fences: {}", failure.message));
        }
        fence::add_fields(&mut world);
        fence::add_types(&mut world);
        fence::add_capped(&mut world);
        let different = dump::differences(&mut world, account::is_odd(seed));
        world.wrong.extend(different);
        world.link();
        world.session.run("ANALYZE; SET statement_timeout = '3s'");
        world
    }

    /// The rows of a query.
    ///
    /// # Errors
    /// When it fails.
    pub fn ask(&mut self, sql: &str) -> Result<Vec<Row>, Failure> {
        ask(&mut self.session, sql)
    }

    /// The columns of a foreign table and their types; what was sent as a whole differs by the source.
    pub fn columns(&mut self, schema: &str, table: &str) -> Vec<(String, String)> {
        let sql = format!(
            "SELECT quote_ident(attname), format_type(atttypid, NULL) FROM pg_attribute \
              WHERE attrelid = '{schema}.{table}'::regclass AND attnum > 0 AND attname <> 'record' ORDER BY attnum"
        );
        let rows = self.session.rows(&sql).into_iter();
        rows.filter_map(|row| Some((row[0].clone()?, row[1].clone()?))).collect()
    }

    /// A relation over a table and its copy.
    pub fn relation(
        &mut self,
        foreign: &str,
        local: &str,
        columns: &[(String, String)],
        filters: &[&str],
        sense: impl Fn(&str) -> Sense,
    ) -> Relation {
        let columns = columns.iter().map(|(name, ty)| Column {
            name: name.clone(),
            ty: ty.clone(),
            samples: self.samples(local, name),
            sense: sense(name),
            filtered: filters.contains(&name.as_str()),
        });
        Relation {
            foreign: foreign.to_owned(),
            local: local.to_owned(),
            columns: columns.collect(),
            wide: false,
            evaluated: false,
            by_id: false,
            places: BTreeMap::new(),
        }
    }

    /// Some values of a column.
    pub fn samples(&mut self, local: &str, column: &str) -> Rc<Vec<String>> {
        let sql = format!(
            "SELECT DISTINCT {column}::text AS v FROM {local} \
              WHERE {column} IS NOT NULL AND length({column}::text) < 60 ORDER BY 1 LIMIT 60"
        );
        Rc::new(self.session.rows(&sql).into_iter().filter_map(|row| row[0].clone()).collect())
    }

    /// Finds the columns that have values in common.
    fn link(&mut self) {
        let joinable = |column: &Column| {
            let named = column.name.ends_with("id")
                || column.name.ends_with("_on")
                || column.name == "date";
            named && column.samples.len() > 1
        };
        let all: Vec<(usize, usize)> = (0..self.relations.len())
            .flat_map(|relation| {
                let columns = self.relations[relation].columns.iter().enumerate();
                columns
                    .filter(|(_, column)| joinable(column))
                    .map(move |(place, _)| (relation, place))
                    .collect::<Vec<_>>()
            })
            .collect();
        let column = |(relation, place): (usize, usize)| &self.relations[relation].columns[place];
        let sets: Vec<BTreeSet<&String>> =
            all.iter().map(|place| column(*place).samples.iter().collect()).collect();
        let mut links = Vec::new();
        for (one, from) in all.iter().enumerate() {
            for (other, to) in all.iter().enumerate() {
                let same = column(*from).ty == column(*to).ty;
                if same && sets[one].intersection(&sets[other]).take(2).count() > 0 {
                    links.push(Link { from: *from, to: *to });
                }
            }
        }
        self.links = links;
    }
}

/// The rows of a query.
///
/// # Errors
/// When it fails.
pub fn ask(session: &mut Session, sql: &str) -> Result<Vec<Row>, Failure> {
    let answered = session.client.simple_query(sql).map_err(|error| match error.as_db_error() {
        Some(error) => Failure {
            code: error.code().code().to_owned(),
            message: [Some(error.message()), error.detail()]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join(" "),
        },
        None => Failure { code: "connection".to_owned(), message: error.to_string() },
    })?;
    let rows = answered.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => {
            Some((0..row.len()).map(|column| row.get(column).map(str::to_owned)).collect())
        }
        _ => None,
    });
    Ok(rows.collect())
}
