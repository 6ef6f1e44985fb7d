//! The one-line forms that the table of options is written in.

use std::ops::RangeInclusive;

use super::entry::{Entry, Guard, Place, Scoped};
use super::shape::{
    Digits, Flag, Maximum, Number, Optional, Requests, States, Text, Url, Value, Words,
};
use super::values::{Locations, ProjectIds, is_file};

type Places = &'static [Place];
type Told = &'static str;

/// `true` or `false`.
pub(super) const fn flag(name: Told, on: Places, default: bool, about: Told) -> Entry<Flag> {
    Entry::new(name, on, Flag(default), about)
}

/// A whole number.
pub(super) const fn number(
    name: Told,
    on: Places,
    range: RangeInclusive<u64>,
    default: u64,
    about: Told,
) -> Entry<Number> {
    assert!(*range.start() <= default && default <= *range.end(), "a default out of its range");
    Entry::new(name, on, Number { range, default }, about)
}

/// One of some words, or what counts where none is set.
pub(super) const fn choice<T: Copy>(
    name: Told,
    on: Places,
    words: &'static [(&'static str, T)],
    default: T,
    about: Told,
) -> Entry<Words<T>> {
    Entry::new(name, on, Words { words, default }, about)
}

/// Values that may be unset.
pub(super) const fn entry<V: Value>(
    name: Told,
    on: Places,
    value: V,
    about: Told,
) -> Entry<Optional<V>> {
    Entry::new(name, on, Optional { value, unset: "unset" }, about)
}

/// Any text.
pub(super) const fn text(name: Told, on: Places, about: Told) -> Entry<Optional<Text>> {
    entry(name, on, Text, about)
}

/// Any text, and what counts where there is none.
pub(super) const fn or_else(
    name: Told,
    on: Places,
    unset: Told,
    about: Told,
) -> Entry<Optional<Text>> {
    text(name, on, about).unset(unset)
}

/// A text that nobody else may see: it belongs on a user mapping.
pub(super) const fn secret(name: Told, about: Told) -> Entry<Optional<Text>> {
    let mut entry = text(name, &[Place::Mapping], about);
    entry.facts.secret = true;
    entry
}

/// Digits.
pub(super) const fn digits(name: Told, on: Places, about: Told) -> Entry<Optional<Digits>> {
    entry(name, on, Digits, about)
}

/// A whole number, if any.
pub(super) const fn maximum(
    name: Told,
    on: Places,
    range: RangeInclusive<u64>,
    about: Told,
) -> Entry<Optional<Maximum>> {
    entry(name, on, Maximum(range), about)
}

/// A host, for superusers.
pub(super) const fn url(name: Told, unset: Told, about: Told) -> Entry<Optional<Url>> {
    entry(name, &[Place::Server], Url, about).unset(unset).guarded()
}

/// Requests per time.
pub(super) const fn requests(
    name: Told,
    on: Places,
    unset: Told,
    about: Told,
) -> Entry<Optional<Requests>> {
    entry(name, on, Requests, about).unset(unset)
}

/// Where tokens rest; a file is for superusers.
pub(super) const fn location(name: Told, on: Places, about: Told) -> Entry<Locations> {
    let mut entry = Entry::new(name, on, Locations, about);
    entry.facts.guard = Guard::When(is_file);
    entry
}

/// Projects: a default on a server, a fence on a table.
pub(super) const fn project_ids(name: Told, on: Places, about: Told) -> Scoped<ProjectIds> {
    Scoped(entry(name, on, ProjectIds, about).unset("the first project"))
}

/// Publication states: a default on a server, a fence on a table.
pub(super) const fn states(name: Told, on: Places, about: Told) -> Scoped<States> {
    let entry = entry(name, on, States, about).unset("`active`");
    Scoped(entry)
}

impl<S> Entry<S> {
    /// The same, for superusers.
    pub(super) const fn guarded(mut self) -> Self {
        self.facts.guard = Guard::Superuser;
        self
    }

    /// The same, which must be set.
    pub(super) const fn required(mut self) -> Self {
        self.facts.required = true;
        self
    }
}

impl<V> Entry<Optional<V>> {
    /// The same, with other words for an unset option.
    pub(super) const fn unset(mut self, unset: Told) -> Self {
        self.shape.unset = unset;
        self
    }
}
