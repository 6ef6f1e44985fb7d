//! Every numbered rule of how a client of Basecamp behaves has a test whose name names it, and so has
//! every property and procedure that the documentation lists.
//!
//! A name begins with `rule_7_`, `rules_7_and_9_`, `rules_7_9_and_11_` or `rules_7_to_9_`.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::path::Path;

/// The sections that apply to reading: addresses, redirects, retries and waits; listings, sizes,
/// errors and values; downloads; secrets.
const APPLY: [RangeInclusive<u32>; 4] = [1..=32, 38..=70, 90..=94, 117..=118];

fn sources(under: &Path, found: &mut String) {
    for entry in std::fs::read_dir(under).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_dir() && name != "target" {
            sources(&path, found);
        } else if name.ends_with(".rs") {
            found.push_str(&std::fs::read_to_string(&path).expect("a source"));
        }
    }
}

/// The rules that a test names: numbers, joined by `and` or `to`, up to the first other word.
fn named(test: &str) -> Vec<u32> {
    let mut rules: Vec<u32> = Vec::new();
    let mut range = false;
    for word in test.split('_') {
        match word.parse::<u32>() {
            Ok(number) if range => {
                let start = rules.last().map_or(number, |last| last + 1);
                rules.extend(start..=number);
                range = false;
            }
            Ok(number) => rules.push(number),
            Err(_) if word == "to" => range = true,
            Err(_) if word == "and" => {}
            Err(_) => break,
        }
    }
    rules
}

#[test]
fn every_rule_that_applies_has_a_test_that_names_it() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut text = String::new();
    for folder in ["src", "tests"] {
        sources(&top.join(folder), &mut text);
    }
    let tests = ["fn rule_", "fn rules_"].iter().flat_map(|start| text.split(start).skip(1));
    let tested: BTreeSet<u32> = tests.flat_map(named).collect();
    let missing: Vec<u32> =
        APPLY.into_iter().flatten().filter(|rule| !tested.contains(rule)).collect();
    assert!(missing.is_empty(), "rules without a test: {missing:?}");
}

#[test]
fn every_documented_property_and_procedure_has_tests() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |path: &str| std::fs::read_to_string(top.join(path)).expect("a file");
    let page = read("docs/connecting.md");
    let (_, table) = page.split_once("| documented | here |\n| --- | --- |\n").expect("a table");
    let documented: Vec<&str> = table.lines().filter_map(|row| row.split('|').nth(1)).collect();
    let mut text = String::new();
    for folder in ["src", "tests"] {
        sources(&top.join(folder), &mut text);
    }
    let list = read("tests/server/properties.txt");
    let held: Vec<(&str, &str)> = list.lines().filter_map(|line| line.split_once(": ")).collect();
    let names: Vec<&str> = held.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, documented.iter().map(|name| name.trim()).collect::<Vec<_>>());
    for (name, tests) in held {
        for test in tests.split(' ') {
            assert!(text.contains(&format!("fn {test}()")), "{name}: {test}");
        }
    }
}

#[test]
fn names_of_tests_are_read_as_people_read_them() {
    assert_eq!(named("7_a_request"), [7]);
    assert_eq!(named("2_and_7_a_request"), [2, 7]);
    assert_eq!(named("16_20_and_21_attempts"), [16, 20, 21]);
    assert_eq!(named("57_to_59_fields"), [57, 58, 59]);
    assert_eq!(named("38_and_44_20000_rows"), [38, 44, 20_000]);
    assert!(named("a_7").is_empty());
}
