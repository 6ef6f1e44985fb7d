//! A plan's operands get their values when the scan starts.

use std::collections::HashSet;

use super::query::{Admission, Binding, Bound, Choice, Operand, Side};
use super::route::{Admitted, Asked, DAY_MICROS, Domains};
use crate::error::{Error, Kind, Result};
use crate::value::Scalar;

/// 0001-01-01 and 9999-12-30, as days since 1970-01-01.
const FIRST_DAY: i32 = -719_162;
const LAST_DAY: i32 = 2_932_895;

/// Addresses that one start of a scan asks at most.
const MOST_FILLINGS: usize = 100_000;

/// The value of an expression of the plan.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Argument {
    /// Whether a value of a domain is admitted.
    Flag(bool),
    /// Ids, texts or times; NULL is none.
    Values(Vec<Scalar>),
}

/// A column with the values that it is fixed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bind {
    /// The column.
    pub column: String,
    /// Its distinct values.
    pub values: Vec<Scalar>,
    /// Whether a condition names them: then a container that is missing is an error, not no rows.
    pub named: bool,
}

impl Bind {
    /// The values of a binding.
    ///
    /// # Errors
    /// When the plan has another number of expressions.
    pub fn of(binding: &Binding, arguments: &[Argument]) -> Result<Self> {
        let values = values(&binding.operand, arguments)?;
        Ok(Self { column: binding.column.clone(), values, named: binding.names() })
    }

    /// The values of several.
    ///
    /// # Errors
    /// As [`Bind::of`].
    pub fn all(bindings: &[Binding], arguments: &[Argument]) -> Result<Vec<Self>> {
        bindings.iter().map(|binding| Self::of(binding, arguments)).collect()
    }
}

/// The distinct finite values of an operand, in their order.
///
/// # Errors
/// When the plan has another number of expressions.
pub fn values(operand: &Operand, arguments: &[Argument]) -> Result<Vec<Scalar>> {
    let mut seen = HashSet::new();
    let mut all = raw(operand, arguments)?;
    all.retain(|value| value.is_finite() && seen.insert(value.clone()));
    Ok(all)
}

fn raw(operand: &Operand, arguments: &[Argument]) -> Result<Vec<Scalar>> {
    match operand {
        Operand::Values(values) => Ok(values.clone()),
        Operand::Expression(number) => match arguments.get(*number) {
            Some(Argument::Values(values)) => Ok(values.clone()),
            _ => Err(stale()),
        },
        Operand::Any(operands) => {
            let each = operands.iter().map(|operand| raw(operand, arguments));
            Ok(each.collect::<Result<Vec<_>>>()?.concat())
        }
    }
}

fn stale() -> Error {
    Error::malformed("the plan and its parameters do not belong together")
}

/// The ids among some values.
pub fn ids(values: &[Scalar]) -> Vec<i64> {
    values.iter().filter_map(Scalar::id).collect()
}

/// The values that columns with a domain may have.
///
/// # Errors
/// When the plan has another number of expressions.
pub fn domains(choices: &[Choice], arguments: &[Argument]) -> Result<Domains> {
    let mut columns = Vec::with_capacity(choices.len());
    for choice in choices {
        let mut values = Vec::new();
        for (value, admission) in &choice.values {
            if holds(*admission, arguments)? {
                values.push(value.clone());
            }
        }
        let null = holds(choice.null, arguments)?;
        columns.push(Admitted { column: choice.column.clone(), values, null });
    }
    Ok(Domains(columns))
}

fn holds(admission: Admission, arguments: &[Argument]) -> Result<bool> {
    match admission {
        Admission::No => Ok(false),
        Admission::Yes => Ok(true),
        Admission::Expression(number) => match arguments.get(number) {
            Some(Argument::Flag(flag)) => Ok(*flag),
            _ => Err(stale()),
        },
    }
}

/// The bounds with their values; none: one holds for nothing, as NULL does.
///
/// # Errors
/// When the plan has another number of expressions.
pub fn bounds(
    bounds: &[Bound],
    arguments: &[Argument],
) -> Result<Option<Vec<(String, Side, Scalar)>>> {
    let mut made = Vec::with_capacity(bounds.len());
    for bound in bounds {
        let values = raw(&bound.operand, arguments)?;
        let value = values.first().and_then(|value| within_calendar(value, bound.side));
        let Some(value) = value else {
            return Ok(None);
        };
        made.push((bound.column.clone(), bound.side, value));
    }
    Ok(Some(made))
}

