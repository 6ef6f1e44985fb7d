//! A small account in the simulator, foreign tables over it, and local copies of what they mean.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::rc::Rc;

use postgres::SimpleQueryMessage;
use server_tests::Session;
use simulator::{Config, Simulator};

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

/// Tables that are left out, and why.
const SKIPPED: [(&str, &str); 3] = [
    ("v2.authorized_accounts", "Launchpad takes tokens alone"),
    ("v3.authorized_accounts", "when the token expires moves on"),
    ("v3.inbox_items", "an inbox is an agent's"),
];

/// Containers: a constant on one says where to read.
const CONTAINERS: [&str; 20] = [
    "calendar_id",
    "campfire_id",
    "card_id",
    "card_table_id",
    "column_id",
    "forward_id",
    "inbox_id",
    "message_board_id",
    "parent_id",
    "parent_todolist_id",
    "question_id",
    "questionnaire_id",
    "recording_id",
    "schedule_id",
    "todolist_id",
    "todoset_id",
    "upload_id",
    "vault_id",
    "webhook_id",
    "approval_id",
];

/// Conditions that are always true on the columns with a default, and what that is.
const DOMAINS: [(&str, &str); 3] = [("status", "active"), ("template", "f"), ("trashed", "f")];

/// What some accounts lack: a person who is listed and has no address, folders that a listing leaves out.
const MISSING: [&str; 2] = ["404@/people/2003.json", "recordings-omit-root-vaults"];

/// The account: a few projects with a little of everything. Every third seed has tools that are hidden,
/// and every third lacks something.
fn config(seed: u64) -> Config {
    let (faults, disabled_tools) = match seed % 3 {
        1 => (MISSING.map(str::to_owned).to_vec(), false),
        2 => (Vec::new(), true),
        _ => (Vec::new(), false),
    };
    Config {
        faults,
        disabled_tools,
        projects: 4,
        todolists: 10,
        todos: 60,
        v2_projects: 4,
        v2_people: 6,
        v2_todolists: 8,
        v2_todos: 40,
        v2_documents: 12,
        v2_messages: 8,
        v2_uploads: 8,
        v2_forwards: 4,
        v2_calendar_events: 6,
        ..Config::default()
    }
}

impl World {
    /// Starts a simulator and makes the copies of the tables whose names contain one of these, or of
    /// all.
    ///
    /// # Panics
    /// When the simulator or PostgreSQL cannot be had.
    pub fn new(seed: u64, only: &[String]) -> Self {
        let simulator = Simulator::start(config(seed)).expect("a port");
        let session = servers(&simulator);
        let mut world = Self {
            simulator,
            session,
            relations: Vec::new(),
            links: Vec::new(),
            capped: Vec::new(),
            wrong: Vec::new(),
            skipped: Vec::new(),
        };
        for version in ["v3", "v2"] {
            for table in world.tables(version) {
                let name = format!("{version}.{}", table[0]);
                if only.is_empty() || only.iter().any(|part| name.contains(part.as_str())) {
                    world.add(version, &table);
                }
            }
        }
        let fences = crate::fence::add(&mut world);
        if let Err(failure) = fences {
            world.skipped.push(format!("tables with fences: {}", failure.message));
        }
        crate::fence::add_fields(&mut world);
        crate::fence::add_types(&mut world);
        crate::fence::add_capped(&mut world);
        let different = crate::dump::differences(&mut world);
        world.wrong.extend(different);
        world.link();
        world.session.run("ANALYZE; SET statement_timeout = '5s'");
        world
    }

    /// The rows of a query.
    ///
    /// # Errors
    /// When it fails.
    pub fn ask(&mut self, sql: &str) -> Result<Vec<Row>, Failure> {
        ask(&mut self.session, sql)
    }

    /// Name, need, columns that matter to planning and sources of every table.
    fn tables(&mut self, version: &str) -> Vec<[String; 5]> {
        let sql = format!(
            "SELECT name, coalesce(needs, ''), array_to_string(filters, ','), sources::text, \
                    scoped_by_project::text \
               FROM basecamp.resources('{version}') ORDER BY name"
        );
        let rows = self.session.rows(&sql).into_iter();
        rows.map(|row| {
            let mut cells = row.into_iter().map(Option::unwrap_or_default);
            std::array::from_fn(|_| cells.next().unwrap_or_default())
        })
        .collect()
    }

