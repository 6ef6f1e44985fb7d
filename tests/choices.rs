//! Every source of the catalogue is the cheapest answer to some query: one that never is would be a
//! promise that nothing keeps.

use std::collections::BTreeSet;

use basecamp_fdw::catalog::field::Need;
use basecamp_fdw::catalog::{Column, Domain, Source, Table, Version};
use basecamp_fdw::plan::{
    Admission, Binding, Bound, Cell, Choice, Counts, Each, Effect, Endpoint, NothingKnown, Operand,
    Parents, Plan, Projects, Query, Side, Step, choose,
};
use basecamp_fdw::value::{Scalar, Type};

/// Sources that no query chooses, each with the reason why it stands there.
const NEVER: &[(Version, &str, &str, &str)] = &[];

/// An account in which one listing is short and every other one long.
#[derive(Debug)]
struct Short(&'static str);

impl Counts for Short {
    fn total(&self, address: &str) -> Option<u64> {
        let start = self.0.split(['{', '.']).next().unwrap_or_default();
        Some(if address.contains(start) { 1 } else { 5000 })
    }
}

/// The columns that a source may be asked by.
fn asked(source: &Source) -> Vec<&'static str> {
    let all = source.holes().chain(source.equal()).chain(source.needs.iter().copied());
    all.chain(source.bounded()).collect()
}

/// Every set of columns that may decide: those of each source, with and without the id and the project.
fn fixed(table: &'static Table) -> BTreeSet<BTreeSet<&'static str>> {
    let mut sets = BTreeSet::from([BTreeSet::new()]);
    for source in table.sources {
        let columns: BTreeSet<&str> = asked(source).into_iter().collect();
        let parent = table.container.and_then(|container| table.column(container.column));
        let also = [table.id(), table.project(), parent];
        let mut grown = vec![columns];
        for column in also.into_iter().flatten() {
            let with = |set: &BTreeSet<&'static str>| {
                let mut set = set.clone();
                set.insert(column.name);
                set
            };
            let more: Vec<_> = grown.iter().map(with).collect();
            grown.extend(more);
        }
        sets.extend(grown);
        // A walk fills its holes itself.
        sets.insert(source.needs.iter().copied().collect());
    }
    sets.retain(|set| set.iter().all(|name| table.column(name).is_some()));
    sets
}

fn choice(domain: &Domain, value: Option<&str>) -> Choice {
    let admits = |each: &&str| match value {
        Some(value) if value != *each => Admission::No,
        _ => Admission::Yes,
    };
    let values = domain.values.iter().map(|each| ((*each).to_owned(), admits(each)));
    Choice { column: domain.column.to_owned(), values: values.collect(), null: Admission::No }
}

/// Every combination of one value or all values of the domains, and of no condition.
fn choices(table: &'static Table) -> Vec<Vec<Choice>> {
    let mut all = vec![Vec::new()];
    for domain in table.domains {
        let values = domain.values.iter().map(|value| Some(*value)).chain([None]);
        let each: Vec<Choice> = values.map(|value| choice(domain, value)).collect();
        let with = |start: &Vec<Choice>| {
            let start = start.clone();
            let longer = |choice: &Choice| [start.clone(), vec![choice.clone()]].concat();
            each.iter().map(longer).collect::<Vec<_>>()
        };
        let more: Vec<_> = all.iter().flat_map(with).collect();
        all.extend(more);
    }
    all
}

fn operand(ty: Type) -> Operand {
    Operand::Values(vec![match ty {
        Type::Date => Scalar::Date(20_000),
        Type::Text => Scalar::Text("a".to_owned()),
        _ => Scalar::Id(1),
    }])
}

/// What may be selected: everything, nothing, or one column that some source lacks.
fn cells(table: &'static Table) -> Vec<Vec<Cell>> {
    let lacking = |column: &&'static Column| {
        let needs = column.field.needs();
        let lacks = |member: &str| needs.contains(&Need::Member(member));
        table.sources.iter().any(|source| source.lacks.iter().any(|member| lacks(member)))
    };
    let alone = table.columns().filter(lacking).map(|column| vec![Cell::of(column)]);
    alone.chain([table.columns().map(Cell::of).collect(), Vec::new()]).collect()
}

