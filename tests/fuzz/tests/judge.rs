//! The queries of a day. `SEED=… ONLY=…` puts one of them again.

use fuzz::{Plan, number, run, seed};

#[test]
fn random_queries_over_the_tables_and_over_copies_give_the_same_rows() {
    let seed = seed();
    // The runner shows it where the test fails, and with it whoever looks can begin.
    println!("SEED={seed}");
    let plan = Plan {
        seed,
        queries: number("QUERIES", 1500),
        only: None,
        tables: Vec::new(),
        enough: 5,
        loud: false,
    };
    let report = run(&plan, |text| println!("{text}"));
    println!("{} relations: {:?}", report.relations, report.verdicts);
    assert!(report.wrong.is_empty(), "SEED={seed}: {}", report.wrong.join("\n"));
    assert!(report.relations > 100, "{:?}", report.skipped);
    // Queries that say nothing are few.
    let right = report.verdicts.get("right").copied().unwrap_or_default();
    assert!(right * 10 > report.queries * 9, "{:?}", report.verdicts);
}
