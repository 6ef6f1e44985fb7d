//! The direction of imports: what each part of the house may name, and nothing else.

use std::path::{Path, PathBuf};

/// Each part, and the parts that it may import.
const ARROWS: [(&str, &[&str]); 17] = [
    ("address", &["error"]),
    ("api", &["address", "error", "oauth", "refusal", "transport", "value"]),
    ("catalog", &["value"]),
    ("error", &[]),
    ("fdw", &["api", "catalog", "error", "oauth", "option", "plan", "rows", "seal", "value"]),
    (
        "functions",
        &[
            "api",
            "catalog",
            "error",
            "fdw",
            "oauth",
            "option",
            "reference",
            "seal",
            "text",
            "value",
        ],
    ),
    ("names", &[]),
    ("oauth", &["address", "error", "refusal", "seal", "transport"]),
    ("option", &["api", "catalog", "error", "plan", "value"]),
    ("plan", &["catalog", "error", "value"]),
    ("reference", &["catalog", "plan", "value"]),
    ("refusal", &["error"]),
    ("rows", &["api", "catalog", "error", "plan", "value"]),
    ("seal", &["error"]),
    ("text", &[]),
    ("transport", &["error", "names"]),
    ("value", &[]),
];

fn files(under: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(under).expect("a folder of sources");
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

/// The part of the house that a file is in.
fn part(source: &Path, file: &Path) -> String {
    let below = file.strip_prefix(source).expect("below the sources");
    let first = below.iter().next().expect("a name").to_string_lossy().into_owned();
    first.trim_end_matches(".rs").to_owned()
}

#[test]
fn no_import_points_the_wrong_way() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = Vec::new();
    for file in files(&source) {
        let part = part(&source, &file);
        let Some((_, allowed)) = ARROWS.iter().find(|(name, _)| *name == part) else {
            assert_eq!(part, "lib", "a part without arrows: {part}");
            continue;
        };
        let text = std::fs::read_to_string(&file).expect("a source");
        for named in text.split("crate::").skip(1) {
            let end = named.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(named.len());
            let target = &named[..end];
            let known = ARROWS.iter().any(|(name, _)| *name == target);
            if known && target != part && !allowed.contains(&target) {
                wrong.push(format!("{} imports {target}", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn postgresql_and_unsafe_are_named_only_inside_the_fence() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for file in files(&source) {
        let part = part(&source, &file);
        if part == "fdw" || part == "lib" {
            continue;
        }
        let text = std::fs::read_to_string(&file).expect("a source");
        // Functions are declared with pgrx, and need nothing else of PostgreSQL.
        let words: &[&str] = match &*part {
            "functions" => &["pg_sys", "unsafe "],
            _ => &["pgrx", "pg_sys", "unsafe "],
        };
        for word in words {
            let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
            assert!(!code.clone().any(|line| line.contains(word)), "{}: {word}", file.display());
        }
    }
}
