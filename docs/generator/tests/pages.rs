//! What is made from the sources is committed as it is made.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use basecamp_fdw::catalog::Version;
use basecamp_fdw::option::OPTIONS;
use basecamp_fdw::reference::columns;
use generator::{pages, with_options};

const VERSIONS: [Version; 2] = [Version::V2, Version::V3];

fn root() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../reference")
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
            assert!(page.text.contains("\nWho may ask: "), "{path}");
        }
    }
}

/// Records that are a text or a number have no members.
fn has_members(page: &str) -> bool {
    !page.contains("SELECT jsonb_pretty(record)")
}

#[test]
fn the_readme_has_every_option_as_it_is_declared() {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md");
    let text = fs::read_to_string(readme).expect("the README");
    let made = with_options(&text).expect("a place for the table of options");
    assert!(text == made, "README.md is out of date: run make reference and commit it");
    for option in OPTIONS {
        assert!(made.contains(&format!("| `{}` |", option.facts().name)));
    }
}
