//! An example of a condition: as SQL, and as what the planner sees of it.

use basecamp_fdw::catalog::{Column, Rows, Source, Table, Version};
use basecamp_fdw::plan::{
    Admission, Binding, Bound, Cell, Choice, Effect, NothingKnown, Operand, Plan, Projects, Query,
    Side, choose,
};
use basecamp_fdw::reference::{columns, is_filterable};
use basecamp_fdw::value::{Scalar, Type};

/// The id in examples; it stands for one that the reader has.
const ID: i64 = 1_069_479_400;
/// The same where ids are signed.
const SIGNED: &str = "BAh7CEkiCGdpZAY";
/// 2026-01-01 and 2026-03-31 in days since 1970: a quarter.
const QUARTER: (i32, i32) = (20_454, 20_543);
/// Microseconds of a day.
const DAY: i64 = 86_400_000_000;

/// Conditions on columns of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Case(pub Vec<&'static str>);

/// Which columns a query selects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted<'a> {
    /// Every one.
    All,
    /// One that every listing has.
    Listed,
    /// These.
    Named(&'a [&'static str]),
}

impl Case {
    /// Everything that a source without a walk must know.
    pub fn of(source: &'static Source) -> Self {
        let mut columns: Vec<&str> = Vec::new();
        for column in source.holes().chain(source.needs.iter().copied()) {
            if !columns.contains(&column) {
                columns.push(column);
            }
        }
        Self(columns)
    }

    /// The record by its own id, and what else its address needs.
    pub fn single(table: &'static Table) -> Option<Self> {
        table.single().map(Self::of)
    }

    /// Each way to name the container of rows.
    pub fn parents(table: &'static Table) -> Vec<Self> {
        let mut cases: Vec<Self> = Vec::new();
        for source in table.sources.iter().filter(|source| source.each.is_none()) {
            let case = Self::of(source);
            let single = source.rows == Rows::One && case.0.contains(&"id");
            let fits = case.0.iter().all(|name| table.column(name).is_some());
            let known = case.0.is_empty() || case.0 == ["project_id"] || cases.contains(&case);
            if fits && !single && !known {
                cases.push(case);
            }
        }
        // The fewest conditions first: they are the easiest to type.
        cases.sort_by_key(|case| case.0.len());
        cases
    }

    /// The project, where rows have one.
    pub fn project(table: &'static Table) -> Option<Self> {
        let has = table.column("project_id").is_some() && is_filterable(table, "project_id");
        has.then(|| Self(vec!["project_id"]))
    }

    /// The conditions as SQL, their columns behind a prefix; empty without any.
    pub fn sql(&self, table: &'static Table, prefix: &str) -> String {
        let parts = self.0.iter().filter_map(|name| table.column(name));
        let parts = parts.map(|column| condition(table, column, prefix));
        parts.collect::<Vec<_>>().join(" AND ")
    }

    /// What the planner makes of `SELECT wanted FROM table WHERE` these.
    pub fn plan(
        &self,
        version: Version,
        table: &'static Table,
        wanted: Wanted<'_>,
        projects: Projects,
    ) -> Plan {
        let columns = self.0.iter().filter_map(|name| table.column(name));
        let mut query = Query { cells: cells(table, wanted), ..Query::of(table, projects) };
        for column in columns {
            bind(&mut query, table, column);
        }
        choose(version, &query, &NothingKnown)
    }
}

fn cells(table: &'static Table, wanted: Wanted<'_>) -> Vec<Cell> {
    let all = columns(table);
    let fits = |column: &&Column| match wanted {
        Wanted::All => true,
        Wanted::Listed => false,
        Wanted::Named(names) => names.contains(&column.name),
    };
    all.filter(fits).map(Cell::of).collect()
}

/// A day or a moment that is asked for by its bounds, not one that is part of an address.
fn is_range(table: &Table, column: &Column) -> bool {
    let in_path = table
        .sources
        .iter()
        .any(|source| source.holes().chain(source.equal()).any(|name| name == column.name));
    matches!(column.ty, Type::Date | Type::Timestamptz) && !in_path
}

/// A text to ask by: a word to search for, the beginning where the text is a number of an event, or a signed
/// id that stands for one which the reader has.
fn sample(column: &Column) -> &'static str {
    match column.name {
        "since" => "0",
        "sgid" => SIGNED,
        _ => "launch",
    }
}

fn condition(table: &Table, column: &Column, prefix: &str) -> String {
    let name = format!("{prefix}{}", crate::query::quoted(column.name));
    if let Some(domain) = table.domain(column.name) {
        let value = domain.values.first().copied().unwrap_or_default();
        return match (column.ty, value) {
            (Type::Boolean, "true") => name,
            (Type::Boolean, _) => format!("NOT {name}"),
            _ => format!("{name} = '{value}'"),
        };
    }
    if is_range(table, column) {
        return format!("{name} BETWEEN '2026-01-01' AND '2026-03-31'");
    }
    match column.ty {
        Type::Date | Type::Timestamptz if name.contains("end") => {
            format!("{name} = '2026-03-31'")
        }
        Type::Date | Type::Timestamptz => format!("{name} = '2026-01-01'"),
        Type::Text => format!("{name} = '{}'", sample(column)),
        _ => format!("{name} = {ID}"),
    }
}

fn bind(query: &mut Query, table: &'static Table, column: &'static Column) {
    if let Some(domain) = table.domain(column.name) {
        let admits = |place: usize| if place == 0 { Admission::Yes } else { Admission::No };
        let values = domain.values.iter().enumerate();
        query.choices.push(Choice {
            column: column.name.to_owned(),
            values: values.map(|(place, value)| ((*value).to_owned(), admits(place))).collect(),
            null: Admission::No,
        });
    } else if is_range(table, column) {
        let (first, last) = QUARTER;
        for (side, day) in [(Side::Lower, first), (Side::Upper, last)] {
            let scalar = match column.ty {
                Type::Date => Scalar::Date(day),
                _ => Scalar::Moment(i64::from(day) * DAY),
            };
            query.bounds.push(Bound {
                column: column.name.to_owned(),
                side,
                operand: Operand::Values(vec![scalar]),
            });
        }
    } else {
        let scalar = match column.ty {
            Type::Date => Scalar::Date(QUARTER.0),
            Type::Text => Scalar::Text(sample(column).to_owned()),
            Type::Timestamptz => Scalar::Moment(i64::from(QUARTER.0) * DAY),
            _ => Scalar::Id(ID),
        };
        query.bindings.push(Binding {
            column: column.name.to_owned(),
            operand: Operand::Values(vec![scalar]),
            effect: Effect::Names,
            count: 1.0,
        });
    }
}
