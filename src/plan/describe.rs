//! A scan in words, for EXPLAIN.

use super::{Admits, Choice, Operand, Projects, Scan};
use crate::catalog::{Source, Table};

impl Scan {
    /// The catalogue's table. `None` only for a plan that was not made by this version.
    pub fn table(&self) -> Option<&'static Table> {
        self.version.table(&self.table)
    }

    /// The source that is read.
    pub fn source(&self) -> Option<&'static Source> {
        let table = self.table()?;
        match self.source {
            Some(index) => table.sources.get(index),
            None => table.supplement.as_ref().map(|supplement| &supplement.source),
        }
    }

    /// What is asked, as a method and a path template.
    pub fn request(&self) -> String {
        let own = match (self.source(), &self.needs) {
            (_, Some(needs)) => format!("none: a condition on {needs} is needed"),
            (Some(source), None) => format!("GET {}{}", source.path, fixed(source)),
            (None, None) => "none".to_owned(),
        };
        match &self.then {
            Some(rest) => format!("{own}, then {}", rest.request()),
            None => own,
        }
    }

    /// The bindings and the scope: `name = value` pairs. `expression` prints the numbered one.
    pub fn bindings(&self, expression: &dyn Fn(usize) -> String) -> Vec<(String, String)> {
        let operand = |operand: &Operand| match operand {
            Operand::Values(ids) => {
                ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
            }
            Operand::Expression(number) => expression(*number),
        };
        let keys = self.keys.iter().map(|key| (key.column.clone(), operand(&key.operand)));
        let projects = self.projects.as_ref().map(|projects| match projects {
            Projects::All => "all active".to_owned(),
            Projects::First => "the first".to_owned(),
            Projects::Named(named) => operand(named),
            Projects::Of { path } => format!("of {path}"),
        });
        let projects = projects.map(|projects| ("projects".to_owned(), projects));
        let choices =
            self.choices.iter().map(|choice| (choice.column.clone(), admitted(choice, expression)));
        keys.chain(projects).chain(choices).collect()
    }
}

fn fixed(source: &Source) -> String {
    use crate::catalog::Parameter::Fixed;
    let pairs = source.query.iter().filter_map(|parameter| match parameter {
        Fixed(name, value) => Some(format!("{name}={value}")),
        _ => None,
    });
    let pairs: Vec<String> = pairs.collect();
    if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
}

fn admitted(choice: &Choice, expression: &dyn Fn(usize) -> String) -> String {
    let values = choice.values.iter().filter_map(|(value, admits)| match admits {
        Admits::No => None,
        Admits::Yes => Some(value.clone()),
        Admits::Expression(number) => Some(format!("{value} if {}", expression(*number))),
    });
    let values: Vec<String> = values.collect();
    if values.is_empty() { "none".to_owned() } else { values.join(", ") }
}
