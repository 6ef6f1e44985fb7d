//! Where in a record a column's value is, and what it takes to read it from there.

mod read;
#[cfg(test)]
mod tests;

pub use read::{Seen, at};

use crate::value::Type;

/// The place of a value in a record. Paths are dotted member names.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum Field<Path = &'static str> {
    /// This value, whatever the record is: a word, a number or a flag.
    Always(Path),
    /// The value at a path of the project or calendar that the row belongs to, going by its columns
    /// `project_id` and `calendar_id`: for listings of one, whose rows do not repeat what it is.
    Bucket(Path),
    /// The same read in the object that the record came inside of.
    #[serde(skip)]
    Around(&'static Field),
    /// What the request asked this column by: for parents that the record itself does not name.
    Asked(Path),
    /// The number of elements of the array at a path.
    Count(Path),
    /// The day of a value that is a date or a timestamp.
    Day(Path),
    /// The second path in each element of the array at the first: `assignees`, `id`.
    Each(Path, Path),
    /// The first of two members that is present: spellings differ between servers.
    Either(Path, Path),
    /// The same of the id of a person or of a system actor.
    EitherPerson(Path, Path),
    /// The first place that has a value. One that a source cannot have, such as what its request did
    /// not ask by, is passed over: `First(&[Asked(…)])` is NULL where it was not asked.
    #[serde(skip)]
    First(&'static [Field]),
    /// The text of the first place that, read as its type, has a value other than false; else NULL.
    #[serde(skip)]
    Given(&'static [(Field, Type, &'static str)]),
    /// The second path in the first element of the array at the first.
    Head(Path, Path),
    /// Whether the record was in the array of this name.
    InArray(Path),
    /// The digits that follow the second text in the address at the first path: an id.
    InUrl(Path, Path),
    /// The value at a path.
    Member(Path),
    /// The array of the answer that the record was in.
    NameOfArray,
    /// The value at a path of the object that the record came inside of.
    Outer(Path),
    /// The id of a person or of a system actor at this path: words have no number.
    Person(Path),
    /// The record's place in the array of this name, from 1; NULL in another.
    PlaceIn(Path),
    /// Whether there is a value other than null at a path.
    Present(Path),
    /// The record itself, which is no object but a text or a number.
    Plain,
    /// How many records have the same values in these columns: together they are one row. Labels are the
    /// same in upper and lower case.
    #[serde(skip)]
    Tally(&'static [&'static str]),
    /// The value at a path, where some servers send `false` or `{}` for none.
    Unless(Path),
    /// The value at `path` where the text at `when` is `is`, else NULL.
    When {
        /// Where the value is.
        path: Path,
        /// Where the text is that decides.
        when: Path,
        /// What that text must be.
        is: Path,
    },
    /// The whole record.
    Whole,
    /// The text at another place in our own word: the second of the pair whose first it is, or itself.
    #[serde(skip)]
    Word(&'static Field, &'static [(&'static str, &'static str)]),
}

impl Field<&'static str> {
    /// The top-level members of the record that the value may be in, and what else it needs of its
    /// source: see [`Need`].
    pub fn needs(&self) -> Vec<Need<'static>> {
        match *self {
            Self::Count(path)
            | Self::Day(path)
            | Self::Each(path, _)
            | Self::Either(path, _)
            | Self::EitherPerson(path, _)
            | Self::Head(path, _)
            | Self::InUrl(path, _)
            | Self::Member(path)
            | Self::Person(path)
            | Self::Present(path)
            | Self::Unless(path) => vec![Need::Member(top(path))],
            Self::When { path, when, .. } => {
                vec![Need::Member(top(path)), Need::Member(top(when))]
            }
            Self::Asked(name) => vec![Need::Asked(name)],
            Self::InArray(_) | Self::NameOfArray | Self::PlaceIn(_) => vec![Need::Array],
            Self::Around(_) | Self::Outer(_) => vec![Need::Outer],
            Self::Word(place, _) => place.needs(),
            Self::Always(_)
            | Self::Bucket(_)
            | Self::First(_)
            | Self::Given(_)
            | Self::Plain
            | Self::Tally(_)
            | Self::Whole => Vec::new(),
        }
    }
}

impl Field<&'static str> {
    /// Whether the value may be in the project or calendar of the row.
    pub fn is_of_bucket(&self) -> bool {
        match self {
            Self::Bucket(_) => true,
            Self::First(places) => places.iter().any(Self::is_of_bucket),
            Self::Word(place, _) => place.is_of_bucket(),
            _ => false,
        }
    }
}

impl Field<String> {
    /// The top-level member that the value is in; the whole record is in none.
    pub fn member(&self) -> Option<&str> {
        match self {
            Self::Each(path, _) | Self::Member(path) => Some(top(path)),
            _ => None,
        }
    }
}

/// What a value needs to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need<'a> {
    /// That the request asked by it.
    Asked(&'a str),
    /// That the answer has several arrays.
    Array,
    /// A member of the record.
    Member(&'a str),
    /// An object around the record.
    Outer,
}

fn top(path: &str) -> &str {
    path.split_once('.').map_or(path, |(first, _)| first)
}

impl Field<String> {
    /// Parses the `field` option of a column: `$`, `creator.email_address` or `assignees[*].id`.
    pub fn parse(text: &str) -> Option<Self> {
        let named = |path: &str| !path.is_empty() && path.split('.').all(|name| !name.is_empty());
        if text == "$" {
            return Some(Self::Whole);
        }
        match text.split_once("[*]") {
            None => (named(text) && !text.contains('[')).then(|| Self::Member(text.to_owned())),
            Some((path, rest)) => {
                let inner = rest.strip_prefix('.').unwrap_or(rest);
                let valid =
                    named(path) && (inner.is_empty() || named(inner)) && !inner.contains('[');
                valid.then(|| Self::Each(path.to_owned(), inner.to_owned()))
            }
        }
    }
}
