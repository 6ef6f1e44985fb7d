//! A plan and a client become a stream of rows.
//!
//! Rows are pulled, and what is not pulled is not asked for; dropping the stream drops its requests.
//! There is one reader for each kind of step ([`step`]), answers are split once ([`answer`]), records
//! are parsed once ([`record`]) and decoded once ([`decode`]), and how far to read ahead is decided in
//! one place ([`fetch`]). The only place, beside `change`, where a decision meets the network. May
//! import `plan`, `catalog`, `value`, `api` and `error`.

mod answer;
mod ask;
mod change;
mod complete;
mod count;
mod decode;
mod each;
mod fetch;
mod held;
mod journal;
mod known;
mod ledger;
mod missing;
mod people;
mod reach;
mod record;
mod scope;
mod shape;
mod sieve;
mod sorted;
mod step;
mod tally;

use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

pub use change::{Changed, Failure, Manner, Outcome, Sent, Writer};
pub use complete::Rest;
pub use decode::Row;
pub use held::Held;
pub use journal::{Entry, Journal};
pub use known::{Known, Sizes};
pub use ledger::Ledger;

use crate::api::Client;
use crate::catalog::{Role, Table};
use crate::error::{Error, Result};
use crate::plan::bind::{Argument, Bind, ids, values};
use crate::plan::{Each, Plan, Projects, Step, in_calendars};
use crate::value::Scalar;
use decode::Decoder;
use scope::Inside;
use sieve::Sought;
use step::StepReader;
use tally::Tally;

/// Some rows, with what is to be said about them.
#[derive(Debug, Default)]
pub struct Batch {
    /// The rows.
    pub rows: Held,
    /// What the user is told beside them.
    pub notices: Vec<Notice>,
    /// Further rows, which lack members that are wanted.
    pub rest: Option<Rest>,
}

impl Batch {
    /// Completes all rows.
    ///
    /// # Errors
    /// As [`Rest::complete`].
    pub async fn finish(mut self) -> Result<Self> {
        if let Some(rest) = self.rest.take() {
            self.rows.append(rest.complete().await?);
        }
        Ok(self)
    }
}

/// Something that the user is told beside the rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// `projectid` is unset, so only the first project is read.
    FirstProject {
        /// Its id.
        id: i64,
        /// Its name.
        name: String,
    },
    /// A listing has more pages than `maxpages` allows.
    CutShort {
        /// The pages that were read.
        pages: u32,
    },
}

/// What every reader of a scan needs.
#[derive(Debug)]
struct Context {
    client: Client,
    plan: Arc<Plan>,
    table: &'static Table,
    decoder: Decoder,
    known: Arc<Known>,
    arguments: Arc<[Argument]>,
    notices: Mutex<Vec<Notice>>,
}

impl Context {
    fn new(
        plan: Arc<Plan>,
        arguments: Arc<[Argument]>,
        client: Client,
        known: Arc<Known>,
    ) -> Result<Self> {
        let table = plan.table().ok_or_else(|| stale(&plan))?;
        let decoder = Decoder::new(table, &plan.cells).ok_or_else(|| stale(&plan))?;
        let notices = Mutex::default();
        Ok(Self { client, plan, table, decoder, known, arguments, notices })
    }

    /// Notes something that the user is told.
    fn tell(&self, notice: Notice) {
        self.notices.lock().unwrap_or_else(PoisonError::into_inner).push(notice);
    }

