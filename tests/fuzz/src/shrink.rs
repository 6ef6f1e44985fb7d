//! Makes a query that is wrong smaller for as long as it stays wrong.

use std::time::{Duration, Instant};

use crate::judge::{Mismatch, Verdict, judge};
use crate::query::{Body, Check, Condition, Mode, Query, Select, Side, Source, Tail};
use crate::world::World;

/// Time that is spent on one query.
const TIME: Duration = Duration::from_secs(25);

/// The smallest query that is found to be wrong in the same way, and how it is.
pub fn shrink(world: &mut World, query: Query, mismatch: Mismatch) -> (Query, Mismatch) {
    let end = Instant::now() + TIME;
    let (mut query, mut mismatch) = (query, mismatch);
    'smaller: loop {
        for smaller in queries(&query) {
            if Instant::now() > end {
                return (query, mismatch);
            }
            if let Verdict::Wrong(found) = judge(world, &smaller)
                && found.kind == mismatch.kind
            {
                (query, mismatch) = (smaller, found);
                continue 'smaller;
            }
        }
        return (query, mismatch);
    }
}

/// Queries that are a step smaller.
fn queries(query: &Query) -> Vec<Query> {
    let mut all = Vec::new();
    let pruned = query.pruned();
    if pruned.text(Side::Foreign) != query.text(Side::Foreign) {
        all.push(pruned);
    }
    if query.mode != Mode::Plain {
        all.push(Query { mode: Mode::Plain, ..query.clone() });
    }
    if query.tail.limit.is_some() || query.tail.offset.is_some() || !query.tail.order.is_empty() {
        all.push(Query { tail: Tail::default(), ..query.clone() });
    }
    if query.tail.offset.is_some() {
        all.push(Query { tail: Tail { offset: None, ..query.tail.clone() }, ..query.clone() });
    }
    if query.settings.len() > 1 {
        all.push(Query { settings: Vec::new(), ..query.clone() });
    }
    for place in 0..query.settings.len() {
        let mut smaller = query.clone();
        smaller.settings.remove(place);
        all.push(smaller);
    }
    for place in 0..query.with.len() {
        let mut smaller = query.clone();
        smaller.with.remove(place);
        all.push(smaller);
        all.extend(selects(&query.with[place].select).into_iter().map(|select| {
            let mut smaller = query.clone();
            smaller.with[place].select = select;
            smaller
        }));
    }
    if let Check::Parts(condition) = &query.check {
        all.extend(
            conditions(condition)
                .into_iter()
                .map(|condition| Query { check: Check::Parts(condition), ..query.clone() }),
        );
    }
    match &query.body {
        Body::Two(word, first, second) => {
            for one in [first, second] {
                all.push(Query { body: Body::One(one.clone()), ..query.clone() });
            }
            let two =
                |first: &Select, second: &Select| Body::Two(word, first.clone(), second.clone());
            all.extend(
                selects(first)
                    .iter()
                    .map(|first| Query { body: two(first, second), ..query.clone() }),
            );
            all.extend(
                selects(second)
                    .iter()
                    .map(|second| Query { body: two(first, second), ..query.clone() }),
            );
        }
        Body::One(select) => {
            all.extend(selects(select).into_iter().map(|select| {
                let mut smaller = Query { body: Body::One(select.clone()), ..query.clone() };
                smaller.tail.order.truncate(select.output.len());
                smaller
            }));
        }
    }
    all
}

