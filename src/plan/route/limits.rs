//! What a scan is asked by, decided: projects, values of domains, bounds and an order.

use crate::catalog::Way;
use crate::plan::query::{Order, Side};
use crate::value::Scalar;

/// The projects to ask for, decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// Every active project.
    Account,
    /// These, whatever their status.
    Projects(Vec<i64>),
}

/// The values that a column with a domain may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admitted {
    /// The column.
    pub column: String,
    /// Those of its domain.
    pub values: Vec<String>,
    /// Whether it may be NULL.
    pub null: bool,
}

/// The values that each column with a domain may have, decided.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Domains(pub Vec<Admitted>);

impl Domains {
    /// The values of a column; `None`: it is not limited.
    pub fn values(&self, column: &str) -> Option<&[String]> {
        self.0.iter().find(|it| it.column == column).map(|it| it.values.as_slice())
    }

    /// Whether a column may have a value.
    pub fn admits(&self, column: &str, value: &str) -> bool {
        self.values(column).is_none_or(|values| values.iter().any(|each| each == value))
    }

    /// Whether a column may be NULL.
    pub fn admits_null(&self, column: &str) -> bool {
        self.0.iter().find(|it| it.column == column).is_none_or(|it| it.null)
    }

    /// Whether all values that a way stands for are admitted.
    pub fn take(&self, way: &Way) -> bool {
        let mut pairs = way.when.iter();
        pairs.all(|(column, value)| self.admits(column, value))
    }

    /// Whether some column may have no value at all and not be NULL, so that there is nothing to ask.
    pub fn is_empty(&self) -> bool {
        self.0.iter().any(|it| it.values.is_empty() && !it.null)
    }
}

/// What a scan is asked by, decided.
#[derive(Debug, Clone, Default)]
pub struct Limits {
    /// The values that columns with a domain may have.
    pub domains: Domains,
    /// The bounds of columns.
    pub bounds: Vec<(String, Side, Scalar)>,
    /// The order in which listings that sort are read.
    pub order: Option<Order>,
    /// Whether each project is asked for by itself.
    pub apart: bool,
}

impl Limits {
    /// The narrowest bound of a column on one side.
    pub fn bound(&self, column: &str, side: Side) -> Option<&Scalar> {
        let ours = self.bounds.iter().filter(|(name, end, _)| name == column && *end == side);
        let values = ours.map(|(_, _, value)| value);
        match side {
            Side::Lower => values.max(),
            Side::Upper => values.min(),
        }
    }
}
