//! Mistakes in the catalogue that the compiler finds.

use super::{Table, v3};

const _: () = sorted(v3::TABLES);

/// Tables are sorted by name, so none is there twice.
const fn sorted(tables: &[&Table]) {
    let mut i = 1;
    while i < tables.len() {
        assert!(
            before(tables[i - 1].name.as_bytes(), tables[i].name.as_bytes()),
            "tables: sort"
        );
        i += 1;
    }
}

const fn before(a: &[u8], b: &[u8]) -> bool {
    let mut i = 0;
    while i < a.len() && i < b.len() {
        if a[i] != b[i] {
            return a[i] < b[i];
        }
        i += 1;
    }
    a.len() < b.len()
}
