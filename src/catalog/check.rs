//! Mistakes in the catalogue that the compiler finds. What needs text or is dear to evaluate is in
//! `tests/catalog.rs`.

mod operation;

use super::template::{among, before, contains, equal, is_hole, next_hole};
use super::{Column, Covers, Each, Parameter, Source, Statuses, Table, WAY, Way, v2, v3};
use crate::value::Type;

const _: () = sound(v2::TABLES);
const _: () = sound(v3::TABLES);

/// Everything that is checked here. A message cannot name the table, which the compiler's trace does
/// not know either; the tests say which it is.
const fn sound(tables: &[&Table]) {
    sorted(tables);
    let mut rest = tables;
    while let [table, after @ ..] = rest {
        domains(table);
        containers(table);
        assert!(
            !table.scoped || has(table, b"project_id") || only_holes(table),
            "table: scoped, but neither with project_id nor kept to projects by its addresses"
        );
        let mut sources = table.sources;
        while let [each, others @ ..] = sources {
            source(tables, table, each);
            sources = others;
        }
        if let Some(supplement) = &table.supplement {
            source(tables, table, &supplement.source);
        }
        operation::sound(table);
        rest = after;
    }
}

/// Whether each source reads where its holes point.
const fn only_holes(table: &Table) -> bool {
    let mut rest = table.sources;
    while let [source, after @ ..] = rest {
        if !matches!(source.covers, Covers::Holes) {
            return false;
        }
        rest = after;
    }
    true
}

/// Tables are sorted by name, so none is there twice.
const fn sorted(tables: &[&Table]) {
    let mut i = 1;
    while i < tables.len() {
        assert!(before(tables[i - 1].name.as_bytes(), tables[i].name.as_bytes()), "tables: sort");
        i += 1;
    }
}

/// Every domain is of a column, and what it reads by default is among its values.
const fn domains(table: &Table) {
    let mut rest = table.domains;
    while let [domain, after @ ..] = rest {
        assert!(has(table, domain.column.as_bytes()), "domain: no such column");
        let mut defaults = domain.default;
        while let [value, others @ ..] = defaults {
            assert!(among(domain.values, value), "domain: a default that is no value");
            defaults = others;
        }
        rest = after;
    }
}

/// A container is named by a column, and that is the only hole of its address.
const fn containers(table: &Table) {
    if let Some(container) = &table.container {
        let column = container.column.as_bytes();
        assert!(has(table, column), "container: no such column");
        let Some((hole, rest)) = next_hole(container.path.as_bytes()) else {
            panic!("container: its path has no hole");
        };
        assert!(equal(hole, column), "container: the hole is another column");
        assert!(next_hole(rest).is_none(), "container: its path has several holes");
    }
}

/// Holes are columns or enumerated, parameters have their domains, and what is walked exists.
const fn source(tables: &[&Table], table: &Table, source: &Source) {
    let holes = holes(table, source);
    ways(table, source.ways);
    match source.each {
        None => {}
        // A tool fills one hole, and its project another.
        Some(Each::Dock(_)) => assert!(
            holes == 1 || (holes == 2 && contains(source.path.as_bytes(), b"{project_id}")),
            "source: a dock fills one hole, and that of the project"
        ),
        Some(Each::Row { table, fills, when, .. }) => {
            assert!(holes == fills.len(), "source: does not fill each hole from a parent");
            let Some(parents) = find(tables, table.as_bytes()) else {
                panic!("source: walks a table that is not there");
            };
            walk(parents, source, fills, when);
        }
    }
    parameters(table, source);
    only(table, source.only);
    columns(table, source.needs, "source: needs a column that is not there");
    columns(table, source.without, "source: is without a column that is not there");
}

/// How many holes an address has that are columns, or are filled by a walk.
const fn holes(table: &Table, source: &Source) -> usize {
    let mut holes = 0;
    let mut way = false;
    let mut rest = source.path.as_bytes();
    while let Some((hole, after)) = next_hole(rest) {
        if equal(hole, WAY.as_bytes()) {
            way = true;
        } else {
            assert!(source.each.is_some() || has(table, hole), "source: a hole that is no column");
            holes += 1;
        }
        rest = after;
    }
    assert!(way != source.ways.is_empty(), "source: the hole way and the ways belong together");
    holes
}

