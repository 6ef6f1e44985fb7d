//! The reference says what the catalogue and the planner say, and is committed as it is made.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use basecamp_fdw::catalog::Version;
use basecamp_fdw::reference::{columns, filters, is_filterable, needs, pages, sources};

const VERSIONS: [Version; 2] = [Version::V2, Version::V3];

fn root() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reference")
}

#[test]
fn the_committed_pages_are_those_of_the_catalogue() {
    for version in VERSIONS {
        let folder = root().join(version.name().to_lowercase());
        let entries = fs::read_dir(&folder).expect("the pages: run make reference");
        let found: BTreeSet<_> = entries.map(|entry| entry.expect("a page").path()).collect();
        let pages = pages(version);
        let made: BTreeSet<_> = pages.iter().map(|page| root().join(&page.path)).collect();
        assert_eq!(found, made, "run make reference and commit docs/reference");
        for page in &pages {
            let text = fs::read_to_string(root().join(&page.path)).expect("a page");
            assert!(
                text == page.text,
                "docs/reference/{} is out of date: run make reference and commit docs/reference",
                page.path
            );
        }
    }
}

#[test]
fn every_page_has_columns_costs_and_three_queries() {
    for version in VERSIONS {
        for table in version.tables() {
            let path = format!("{}/{}.md", version.name().to_lowercase(), table.name);
            let pages = pages(version);
            let page = pages.iter().find(|page| page.path == path).expect("a page");
            for column in columns(table) {
                assert!(
                    page.text.contains(&format!("`{}`", column.name)),
                    "{path}: {}",
                    column.name
                );
            }
            assert_eq!(page.text.matches("```sql").count(), 3, "{path}");
            assert!(page.text.contains("record ->> '") || !has_members(&page.text), "{path}");
            assert!(page.text.contains("## Requests"), "{path}");
        }
    }
}

/// Records that are a text or a number have no members.
fn has_members(page: &str) -> bool {
    !page.contains("SELECT jsonb_pretty(record)")
}

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
