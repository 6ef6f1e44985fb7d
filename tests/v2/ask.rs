//! Questions to the tables of Basecamp 2, as PostgreSQL would put them to the planner.

#![expect(unreachable_pub, reason = "the tests that include this file use it")]

use basecamp_fdw::catalog::Version;
use basecamp_fdw::plan::{
    Admission, Binding, Bound, Cell, Choice, Effect, NothingKnown, Operand, Origin, Plan, Projects,
    Query, Side, choose,
};
use basecamp_fdw::value::Scalar;

/// A question.
#[derive(Debug, Clone)]
pub struct Ask(pub Query);

/// All columns of a table, of every active project.
pub fn ask(table: &str) -> Ask {
    let table = Version::V2.table(table).expect("a table");
    let names: Vec<&str> = table.columns().map(|column| column.name).collect();
    let ask = Ask(Query::of(table, Projects::All));
    ask.columns(&names)
}

impl Ask {
    /// Only these columns.
    pub fn columns(mut self, names: &[&str]) -> Self {
        let cells = names.iter().map(|name| Cell {
            name: (*name).to_owned(),
            origin: Origin::Column((*name).to_owned()),
            ty: self.0.table.column(name).expect("a column").ty,
        });
        self.0.cells = cells.collect();
        self
    }

    /// `column = ANY (ids)` with constants.
    pub fn fixed(self, column: &'static str, ids: &[i64]) -> Self {
        let values = ids.iter().map(|id| Scalar::Id(*id)).collect();
        self.bound_to(column, values, Effect::Names)
    }

    /// `column = ANY (ids)`, where the ids come from a join.
    pub fn joined(self, column: &'static str, ids: &[i64]) -> Self {
        let values = ids.iter().map(|id| Scalar::Id(*id)).collect();
        self.bound_to(column, values, Effect::Narrows)
    }

    /// `column = 'text'`.
    pub fn text(self, column: &'static str, text: &str) -> Self {
        self.bound_to(column, vec![Scalar::Text(text.to_owned())], Effect::Names)
    }

    fn bound_to(mut self, column: &'static str, values: Vec<Scalar>, effect: Effect) -> Self {
        let count = values.len() as f64;
        self.0.bindings.push(Binding {
            column: column.to_owned(),
            operand: Operand::Values(values),
            effect,
            count,
        });
        self
    }

    /// A condition that holds for these values of a column with a domain.
    pub fn is(mut self, column: &str, admitted: &[&str]) -> Self {
        let domain = self.0.table.domain(column).expect("a domain");
        let values = domain.values.iter().map(|value| {
            let admits = if admitted.contains(value) { Admission::Yes } else { Admission::No };
            ((*value).to_owned(), admits)
        });
        self.0.choices.push(Choice {
            column: column.to_owned(),
            values: values.collect(),
            null: Admission::No,
        });
        self
    }

    /// Days since 1970-01-01 between which a column is, both included.
    pub fn between(mut self, column: &str, first: i32, last: Option<i32>) -> Self {
        let mut bound = |side, day| {
            self.0.bounds.push(Bound {
                column: column.to_owned(),
                side,
                operand: Operand::Values(vec![Scalar::Date(day)]),
            });
        };
        bound(Side::Lower, first);
        if let Some(last) = last {
            bound(Side::Upper, last);
        }
        self
    }

    /// The option `projectid`.
    pub fn of(mut self, projects: Projects) -> Self {
        self.0.projects = projects;
        self
    }

    /// What the planner makes of it.
    pub fn plan(&self) -> Plan {
        choose(Version::V2, &self.0, &NothingKnown)
    }
}
