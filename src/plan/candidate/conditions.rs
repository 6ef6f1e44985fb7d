//! What a source is asked by, and whether it gives the answer then.
//!
//! Conditions become keys, bounds, an order and the values of domains. Apart, because it looks at one
//! source and at nothing else: neither at its place among the projects nor at other sources.

use super::super::estimate::FIRST_PAGE;
use super::super::query::{Admission, Binding, Bound, Choice, Effect, First, Operand, Order, Side};
use super::Maker;
use crate::catalog::{Covers, Parameter, Role, Rows, Source, Statuses};
use crate::value::Scalar;

impl Maker<'_> {
    /// Whether a source's rows are the answer, apart from members that it lacks.
    pub(super) fn answers(&self, source: &Source, keys: &[Binding]) -> bool {
        let table = self.query.table;
        if self.meaning.by_id {
            // The address says whether the record exists. Listings do not know all that have one.
            return source.rows == Rows::One
                && keys.iter().any(|key| table.is(&key.column, Role::Id) && key.names());
        }
        if self.meaning.by_container && source.covers == Covers::Holes {
            // Another container, or the walk of all of them, would bring nothing more, only cost.
            let mut keys = keys.iter();
            if !keys.any(|key| key.names() || table.is(&key.column, Role::Id)) {
                return false;
            }
        }
        source.statuses != Statuses::Active || self.is_only_active()
    }

    /// Whether the conditions are those that a source is for.
    pub(super) fn is_usable(&self, source: &Source) -> bool {
        self.is_usable_for_all(source) && self.meaning.wants_only_those_of(source)
    }

    /// The same, whatever values of domains are wanted.
    pub(super) fn is_usable_for_all(&self, source: &Source) -> bool {
        let trash = self.meaning.of_trash && source.rows == Rows::One && source.each.is_none();
        let fixes = |key: &Binding| source.each.is_none() || key.names();
        !trash
            && self.has_needs(source)
            && source.without.iter().all(|column| !self.key(column).is_some_and(fixes))
    }

    /// Whether the conditions that a source cannot do without are there.
    fn has_needs(&self, source: &Source) -> bool {
        let has = |column: &str, side| self.bounds(column).any(|bound| bound.side == side);
        source.needs.iter().all(|column| {
            let between = source.query.iter().find_map(|parameter| match parameter {
                Parameter::Between { column: name, days, .. } if name == column => Some(*days),
                _ => None,
            });
            match between {
                Some(0) => has(column, Side::Lower) && has(column, Side::Upper),
                Some(_) => has(column, Side::Lower),
                // A walk is asked for a parent that somebody names; a join only narrows what it finds.
                None => {
                    let key = self.key(column).filter(|key| source.each.is_none() || key.names());
                    key.is_some() || has(column, Side::Lower)
                }
            }
        })
    }

    /// The holes, which must all be fixed unless they are enumerated, and the parameters that are.
    pub(super) fn keys(&self, source: &Source) -> Option<Vec<Binding>> {
        let mut keys: Vec<Binding> = match source.each {
            Some(_) => Vec::new(),
            None => source.holes().map(|hole| self.key(hole).cloned()).collect::<Option<_>>()?,
        };
        let said = |column| self.key(column).filter(|key| may_say(source, key)).cloned();
        keys.extend(source.equal().filter_map(said));
        Some(keys)
    }

    /// The binding of a hole: a named one before a join's, because it is the same for all rows.
    pub(super) fn key(&self, hole: &str) -> Option<&Binding> {
        let bound = |effect: Effect| {
            let mut bindings = self.query.bindings.iter();
            bindings.find(|binding| binding.column == hole && binding.effect == effect)
        };
        bound(Effect::Names).or_else(|| bound(Effect::Narrows))
    }

    /// The bounds of the columns by which a source is narrowed and of the one that it is sorted by.
    pub(super) fn bounds_of(&self, source: &Source, order: Option<&Order>) -> Vec<Bound> {
        let sorted = order.and_then(|order| self.query.table.column(&order.column));
        let columns = source.bounded().chain(sorted.map(|column| column.name));
        columns.flat_map(|column| self.bounds(column)).cloned().collect()
    }

    fn bounds(&self, column: &str) -> impl Iterator<Item = &Bound> {
        self.query.bounds.iter().filter(move |bound| bound.column == column)
    }

    /// The records that a listing is read for, where their ids are known: reading ends with the last.
    pub(super) fn seek(&self, source: &Source, keys: &[Binding]) -> Option<Binding> {
        let table = self.query.table;
        let listed =
            source.rows != Rows::One && keys.iter().all(|key| !table.is(&key.column, Role::Id));
        // Elsewhere several rows can have one id: a person of several projects, a repeated entry.
        let unique = table.single().is_some();
        self.key(Role::Id.name()).filter(|_| listed && unique).cloned()
    }

    /// The order in which a source is read, if it sorts: the one that is wanted, or the one in which a
    /// bound is reached first. A change moves a record to the end of what was changed last: from there
    /// on nothing is read twice or missed, but in the other direction records would slip onto pages that
    /// were read already, so that only the first page can be relied on.
    pub(super) fn order(&self, source: &Source) -> Option<Order> {
        // Where a supplement makes up for what a listing leaves out, it must be read to its end.
        if self.meaning.by_id || self.query.table.supplement.is_some() {
            return None;
        }
        let order = |role: Role, descending| {
            if !source.sorts.takes(role) {
                return None;
            }
            let column = self.query.table.with(role)?.name.to_owned();
            let side = if descending { Side::Lower } else { Side::Upper };
            let bounded = self.bounds(&column).any(|bound| bound.side == side);
            bounded.then_some(Order { column, descending, first: None })
        };
        match &self.query.order {
            Some(wanted) => Some(wanted.clone()).filter(|wanted| {
                let role = self.query.table.role(&wanted.column);
                let few = |first: &First| first.count as f64 <= FIRST_PAGE;
                let moves = self.query.table.is(&wanted.column, Role::Updated);
                role.is_some_and(|role| source.sorts.takes(role))
                    && (wanted.descending || !moves || wanted.first.as_ref().is_some_and(few))
            }),
            None => order(Role::Updated, true)
                .or_else(|| order(Role::Created, true))
                .or_else(|| order(Role::Created, false)),
        }
    }

    /// What rows are checked for. Records named by id are those that conditions and fences admit.
    pub(super) fn choices_of(&self, source: &Source) -> Vec<Choice> {
        if !self.meaning.by_id || source.rows != Rows::One {
            return self.meaning.choices.clone();
        }
        let whole = |choice: &&Choice| choice.values.iter().any(|(_, it)| *it != Admission::Yes);
        self.meaning.choices.iter().filter(whole).cloned().collect()
    }

    pub(super) fn is_only_active(&self) -> bool {
        self.meaning.admits_only(Role::Status.name(), "active")
    }
}

/// Whether a source can be asked by the values of a binding: by any, or by words that it understands.
fn may_say(source: &Source, key: &Binding) -> bool {
    let Some(words) = source.words(&key.column) else {
        return true;
    };
    let is_word =
        |value: &Scalar| matches!(value, Scalar::Text(text) if words.contains(&text.as_str()));
    matches!(&key.operand, Operand::Values(values) if values.iter().all(is_word))
}