/// The sources that a plan reads, in turn and for parents of the same table.
fn used(plan: &Plan, found: &mut Used) {
    plan.step.visit(&mut |step| {
        if let Some(ask) = step.ask() {
            found.insert((plan.table.clone(), place(ask.endpoint)));
        }
        match step {
            Step::Each(each) => parents(each, found),
            Step::Among { walk, .. } => {
                found.insert((plan.table.clone(), place(walk.ask.endpoint)));
                parents(walk, found);
            }
            _ => {}
        }
    });
}

fn parents(each: &Each, found: &mut Used) {
    if let Parents::Rows(plan) = &each.parents {
        used(plan, found);
    }
}

fn place(endpoint: Endpoint) -> Option<usize> {
    match endpoint {
        Endpoint::Source(place) => Some(place),
        Endpoint::Supplement => None,
    }
}

/// The queries of a table that differ in what may decide between its sources.
fn queries(table: &'static Table) -> impl Iterator<Item = Query> {
    let fixed = fixed(table).into_iter().flat_map(|set| {
        let set: Vec<&'static str> = set.into_iter().collect();
        [
            (Effect::Names, 1.0),
            (Effect::Names, 50.0),
            (Effect::Narrows, 1.0),
            (Effect::Narrows, 50.0),
        ]
        .map(|(effect, count)| (set.clone(), effect, count))
    });
    let scopes = || [Projects::All, Projects::Named(operand(Type::Bigint))];
    let fixed = fixed.flat_map(move |fixed| scopes().map(|projects| (fixed.clone(), projects)));
    let (choices, cells) = (choices(table), cells(table));
    fixed.flat_map(move |((set, effect, count), projects)| {
        let start = Query {
            bindings: bindings(table, &set, effect, count),
            bounds: bounds(table, &set),
            ..Query::of(table, projects)
        };
        let with = |choices: &Vec<Choice>| {
            let query = Query { choices: choices.clone(), ..start.clone() };
            cells.iter().map(move |cells| Query { cells: cells.clone(), ..query.clone() })
        };
        choices.iter().flat_map(with).collect::<Vec<_>>()
    })
}

fn bindings(table: &'static Table, set: &[&str], effect: Effect, count: f64) -> Vec<Binding> {
    let columns = set.iter().filter_map(|name| table.column(name));
    columns
        .map(|column| Binding {
            column: column.name.to_owned(),
            operand: operand(column.ty),
            effect,
            count,
        })
        .collect()
}

fn bounds(table: &'static Table, set: &[&str]) -> Vec<Bound> {
    let columns = set.iter().filter_map(|name| table.column(name));
    let ends = columns.flat_map(|column| [Side::Lower, Side::Upper].map(|side| (column, side)));
    ends.map(|(column, side)| Bound {
        column: column.name.to_owned(),
        side,
        operand: operand(column.ty),
    })
    .collect()
}

/// The sources of a table that no query chooses.
fn never(version: Version, table: &'static Table) -> Vec<&'static str> {
    let all = || 0..table.sources.len();
    let known = |found: &Used, place| found.contains(&(table.name.to_owned(), Some(place)));
    let mut found = Used::new();
    for query in queries(table) {
        used(&choose(version, &query, &NothingKnown), &mut found);
        for place in all() {
            if !known(&found, place) {
                used(&choose(version, &query, &Short(table.sources[place].path)), &mut found);
            }
        }
        if all().all(|place| known(&found, place)) {
            break;
        }
    }
    all().filter(|place| !known(&found, *place)).map(|place| table.sources[place].name).collect()
}

/// Tables and the places of sources in them.
type Used = BTreeSet<(String, Option<usize>)>;

#[test]
fn every_source_is_the_answer_to_some_query() {
    let mut all = Vec::new();
    for version in [Version::V2, Version::V3] {
        for table in version.tables() {
            all.extend(never(version, table).into_iter().map(|name| (version, table.name, name)));
        }
    }
    assert_eq!(
        all,
        NEVER.iter().map(|(v, table, name, _)| (*v, *table, *name)).collect::<Vec<_>>()
    );
}
