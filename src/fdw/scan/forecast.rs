//! What a statement will take, said before it has taken it.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::{Rc, Weak};
use std::sync::Arc;
use std::time::Duration;

use pgrx::PgLogLevel;
use pgrx::guc::{GucContext, GucFlags, GucRegistry, GucSetting};

use crate::api::{Meter, Rate, in_words};
use crate::error::{Error, Kind, Result};
use crate::fdw::report::tell;
use crate::plan::Plan;
use crate::rows::Sizes;

/// The requests that a statement may take; 0: any number.
static MAX_REQUESTS: GucSetting<i32> = GucSetting::<i32>::new(0);

/// A wait for the rate limit that people are told of.
const LONG: Duration = Duration::from_secs(10);

thread_local! {
    static STATEMENTS: RefCell<HashMap<usize, Weak<Statement>>> = RefCell::default();
}

/// Defines `basecamp_fdw.max_requests`.
pub fn define_limit() {
    GucRegistry::define_int_guc(
        c"basecamp_fdw.max_requests",
        c"The most HTTP requests that one statement may take.",
        c"A statement that would take more is refused. 0 is no limit.",
        &MAX_REQUESTS,
        0,
        i32::MAX,
        GucContext::Userset,
        GucFlags::default(),
    );
}

/// The scans of one statement.
#[derive(Default)]
struct Statement {
    scans: RefCell<Vec<Rc<Expectation>>>,
}

/// What one scan will take, and has taken.
struct Expectation {
    expected: Cell<u64>,
    meter: Arc<Meter>,
}

impl Statement {
    /// The statement that runs. `query`: the address of its executor state, which tells running
    /// statements apart.
    fn of(query: usize) -> Rc<Self> {
        STATEMENTS.with_borrow_mut(|all| {
            all.retain(|_, statement| statement.strong_count() > 0);
            if let Some(statement) = all.get(&query).and_then(Weak::upgrade) {
                return statement;
            }
            let statement = Rc::<Self>::default();
            all.insert(query, Rc::downgrade(&statement));
            statement
        })
    }

    /// Refuses to go on where more requests would be made than may be.
    fn check(&self) -> Result<()> {
        let most = u64::try_from(MAX_REQUESTS.get()).unwrap_or_default();
        let requests = |scan: &Rc<Expectation>| {
            let made = scan.meter.read().requests;
            (made, made.max(scan.expected.get()))
        };
        let scans = self.scans.borrow();
        let (made, total) = scans
            .iter()
            .map(requests)
            .fold((0, 0_u64), |sum, scan| (sum.0 + scan.0, sum.1.saturating_add(scan.1)));
        if most == 0 || total <= most {
            return Ok(());
        }
        let message = format!("the statement would take about {total} requests");
        let error = Error::new(Kind::TooManyRequests, message).detail(format!(
            "The setting basecamp_fdw.max_requests allows {most}. {made} were made."
        ));
        Err(error.hint(
            "EXPLAIN shows the requests of each scan. Ask for less with a condition, or raise the \
             setting.",
        ))
    }
}

/// What a scan will take.
pub struct Forecast {
    statement: Rc<Statement>,
    expectation: Rc<Expectation>,
    sizes: Sizes,
    rate: Rate,
    /// Batches after which the sizes of listings are looked at again.
    looks: u8,
    told: bool,
}

impl Forecast {
    /// Of a scan that begins.
    pub fn new(query: usize, sizes: Sizes, rate: Rate, meter: Arc<Meter>) -> Self {
        let expectation = Rc::new(Expectation { expected: Cell::new(0), meter });
        let statement = Statement::of(query);
        statement.scans.borrow_mut().push(Rc::clone(&expectation));
        Self { statement, expectation, sizes, rate, looks: 4, told: false }
    }

    /// Whether the requests of the statement are bounded: then none is sent before it must be.
    pub fn is_bounded() -> bool {
        MAX_REQUESTS.get() > 0
    }

    /// Looks ahead, before the next rows are asked for: what the first answers told of the sizes of
    /// listings makes it better. `table`: the foreign table's name.
    ///
    /// # Errors
    /// When the statement would take more requests than `basecamp_fdw.max_requests`.
    pub fn look(&mut self, plan: &Plan, table: &str) -> Result<()> {
        if self.looks > 0 && plan.needs().is_none() {
            self.looks -= 1;
            let requests = plan.requests(&self.sizes);
            self.expectation.expected.set(requests);
            self.warn(plan, table, requests);
        }
        self.statement.check()
    }

    /// Says once that the scan will wait for long, and what would make it cheaper.
    fn warn(&mut self, plan: &Plan, table: &str, requests: u64) {
        let wait = self.rate.wait_for(requests);
        if self.told || wait <= LONG {
            return;
        }
        self.told = true;
        let message = format!(
            "reading all of \"{table}\" takes about {requests} requests, which wait about {} for \
             the rate limit",
            in_words(wait)
        );
        let narrower = plan.narrower();
        let hint = if narrower.is_empty() {
            "EXPLAIN shows what is asked; it can be cancelled at any time.".to_owned()
        } else {
            format!("A condition on {} makes it cheaper.", narrower.join(" or "))
        };
        tell(PgLogLevel::NOTICE, message, &hint);
    }
}