/// A bound that addresses can say. PostgreSQL has times without end, and years that no calendar of
/// Basecamp's has: beyond it the bound is the end of that calendar, or holds for nothing that is in it.
fn within_calendar(value: &Scalar, side: Side) -> Option<Scalar> {
    if value.is_finite() {
        return Some(value.clone());
    }
    let (is_early, is_day) = match value {
        Scalar::Date(days) => (*days < 0, true),
        Scalar::Moment(micros) => (*micros < 0, false),
        Scalar::Id(_) | Scalar::Text(_) => return None,
    };
    match (side, is_early, is_day) {
        (Side::Lower, true, true) => Some(Scalar::Date(FIRST_DAY)),
        (Side::Lower, true, false) => Some(Scalar::Moment(i64::from(FIRST_DAY) * DAY_MICROS)),
        (Side::Upper, false, true) => Some(Scalar::Date(LAST_DAY)),
        (Side::Upper, false, false) => Some(Scalar::Moment(i64::from(LAST_DAY) * DAY_MICROS)),
        _ => None,
    }
}

/// Every combination of the values of some columns, one after another.
///
/// # Errors
/// When there are more than one statement may ask for.
pub fn fillings(binds: &[Bind]) -> Result<impl Iterator<Item = Vec<Asked>> + use<>> {
    let sizes = binds.iter().map(|bind| bind.values.len());
    let count = sizes.clone().try_fold(1_usize, |product, size| product.checked_mul(size));
    let count = count.filter(|count| *count <= MOST_FILLINGS).ok_or_else(|| too_many(binds))?;
    let binds = binds.to_vec();
    Ok((0..count).map(move |place| filling(&binds, place)))
}

/// The combination at one place; the last column turns fastest.
fn filling(binds: &[Bind], mut place: usize) -> Vec<Asked> {
    let mut made = Vec::with_capacity(binds.len());
    for bind in binds.iter().rev() {
        let size = bind.values.len().max(1);
        if let Some(value) = bind.values.get(place % size) {
            made.push((bind.column.clone(), value.clone()));
        }
        place /= size;
    }
    made.reverse();
    made
}

fn too_many(binds: &[Bind]) -> Error {
    let sizes: Vec<String> =
        binds.iter().map(|bind| format!("{} of {}", bind.values.len(), bind.column)).collect();
    Error::new(Kind::TooLarge, "conditions lead to too many requests")
        .detail(format!(
            "They give {}, each combination is a request, and one scan makes {MOST_FILLINGS} at most.",
            sizes.join(" and ")
        ))
        .hint("Name fewer values, or join with the pairs that belong together.")
}

/// What is known of operands when the plan is made.
pub(super) mod known {
    use super::{Binding, Bound, Operand, Scalar, Side};

    /// The first value of a binding.
    pub(in crate::plan) fn first(binding: &Binding) -> Option<(&str, Scalar)> {
        match &binding.operand {
            Operand::Values(values) => Some((binding.column.as_str(), values.first()?.clone())),
            Operand::Expression(_) | Operand::Any(_) => None,
        }
    }

    /// The bounds.
    pub(in crate::plan) fn bounds(bounds: &[Bound]) -> Vec<(String, Side, Scalar)> {
        let known = bounds.iter().filter_map(|bound| match &bound.operand {
            Operand::Values(values) => {
                let value = super::within_calendar(values.first()?, bound.side)?;
                Some((bound.column.clone(), bound.side, value))
            }
            Operand::Expression(_) | Operand::Any(_) => None,
        });
        known.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Bind, fillings};
    use crate::error::Kind;
    use crate::value::Scalar;

    fn bind(column: &str, ids: std::ops::Range<i64>) -> Bind {
        let values = ids.map(Scalar::Id).collect();
        Bind { column: column.to_owned(), values, named: true }
    }

    #[test]
    fn every_combination_comes_once_and_none_where_a_column_has_no_value() {
        let made: Vec<_> = fillings(&[bind("a", 1..3), bind("b", 5..7)]).expect("few").collect();
        let ids = made.iter().map(|each| each.iter().filter_map(|(_, v)| v.id()).collect());
        let ids: Vec<Vec<i64>> = ids.collect();
        assert_eq!(ids, [[1, 5], [1, 6], [2, 5], [2, 6]]);
        assert_eq!(fillings(&[bind("a", 1..3), bind("b", 0..0)]).expect("none").count(), 0);
        assert_eq!(fillings(&[]).expect("one").count(), 1, "nothing to fill is one address");
    }

    #[test]
    fn a_product_beyond_the_bound_is_refused_before_it_is_made() {
        let error = fillings(&[bind("a", 0..2_500), bind("b", 0..2_500)]).err();
        assert_eq!(error.map(|error| error.kind()), Some(Kind::TooLarge));
    }
}
