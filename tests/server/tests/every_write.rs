//! Every write that the catalogue knows, done: a row is made and read, its columns are changed one by one
//! while the rest of the record stays as it was, and it is removed and taken out of the trash again.

#[path = "every_write/record.rs"]
mod record;
#[path = "every_write/v2.rs"]
mod v2;
#[path = "every_write/v3.rs"]
mod v3;
#[path = "every_write/values.rs"]
mod values;
#[path = "every_write/walk.rs"]
mod walk;

use server_tests::Session;
use simulator::{Config, Simulator};

#[test]
fn every_write_of_basecamp_3_changes_what_it_says_and_nothing_else() {
    let config = Config { projects: 6, todolists: 12, todos: 60, ..Config::default() };
    let simulator = Simulator::start(config).expect("a port");
    let mut session = Session::on(&simulator, ", projectid 'all', ratelimit '0', maxattempts '1'");
    let wrong = walk::walk(&simulator, &mut session, &v3::LITERALS);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_write_of_basecamp_2_changes_what_it_says_and_nothing_else() {
    let config = Config { v2_projects: 5, v2_people: 12, v2_todos: 60, ..Config::default() };
    let simulator = Simulator::start(config.clone()).expect("a port");
    let mut session = Session::empty();
    let (url, account) = (simulator.url(), simulator.account());
    session.run(&format!(
        "CREATE SERVER bc FOREIGN DATA WRAPPER basecamp_fdw OPTIONS (accountid '{account}', \
           url '{url}', schema 'V2', ratelimit '0', projectid 'all', maxattempts '1'); \
         CREATE USER MAPPING FOR CURRENT_USER SERVER bc OPTIONS (\"user\" '{}', password '{}'); \
         CREATE SCHEMA bc; IMPORT FOREIGN SCHEMA v2 FROM SERVER bc INTO bc",
        config.v2_user, config.v2_password
    ));
    let wrong = walk::walk(&simulator, &mut session, &v2::LITERALS);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