/// Selects that are a step smaller.
fn selects(select: &Select) -> Vec<Select> {
    let mut all = Vec::new();
    let mut add = |change: &dyn Fn(&mut Select)| {
        let mut smaller = select.clone();
        change(&mut smaller);
        all.push(smaller);
    };
    let fixed = |condition: &Condition| matches!(condition, Condition::Fixed(_));
    if select.filter.len() > 1 {
        add(&|smaller| smaller.filter.retain(fixed));
    }
    for place in (1..select.from.len()).rev() {
        add(&|smaller| drop(smaller.from.remove(place)));
    }
    if select.from.len() > 1 {
        add(&|smaller| {
            smaller.from.remove(0);
            smaller.from[0].join = "";
            smaller.from[0].on.clear();
        });
    }
    for place in (0..select.filter.len()).filter(|place| !fixed(&select.filter[*place])) {
        add(&|smaller| drop(smaller.filter.remove(place)));
    }
    if !select.having.is_empty() {
        add(&|smaller| smaller.having.clear());
    }
    if !select.distinct.is_empty() {
        add(&|smaller| smaller.distinct.clear());
    }
    if let Some(keys) = select.group {
        if keys > 0 {
            add(&|smaller| {
                smaller.group = None;
                smaller.having.clear();
                smaller.output.truncate(keys);
            });
            add(&|smaller| {
                smaller.output.drain(..keys);
                smaller.group = Some(0);
            });
        }
        if select.output.len() > keys + 1 {
            add(&|smaller| smaller.output.truncate(keys + 1));
        }
        if select.output.last().is_some_and(|last| last != "count(*)") {
            add(&|smaller| {
                smaller.output.truncate(keys);
                smaller.output.push("count(*)".to_owned());
            });
        }
    }
    if select.group.is_none() && select.output.len() > 1 {
        for place in (0..select.output.len()).rev() {
            add(&|smaller| drop(smaller.output.remove(place)));
        }
    }
    for (place, condition) in select.filter.iter().enumerate() {
        for condition in conditions(condition) {
            add(&|smaller| smaller.filter[place] = condition.clone());
        }
    }
    for (place, item) in select.from.iter().enumerate() {
        for nth in 0..item.on.len() {
            add(&|smaller| drop(smaller.from[place].on.remove(nth)));
            for condition in conditions(&item.on[nth]) {
                add(&|smaller| smaller.from[place].on[nth] = condition.clone());
            }
        }
        if !matches!(item.join, "" | "JOIN") {
            add(&|smaller| smaller.from[place].join = "JOIN");
        }
        if let Source::Query(inner, lateral, behind) = &item.source {
            if !behind.is_empty() {
                add(&|smaller| {
                    smaller.from[place].source =
                        Source::Query(inner.clone(), *lateral, String::new())
                });
            }
            for inner in kept(inner) {
                let source = Source::Query(Box::new(inner), *lateral, behind.clone());
                add(&|smaller| smaller.from[place].source = source.clone());
            }
        }
    }
    all
}

/// Inner selects that are a step smaller and have columns of the same names.
fn kept(select: &Select) -> Vec<Select> {
    let all = selects(select).into_iter();
    let mut all: Vec<Select> =
        all.filter(|smaller| smaller.output.len() == select.output.len()).collect();
    let mut last = select.clone();
    while last.output.len() > 1 && last.group.is_none() {
        last.output.pop();
        all.push(last.clone());
    }
    all
}

/// Conditions that are a step smaller.
fn conditions(condition: &Condition) -> Vec<Condition> {
    match condition {
        Condition::Text(_) | Condition::Fixed(_) => Vec::new(),
        Condition::All(parts) | Condition::Any(parts) => {
            let whole = |parts: Vec<Condition>| match condition {
                Condition::All(_) => Condition::All(parts),
                _ => Condition::Any(parts),
            };
            let mut all = parts.clone();
            for place in 0..parts.len() {
                if parts.len() > 2 {
                    let mut fewer = parts.clone();
                    fewer.remove(place);
                    all.push(whole(fewer));
                }
                all.extend(conditions(&parts[place]).into_iter().map(|part| {
                    let mut parts = parts.clone();
                    parts[place] = part;
                    whole(parts)
                }));
            }
            all
        }
        Condition::Around(before, inner, behind) => {
            let mut all = vec![(**inner).clone()];
            all.extend(
                conditions(inner)
                    .into_iter()
                    .map(|inner| Condition::Around(before, Box::new(inner), behind)),
            );
            all
        }
        Condition::Query(before, select, behind) => {
            let smaller = selects(select)
                .into_iter()
                .filter(|smaller| smaller.output.len() == select.output.len());
            smaller
                .map(|select| Condition::Query(before.clone(), Box::new(select), behind.clone()))
                .collect()
        }
    }
}
