//! The tables of Basecamp 2, read from the simulator: every row that it has, with the fewest requests.

#[path = "v2/ask.rs"]
mod ask;

#[path = "v2/reader.rs"]
mod reader;

use reader::Reader;

#[test]
fn explore() {
    let reader = Reader::start(simulator::Config::default());
    for table in basecamp_fdw::catalog::Version::V2.tables() {
        if table.name == "authorized_accounts" || table.name == "subscribers" {
            continue;
        }
        let question = ask::ask(table.name);
        let question = if table.name == "calendar_event_occurrences" {
            question.between("starts_on", 23_000, Some(23_100))
        } else {
            question
        };
        match reader.read(&question) {
            Ok(rows) => {
                let dump = reader.simulator.dump_v2(table.name);
                let empty: Vec<&str> = table
                    .columns()
                    .map(|c| c.name)
                    .filter(|c| rows.iter().all(|r| !r.contains_key(*c)))
                    .collect();
                println!(
                    "{}: {} rows of {} in the dump, {} requests; null: {empty:?} {:?}",
                    table.name,
                    rows.len(),
                    dump.len(),
                    reader.requests().len(),
                    {
                        let mut r = reader.requests();
                        r.truncate(26);
                        r
                    }
                );
            }
            Err(error) => println!("{}: {error:?}", table.name),
        }
    }
}