    /// Copies a table, and adds it and a view of it.
    fn add(&mut self, version: &str, [table, needs, filters, sources, scoped]: &[String; 5]) {
        let name = format!("{version}.{table}");
        let known = SKIPPED.iter().find(|(skipped, _)| *skipped == name);
        if let Some(reason) =
            known.map(|(_, reason)| *reason).or((!needs.is_empty()).then_some("needs a condition"))
        {
            self.skipped.push(format!("{name}: {reason}"));
            return;
        }
        let filters: Vec<&str> = filters.split(',').collect();
        let columns = self.columns(version, table);
        let has = |column: &str| columns.iter().any(|(name, _)| name == column);
        let domains: Vec<(&str, &str)> = DOMAINS
            .into_iter()
            .filter(|(column, _)| filters.contains(column) && has(column))
            .filter(|(column, _)| version == "v2" || *column == "status")
            .filter(|(column, _)| version == "v3" || *column != "status")
            .collect();
        let local = format!("{version}_{table}");
        let scoped = has("project_id") && scoped == "true";
        let mut copied = self.copy(&name, &local, &domains, scoped);
        let evaluated = domains.is_empty() || copied.is_ok();
        if !evaluated {
            self.note(&format!("{name}, for every status"), &copied);
            copied = self.copy(&name, &local, &[], scoped);
        }
        let mut scoped = scoped;
        if copied.is_err() {
            self.note(&name, &copied);
            scoped = false;
            if self.copy(&name, &local, &[], false).is_err() {
                return;
            }
        }
        let alone = |path: &str| path.ends_with("/{id}.json") && path.matches('{').count() == 1;
        // People in the trash of Basecamp 2 are listed but have no address.
        let by_id = sources.split(|c: char| ",\" ?".contains(c)).any(alone) && name != "v2.people";
        let sense = |column: &str| match column {
            "trashed" | "template" if version == "v2" => Sense::Domain,
            "status" if version == "v3" && filters.contains(&column) => Sense::Domain,
            "id" | "project_id" if filters.contains(&column) => Sense::Key,
            _ if filters.contains(&column) && column.ends_with("_id") => Sense::Key,
            _ => Sense::Plain,
        };
        let wide = scoped || evaluated && !domains.is_empty();
        let relation = self.relation(&name, &format!("\"{local}\""), &columns, &filters, sense);
        let mut relation = Relation { wide, by_id, evaluated, ..relation };
        if wide {
            relation.places = self.places(&relation, &filters);
        }
        self.relations.push(relation);
        if wide {
            let domains = if evaluated { domains } else { Vec::new() };
            self.view(version, table, &local, &domains, scoped, &columns, &filters);
        }
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

    /// Makes the copies: `local` of what the table has without conditions, `~s`, `~p` and `~sp` of what
    /// it has with conditions on status, project and both.
    fn copy(
        &mut self,
        name: &str,
        local: &str,
        domains: &[(&str, &str)],
        scoped: bool,
    ) -> Result<(), Failure> {
        let version = &name[..2];
        let suffixes = ["", "~d", "~s", "~p", "~sp"].map(|suffix| format!("\"{local}{suffix}\""));
        self.session.run(&format!("DROP TABLE IF EXISTS {}", suffixes.join(", ")));
        self.ask(&format!("CREATE TABLE \"{local}~d\" AS SELECT * FROM {name}"))?;
        self.ask(&format!("CREATE TABLE \"{local}~sp\" (LIKE \"{local}~d\")"))?;
        let any: Vec<String> =
            domains.iter().map(|(column, _)| format!("{column} IS NOT NULL")).collect();
        let any = if any.is_empty() { "true".to_owned() } else { any.join(" AND ") };
        if scoped {
            for project in self.projects(version) {
                let rows = format!(
                    "INSERT INTO \"{local}~sp\" SELECT * FROM {name} WHERE project_id = {project} AND {any}"
                );
                self.ask(&rows)?;
            }
            let none = format!(
                "INSERT INTO \"{local}~sp\" SELECT * FROM \"{local}~d\" WHERE project_id IS NULL"
            );
            self.ask(&none)?;
        } else if domains.is_empty() {
            self.ask(&format!("INSERT INTO \"{local}~sp\" SELECT * FROM \"{local}~d\""))?;
        } else {
            self.ask(&format!("INSERT INTO \"{local}~sp\" SELECT * FROM {name} WHERE {any}"))?;
        }
        let active = match scoped {
            true => format!(
                "(project_id IS NULL OR project_id IN (SELECT id FROM active WHERE version = '{version}'))"
            ),
            false => "true".to_owned(),
        };
        let usual: Vec<String> =
            domains.iter().map(|(column, value)| format!("{column} = '{value}'")).collect();
        let usual = if usual.is_empty() { "true".to_owned() } else { usual.join(" AND ") };
        for (suffix, filter) in
            [("", format!("{active} AND {usual}")), ("~s", active), ("~p", usual)]
        {
            self.ask(&format!(
                "CREATE TABLE \"{local}{suffix}\" AS SELECT * FROM \"{local}~sp\" WHERE {filter}"
            ))?;
        }
        self.compare_default(name, local)
    }

    /// Without conditions a table has what its project and status put into the default scope.
    fn compare_default(&mut self, name: &str, local: &str) -> Result<(), Failure> {
        let columns: Vec<String> = self
            .columns("public", &format!("\"{local}\""))
            .into_iter()
            .map(|(name, _)| name)
            .collect();
        let columns = columns.join(", ");
        let all = |suffix: &str| format!("SELECT {columns} FROM \"{local}{suffix}\"");
        let difference = |first: &str, second: &str| {
            format!(
                "SELECT count(*), min(x::text) FROM ({} EXCEPT ALL {}) x",
                all(first),
                all(second)
            )
        };
        let mut message = String::new();
        for (what, first, second) in [("missing", "", "~d"), ("too much", "~d", "")] {
            let rows = self.ask(&difference(first, second))?;
            if rows[0][0].as_deref() != Some("0") {
                let example = rows[0][1].clone().unwrap_or_default();
                let count = rows[0][0].as_deref().unwrap_or_default();
                let _ = write!(message, "{count} are {what}, such as {example:.300}; ");
            }
        }
        match message.is_empty() {
            true => Ok(()),
            false => Err(Failure {
                code: format!("without conditions, beside {name} by project"),
                message,
            }),
        }
    }

    fn note(&mut self, what: &str, failed: &Result<(), Failure>) {
        if let Err(failure) = failed {
            self.wrong.push(format!("{what}: {} {}", failure.code, failure.message));
        }
    }

    fn projects(&mut self, version: &str) -> Vec<String> {
        let sql = format!("SELECT id FROM project WHERE version = '{version}' ORDER BY id");
        self.session.rows(&sql).into_iter().filter_map(|row| row[0].clone()).collect()
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
    fn samples(&mut self, local: &str, column: &str) -> Rc<Vec<String>> {
        let sql = format!(
            "SELECT DISTINCT {column}::text AS v FROM {local} \
              WHERE {column} IS NOT NULL AND length({column}::text) < 60 ORDER BY 1 LIMIT 60"
        );
        Rc::new(self.session.rows(&sql).into_iter().filter_map(|row| row[0].clone()).collect())
    }

    /// The values of keys over all rows that there are.
    fn places(
        &mut self,
        relation: &Relation,
        filters: &[&str],
    ) -> BTreeMap<String, Rc<Vec<String>>> {
        let all = relation.copy(Widening { status: true, projects: true });
        let named = |name: &str| name == "id" || name == "project_id" || CONTAINERS.contains(&name);
        let keys: Vec<String> = relation
            .columns
            .iter()
            .map(|column| column.name.clone())
            .filter(|name| filters.contains(&name.as_str()) && named(name))
            .collect();
        keys.into_iter().map(|name| (name.clone(), self.samples(&all, &name))).collect()
    }

    /// A view that names every project and status: its meaning is fixed.
    fn view(
        &mut self,
        version: &str,
        table: &str,
        local: &str,
        domains: &[(&str, &str)],
        scoped: bool,
        columns: &[(String, String)],
        filters: &[&str],
    ) {
        let mut conditions: Vec<String> =
            domains.iter().map(|(column, _)| format!("{column} IS NOT NULL")).collect();
        if scoped {
            let projects = self.projects(version).join(",");
            conditions.push(format!("project_id = ANY ('{{{projects}}}'::bigint[])"));
        }
        let (conditions, view) = (conditions.join(" AND "), format!("whole.{version}_{table}"));
        self.session.run(&format!(
            "CREATE VIEW {view} AS SELECT * FROM {version}.{table} WHERE {conditions}; \
             CREATE TABLE \"{local}~v\" AS SELECT * FROM \"{local}~sp\" WHERE {conditions}"
        ));
        let local = format!("\"{local}~v\"");
        let relation = self.relation(&view, &local, columns, filters, |_| Sense::Plain);
        self.relations.push(relation);
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

/// A database with a server for each version, their tables, and the projects of the account.
fn servers(simulator: &Simulator) -> Session {
    let mut session = Session::empty();
    let (url, account, token) = (simulator.url(), simulator.account(), simulator.token());
    let config = Config::default();
    let server = |version: &str| {
        format!(
            "CREATE SERVER {version} FOREIGN DATA WRAPPER basecamp_fdw OPTIONS (accountid '{account}', \
               url '{url}', oauthurl '{url}', schema '{version}', projectid 'all', ratelimit '0'); \
             CREATE SCHEMA {version}; "
        )
    };
    session.run(&(server("v3") + &server("v2")));
    session.run(&format!(
        "CREATE USER MAPPING FOR PUBLIC SERVER v3 OPTIONS (oauthaccesstoken '{token}'); \
         CREATE USER MAPPING FOR PUBLIC SERVER v2 OPTIONS (\"user\" '{}', password '{}'); \
         IMPORT FOREIGN SCHEMA v3 FROM SERVER v3 INTO v3; \
         IMPORT FOREIGN SCHEMA v2 FROM SERVER v2 INTO v2; \
         CREATE SCHEMA whole; CREATE TABLE project (version text, id bigint, status text); \
         CREATE VIEW active AS SELECT version, id FROM project WHERE status = 'active'",
        config.v2_user, config.v2_password
    ));
    for (version, projects) in
        [("v3", simulator.dump("projects")), ("v2", simulator.dump_v2("projects"))]
    {
        for project in projects {
            let (record, asked) = match version {
                "v3" => (&project, &project),
                _ => (&project["record"], &project["asked"]),
            };
            let (id, status) = (&record["id"], asked["status"].as_str().unwrap_or_default());
            // What is in the trash has no address of its own in Basecamp 2.
            if version == "v3" || status != "trashed" {
                session.run(&format!("INSERT INTO project VALUES ('{version}', {id}, '{status}')"));
            }
        }
    }
    session
}
