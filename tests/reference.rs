//! The reference says what the catalogue and the planner say.

use basecamp_fdw::catalog::Version;
use basecamp_fdw::reference::{filters, is_filterable, needs, sources};

const VERSIONS: [Version; 2] = [Version::V2, Version::V3];

#[test]
fn what_a_table_needs_is_what_its_sources_need() {
    for version in VERSIONS {
        for table in version.tables() {
            let told = sources(table);
            let free = told.iter().any(|source| source.needs.is_empty());
            match needs(version, table) {
                None => assert!(free, "{} needs nothing, but every source does", table.name),
                Some(needs) => {
                    assert!(!needs.is_empty(), "{}", table.name);
                    let known = |name: &str| told.iter().any(|source| source.needs.contains(&name));
                    let names =
                        needs.split([' ', ',']).filter(|word| !["", "and", "or"].contains(word));
                    for name in names {
                        assert!(known(name), "{} needs {name}", table.name);
                    }
                }
            }
        }
    }
}

#[test]
fn conditions_on_holes_of_addresses_save_requests_and_those_on_the_record_never_do() {
    for version in VERSIONS {
        for table in version.tables() {
            assert!(!is_filterable(table, "record"), "{}", table.name);
            let filters = filters(table);
            for source in sources(table) {
                for need in source.needs.iter().filter(|need| table.column(need).is_some()) {
                    assert!(filters.contains(need), "{}: {need}", table.name);
                }
            }
        }
    }
    let todos = Version::V3.table("todos").expect("to-dos");
    for name in ["id", "todolist_id", "project_id", "status", "completed"] {
        assert!(is_filterable(todos, name), "{name}");
    }
    for name in ["content", "due_on", "creator_id"] {
        assert!(!is_filterable(todos, name), "{name}");
    }
}
