//! Random queries over foreign tables and over local copies of what they mean.
//!
//! A query follows from the seed and its number alone. It is put to the foreign tables and to copies
//! that were made of them in another way, or to the foreign tables twice in ways that must agree; what
//! is wrong is made as small as it stays wrong.
#![expect(clippy::expect_used, reason = "a test's set-up fails by panicking")]

mod account;
mod condition;
mod copy;
mod dump;
mod fence;
mod from;
mod generate;
mod judge;
mod output;
mod query;
mod shrink;
mod special;
mod widen;
mod world;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use generate::Generator;
use judge::{Mismatch, Verdict, judge};
use query::{Check, Mode, Query, Side};
use world::World;

/// How much is asked.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Where chance begins.
    pub seed: u64,
    /// How many queries.
    pub queries: u64,
    /// Only the query of this number.
    pub only: Option<u64>,
    /// Only tables whose names, such as `v3.todos`, contain one of these; none: all.
    pub tables: Vec<String>,
    /// Mismatches after which no more is asked.
    pub enough: usize,
    /// Whether every query is printed before it is put.
    pub loud: bool,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Report {
    /// Queries that were put.
    pub queries: u64,
    /// Verdicts by name.
    pub verdicts: BTreeMap<&'static str, u64>,
    /// Each thing that is wrong, as a text for people.
    pub wrong: Vec<String>,
    /// What was left out, and why.
    pub skipped: Vec<String>,
    /// Relations that were read.
    pub relations: usize,
    /// The slowest queries.
    pub slow: Vec<(Duration, u64)>,
}

/// Puts the queries of a plan, and tells each mismatch as it is found.
pub fn run(plan: &Plan, mut tell: impl FnMut(&str)) -> Report {
    let mut world = World::new(plan.seed, &plan.tables);
    let mut report = Report { relations: world.relations.len(), ..Report::default() };
    report.skipped = std::mem::take(&mut world.skipped);
    for wrong in std::mem::take(&mut world.wrong) {
        tell(&wrong);
        report.wrong.push(wrong);
    }
    let numbers = plan.only.map_or(0..plan.queries, |only| only..only + 1);
    let (relations, links, capped) =
        (world.relations.clone(), world.links.clone(), world.capped.clone());
    let mut found = 0;
    for number in numbers {
        let query = Generator::new((&relations, &links, &capped), plan.seed, number).query();
        if plan.loud {
            tell(&format!("{number}: {}", put(&query)));
        }
        let begun = Instant::now();
        let verdict = judge(&mut world, &query);
        report.slow.push((begun.elapsed(), number));
        report.queries += 1;
        let name = match verdict {
            Verdict::Right => "right",
            Verdict::Nothing(reason) => reason,
            Verdict::Wrong(mismatch) => {
                let (query, mismatch) = shrink::shrink(&mut world, query, mismatch);
                let text = told(&mut world, &query, &mismatch, plan.seed, number);
                tell(&text);
                report.wrong.push(text);
                found += 1;
                "wrong"
            }
        };
        *report.verdicts.entry(name).or_default() += 1;
        if found >= plan.enough {
            break;
        }
    }
    report.slow.sort_unstable_by(|one, other| other.cmp(one));
    report.slow.truncate(5);
    report
}

/// How a query is put, in words and SQL.
fn put(query: &Query) -> String {
    let mut text = String::new();
    for (name, value) in &query.settings {
        let _ = writeln!(text, "SET {name} = '{value}';");
    }
    match &query.mode {
        Mode::Plain => text += &query.text(Side::Foreign),
        Mode::Prepared(generic) => {
            let (sql, values) = query.prepared(Side::Foreign);
            let kind = if *generic { "generic" } else { "custom" };
            let _ = write!(text, "-- prepared, {kind}, with {values:?} (type, first, then)\n{sql}");
        }
        mode => {
            let _ = write!(text, "-- {mode:?}\n{}", query.text(Side::Foreign));
        }
    }
    text + ";"
}

fn told(world: &mut World, query: &Query, mismatch: &Mismatch, seed: u64, number: u64) -> String {
    let mut text = format!("---- {} (SEED={seed} ONLY={number})\n{}\n", mismatch.kind, put(query));
    match &query.check {
        Check::Copy => {
            let _ = writeln!(text, "-- the same over the copies:\n-- {}", query.text(Side::Local));
        }
        Check::Count => text += "-- compared with count(*) over it\n",
        Check::Added(column) => {
            let _ = writeln!(text, "-- compared with itself and the column {column}");
        }
        Check::Parts(condition) => {
            let with = judge::filtered(query, condition.clone());
            let _ = writeln!(
                text,
                "-- in parts by the last condition of:\n{};",
                with.text(Side::Foreign)
            );
        }
    }
    for line in &mismatch.detail {
        let _ = writeln!(text, "   {line}");
    }
    let settings: Vec<String> =
        query.settings.iter().map(|(name, value)| format!("SET {name} = '{value}'")).collect();
    world.session.run(&settings.join(";"));
    let plan = world.ask(&format!("EXPLAIN (VERBOSE, COSTS OFF) {}", query.text(Side::Foreign)));
    world.session.run("RESET ALL; SET statement_timeout = '3s'");
    for row in plan.unwrap_or_default() {
        let _ = writeln!(text, "   | {}", row[0].as_deref().unwrap_or_default());
    }
    text
}

/// Whether a number is set in the environment, or what stands for it.
pub fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.trim().parse().ok()).unwrap_or(otherwise)
}

/// The seed of the environment, or the day's: 20260131 for 31 January 2026.
pub fn seed() -> u64 {
    let days =
        std::time::SystemTime::UNIX_EPOCH.elapsed().map_or(0, |since| since.as_secs() / 86_400);
    number("SEED", civil(days))
}

/// The day so many days after 1970-01-01, as a number of eight digits.
fn civil(days: u64) -> u64 {
    let shifted = days + 719_468;
    let (era, day) = (shifted / 146_097, shifted % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let rest = day - (365 * year + year / 4 - year / 100);
    let month = (5 * rest + 2) / 153;
    let (day, month) =
        (rest - (153 * month + 2) / 5 + 1, if month < 10 { month + 3 } else { month - 9 });
    let year = year + era * 400 + u64::from(month <= 2);
    year * 10_000 + month * 100 + day
}
