//! `make fuzz`: random queries from the environment's SEED, QUERIES, ONLY, TABLES and ENOUGH.
#![expect(clippy::print_stdout, reason = "a command that prints what it finds")]

use std::process::ExitCode;

use fuzz::{Plan, number, run, seed};

fn main() -> ExitCode {
    let tables = std::env::var("TABLES").unwrap_or_default();
    let plan = Plan {
        seed: seed(),
        queries: number("QUERIES", 1500),
        only: std::env::var("ONLY").ok().and_then(|text| text.parse().ok()),
        tables: tables.split(',').filter(|part| !part.is_empty()).map(str::to_owned).collect(),
        enough: usize::try_from(number("ENOUGH", 20)).unwrap_or(usize::MAX),
        loud: number("LOUD", 0) > 0,
    };
    println!("SEED={} QUERIES={}", plan.seed, plan.queries);
    let report = run(&plan, |text| println!("{text}"));
    for skipped in &report.skipped {
        println!("left out: {skipped}");
    }
    println!(
        "{} relations, {} queries: {:?}; slowest {:?}",
        report.relations, report.queries, report.verdicts, report.slow
    );
    if report.wrong.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