    fn told(&self) -> Vec<Notice> {
        std::mem::take(&mut self.notices.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn stale(&self) -> Error {
        stale(&self.plan)
    }

    /// The rows of another plan of the same statement: the parents of a walk.
    fn beside(&self, plan: &Plan) -> Result<Rows> {
        let (arguments, client) = (Arc::clone(&self.arguments), self.client.clone());
        let context =
            Self::new(Arc::new(plan.clone()), arguments, client, Arc::clone(&self.known))?;
        Rows::of(context)
    }

    /// A walk with everything that it is asked with: the same name means the same parents.
    fn name_of(&self, walk: &Each) -> String {
        let values = walk.expressions().into_iter().map(|number| self.arguments.get(number));
        format!("{} {walk:?} {:?}", self.table.name, values.collect::<Vec<_>>())
    }
}

/// A plan that this version's catalogue does not know: one from another version.
fn stale(plan: &Plan) -> Error {
    Error::malformed(format!("the plan names the table \"{}\", which does not exist", plan.table))
}

/// The context of a reader, with what the steps above it know.
#[derive(Debug, Clone)]
struct Env {
    context: Arc<Context>,
    /// The ids that are sought; none: every record is wanted.
    sought: Option<Arc<Sought>>,
    /// The sets of projects that rows must be in.
    within: Vec<Inside>,
    /// Whether rows in no project are in scope: those of calendars.
    with_calendars: bool,
    /// The values that holes may have.
    members: Vec<(String, Arc<HashSet<Scalar>>)>,
}

impl Env {
    fn within(&self, projects: &Projects, inside: Inside) -> Self {
        let mut env = self.clone();
        env.within.push(inside);
        let whole = matches!(projects, Projects::All | Projects::Every | Projects::None);
        env.with_calendars = env.with_calendars && whole;
        env
    }

    fn among(&self, members: Vec<(String, Arc<HashSet<Scalar>>)>) -> Self {
        let mut env = self.clone();
        env.members.extend(members);
        env
    }

    fn seeking(&self, sought: Sought) -> Self {
        Self { sought: Some(Arc::new(sought)), ..self.clone() }
    }

    /// Whether a project is one of those that rows must be in.
    async fn is_inside(&self, id: i64) -> Result<bool> {
        for inside in &self.within {
            if !inside.has(&self.context, id).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether rows in no project are in scope. Where calendars have listings of their own, they are
    /// whatever projects are read; elsewhere they come with the whole account alone.
    fn shows_calendars(&self) -> bool {
        let table = self.context.table;
        table.with(Role::Bucket).is_some() || (self.with_calendars && in_calendars(table))
    }

    /// The context alone.
    fn alone(&self) -> Self {
        let context = Arc::clone(&self.context);
        Self {
            context,
            sought: None,
            within: Vec::new(),
            with_calendars: true,
            members: Vec::new(),
        }
    }

    /// Drops the values that a column may not have here.
    fn narrow(&self, bind: &mut Bind) {
        for (column, members) in &self.members {
            if *column == bind.column {
                bind.values.retain(|value| members.contains(value));
            }
        }
    }
}

/// A running scan.
#[derive(Debug)]
pub struct Rows {
    context: Arc<Context>,
    reader: StepReader,
    /// For a table that counts records: they are read to the end before the first row.
    tally: Option<Tally>,
}

impl Rows {
    /// Prepares a scan; nothing is asked before [`Rows::next`].
    ///
    /// `arguments` are the values of the plan's expressions, in their order.
    ///
    /// # Errors
    /// When the plan is from another version.
    pub fn new(
        plan: Arc<Plan>,
        arguments: Vec<Argument>,
        client: Client,
        known: Arc<Known>,
    ) -> Result<Self> {
        Self::of(Context::new(plan, arguments.into(), client, known)?)
    }

    fn of(mut context: Context) -> Result<Self> {
        let tally = Tally::of(&context.plan);
        let tally = tally.map(|(tally, longer)| {
            context.plan = Arc::new(longer);
            tally
        });
        context.decoder =
            Decoder::new(context.table, &context.plan.cells).ok_or_else(|| context.stale())?;
        let sought = sought(&context.plan.step, &context.arguments)?;
        let context = Arc::new(context);
        let env = Env {
            context: Arc::clone(&context),
            sought: sought.map(Arc::new),
            within: Vec::new(),
            with_calendars: true,
            members: Vec::new(),
        };
        let reader = StepReader::new(&context.plan.step, &env);
        Ok(Self { context, reader, tally })
    }

    /// The next rows; `None` at the end. A batch may be empty.
    ///
    /// # Errors
    /// Whatever the API answered that is not rows, and answers that are not what it promises.
    pub async fn next(&mut self) -> Result<Option<Batch>> {
        if self.tally.is_none() {
            return self.following().await;
        }
        let mut counted = Batch::default();
        while let Some(batch) = self.following().await? {
            let batch = batch.finish().await?;
            counted.notices.extend(batch.notices);
            if let Some(tally) = &mut self.tally {
                batch.rows.into_rows().into_iter().for_each(|row| tally.add(row));
            }
        }
        let rows = self.tally.take().map(Tally::rows).unwrap_or_default();
        counted.rows = Held::new(rows, &self.context.client)?;
        Ok(Some(counted))
    }

    async fn following(&mut self) -> Result<Option<Batch>> {
        let records = self.reader.next().await?;
        let notices = self.context.told();
        let Some(records) = records else {
            return Ok((!notices.is_empty()).then(|| Batch { notices, ..Batch::default() }));
        };
        let mut batch = Batch { notices, ..Batch::default() };
        let (mut rows, mut listed) = (Vec::new(), VecDeque::new());
        for record in records {
            let row = self.context.decoder.row(&record)?;
            // Behind one that lacks something others wait, so that they stay in their order.
            if record.single.is_some() || !listed.is_empty() {
                listed.push_back((row, record));
            } else {
                rows.push(row);
            }
        }
        batch.rows = Held::new(rows, &self.context.client)?;
        if !listed.is_empty() {
            batch.rest = Some(Rest::new(&self.context, listed));
        }
        // A reduced shape is not expected, so nobody waits with completing it.
        if self.context.plan.late().is_empty() {
            batch.finish().await.map(Some)
        } else {
            Ok(Some(batch))
        }
    }
}

/// The ids that listings are read for.
fn sought(step: &Step, arguments: &[Argument]) -> Result<Option<Sought>> {
    let asks = step.asks();
    let Some(seek) = asks.iter().find_map(|ask| ask.seek.as_ref()) else {
        return Ok(None);
    };
    Ok(Some(Sought::new(ids(&values(&seek.operand, arguments)?))))
}

/// Reads a scan to its end: for small questions.
///
/// # Errors
/// As [`Rows::next`].
pub async fn collect(mut rows: Rows) -> Result<(Vec<Row>, Vec<Notice>)> {
    let (mut all, mut notices) = (Vec::new(), Vec::new());
    while let Some(batch) = rows.next().await? {
        let batch = batch.finish().await?;
        all.extend(batch.rows.into_rows());
        notices.extend(batch.notices);
    }
    Ok((all, notices))
}
