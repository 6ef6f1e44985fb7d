//! A plan in words, for EXPLAIN.

use super::query::{Admission, Choice, Operand, Projects};
use super::route::sorting;
use super::step::{Ask, Plan, Step};
use crate::catalog::{Parameter, Source, Table};

/// Prints the expression of a number.
type Printer<'a> = &'a dyn Fn(usize) -> String;

impl Plan {
    /// The name of the source that is read first.
    pub fn source_name(&self) -> &'static str {
        let source = self.step.asks().first().and_then(|ask| ask.endpoint.of(self.table()?));
        source.map_or("none", |source| source.name)
    }

    /// What is asked, as methods and path templates.
    pub fn request(&self) -> String {
        self.table().map_or_else(|| "none".to_owned(), |table| request(table, &self.step))
    }

    /// The bindings and the scope: `name = value` pairs. `expression` prints the numbered one.
    pub fn bindings(&self, expression: Printer<'_>) -> Vec<(String, String)> {
        let asks = self.step.asks();
        asks.first().map(|ask| bindings(ask, expression)).unwrap_or_default()
    }

    /// How many rows are wanted at most, where that bounds what is asked.
    pub fn limit(&self) -> Option<u64> {
        let mut limit = None;
        self.step.visit(&mut |step| {
            limit = limit.or(match step {
                Step::Complete { limit, .. } => *limit,
                Step::Ask(ask) => ask.limit,
                Step::Sorted(ask) => {
                    let first = ask.order.as_ref().and_then(|order| order.first.as_ref());
                    first.map(|first| first.count)
                }
                _ => None,
            });
        });
        limit
    }
}

fn request(table: &'static Table, step: &Step) -> String {
    match step {
        Step::Needs(need) => format!("none: a condition on {} is needed", need.condition()),
        Step::Ask(ask) | Step::Sorted(ask) => address(table, ask),
        Step::Count { of, .. } => format!("{}, for its X-Total-Count", request(table, of)),
        Step::Each(each) => address(table, &each.ask),
        Step::Within { inner, .. }
        | Step::Among { inner, .. }
        | Step::Complete { inner, .. }
        | Step::Unless { inner, .. } => request(table, inner),
        Step::Fill { listing, inner } => {
            format!("{}, filled in from {}", request(table, inner), request(table, listing))
        }
        Step::Then(first, rest) => {
            format!("{}, then {}", request(table, first), request(table, rest))
        }
    }
}

fn address(table: &'static Table, ask: &Ask) -> String {
    let said = |source: &Source| format!("GET {}{}", source.path, fixed(source, ask));
    ask.endpoint.of(table).map_or_else(|| "none".to_owned(), said)
}

fn fixed(source: &Source, ask: &Ask) -> String {
    let pairs = source.query.iter().filter_map(|parameter| match parameter {
        Parameter::Fixed(name, value) => Some(format!("{name}={value}")),
        _ => None,
    });
    let pairs: Vec<String> =
        pairs.chain(ask.order.as_ref().map(|order| sorting(source.sorts, order))).collect();
    if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
}

fn bindings(ask: &Ask, expression: Printer<'_>) -> Vec<(String, String)> {
    let keys = ask.keys.iter().map(|key| (key.column.clone(), spelled(&key.operand, expression)));
    let of_container = match &ask.projects {
        Some(Projects::Of { container, .. }) => Some(container),
        _ => None,
    };
    let container = of_container.map(|key| (key.column.clone(), spelled(&key.operand, expression)));
    let projects = ask.projects.as_ref().map(|projects| match projects {
        Projects::All => "all active".to_owned(),
        Projects::Every => "every".to_owned(),
        Projects::First => "the first".to_owned(),
        Projects::None => "none".to_owned(),
        Projects::Named(operand) => spelled(operand, expression),
        Projects::Of { path, .. } => format!("of {path}"),
    });
    let projects = projects.map(|projects| ("projects".to_owned(), projects));
    let choices =
        ask.choices.iter().map(|choice| (choice.column.clone(), admitted(choice, expression)));
    keys.chain(container).chain(projects).chain(choices).collect()
}

fn spelled(operand: &Operand, expression: Printer<'_>) -> String {
    match operand {
        Operand::Values(ids) => ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
        Operand::Expression(number) => expression(*number),
        Operand::Any(operands) => {
            operands.iter().map(|each| spelled(each, expression)).collect::<Vec<_>>().join(", ")
        }
    }
}

fn admitted(choice: &Choice, expression: Printer<'_>) -> String {
    let values = choice.values.iter().filter_map(|(value, admission)| match admission {
        Admission::No => None,
        Admission::Yes => Some(value.clone()),
        Admission::Expression(number) => Some(format!("{value} if {}", expression(*number))),
    });
    let values: Vec<String> = values.collect();
    match choice.null {
        _ if !values.is_empty() => values.join(", "),
        Admission::No => "none".to_owned(),
        _ => "NULL".to_owned(),
    }
}