/// What a walk reads of the parents is there, and so is what it fills.
const fn walk(parents: &Table, source: &Source, fills: &[(&str, &str)], when: Option<&str>) {
    let mut rest = fills;
    while let [(hole, column), after @ ..] = rest {
        assert!(has(parents, column.as_bytes()), "source: walks a column that is not there");
        assert!(
            is_hole(source.path.as_bytes(), hole.as_bytes()),
            "source: fills a hole that is not there"
        );
        rest = after;
    }
    if let Some(column) = when {
        assert!(has(parents, column.as_bytes()), "source: looks at a column that is not there");
    }
}

const fn only(table: &Table, pairs: &[(&str, &str)]) {
    let mut rest = pairs;
    while let [(column, value), after @ ..] = rest {
        assert!(is_value(table, column, value), "source: only a value that is none of a domain");
        rest = after;
    }
}

/// Each of these is a column of the table.
const fn columns(table: &Table, names: &[&str], message: &str) {
    let mut rest = names;
    while let [column, after @ ..] = rest {
        assert!(has(table, column.as_bytes()), "{}", message);
        rest = after;
    }
}

const fn ways(table: &Table, ways: &[Way]) {
    let mut rest = ways;
    while let [way, after @ ..] = rest {
        let mut pairs = way.when;
        while let [(column, value), others @ ..] = pairs {
            assert!(is_value(table, column, value), "way: a value that is none of a domain");
            pairs = others;
        }
        rest = after;
    }
}

const fn is_value(table: &Table, column: &str, value: &str) -> bool {
    let mut rest = table.domains;
    while let [domain, after @ ..] = rest {
        if equal(domain.column.as_bytes(), column.as_bytes()) {
            return among(domain.values, value);
        }
        rest = after;
    }
    false
}

const fn parameters(table: &Table, source: &Source) {
    let mut asks = false;
    let mut rest = source.query;
    while let [parameter, after @ ..] = rest {
        match parameter {
            Parameter::Fixed(..) | Parameter::Projects(_) => {}
            Parameter::AtLeast { column, .. }
            | Parameter::Between { column, .. }
            | Parameter::Equal { column, .. }
            | Parameter::OneOf { column, .. } => {
                assert!(has(table, column.as_bytes()), "parameter: a column that is not there")
            }
            Parameter::Domain(column) => {
                assert!(has_domain(table, column.as_bytes()), "parameter: no such domain")
            }
            Parameter::Said { column, words, unasked, .. } => said(table, column, words, *unasked),
            Parameter::Completed => {
                assert!(has_domain(table, b"completed"), "parameter: completed has no domain")
            }
            Parameter::Status => {
                assert!(has_domain(table, b"status"), "parameter: status has no domain");
                asks = true;
            }
        }
        rest = after;
    }
    assert!(
        asks == matches!(source.statuses, Statuses::Asked),
        "source: is asked by status, or is not, but says otherwise"
    );
}

/// What is said, or comes unasked, is of a domain.
const fn said(table: &Table, column: &str, words: &[(&str, &str)], unasked: Option<&str>) {
    assert!(has_domain(table, column.as_bytes()), "parameter: no such domain");
    let mut rest = words;
    while let [(value, _), after @ ..] = rest {
        assert!(is_value(table, column, value), "parameter: a value that is none of the domain");
        rest = after;
    }
    if let Some(value) = unasked {
        assert!(is_value(table, column, value), "parameter: a value that is none of the domain");
    }
}

const fn find<'a>(tables: &[&'a Table], name: &[u8]) -> Option<&'a Table> {
    let mut rest = tables;
    while let [table, after @ ..] = rest {
        if equal(table.name.as_bytes(), name) {
            return Some(table);
        }
        rest = after;
    }
    None
}

const fn has(table: &Table, name: &[u8]) -> bool {
    column(table, name).is_some()
}

const fn has_type(table: &Table, name: &[u8], ty: Type) -> bool {
    matches!(column(table, name), Some(column) if column.ty as u8 == ty as u8)
}

const fn column(table: &Table, name: &[u8]) -> Option<&'static Column> {
    let mut groups = table.columns;
    while let [group, others @ ..] = groups {
        let mut columns = *group;
        while let [column, after @ ..] = columns {
            if equal(column.name.as_bytes(), name) {
                return Some(column);
            }
            columns = after;
        }
        groups = others;
    }
    None
}

const fn has_domain(table: &Table, column: &[u8]) -> bool {
    let mut rest = table.domains;
    while let [domain, after @ ..] = rest {
        if equal(domain.column.as_bytes(), column) {
            return true;
        }
        rest = after;
    }
    false
}
