//! An option as the table declares it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::shape::{Optional, Shape, Value};
use crate::error::{Error, Kind, Result};

/// Options as they are stored: name and value.
pub type Pairs = Vec<(String, String)>;

/// What an option can be set on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// `CREATE FOREIGN DATA WRAPPER`: none are valid.
    Wrapper,
    /// `CREATE SERVER`.
    Server,
    /// `CREATE USER MAPPING`.
    Mapping,
    /// `CREATE FOREIGN TABLE`.
    Table,
    /// A column of a foreign table.
    Column,
}

impl Place {
    /// What PostgreSQL calls it.
    pub const fn noun(self) -> &'static str {
        match self {
            Self::Wrapper => "foreign data wrapper",
            Self::Server => "server",
            Self::Mapping => "user mapping",
            Self::Table => "foreign table",
            Self::Column => "column",
        }
    }
}

/// Which values only a superuser may set: they could carry a token away, or read or write the server's
/// disk.
#[derive(Debug, Clone, Copy)]
pub enum Guard {
    /// None.
    Open,
    /// All.
    Superuser,
    /// Those that this says.
    When(fn(&str) -> bool),
}

impl Guard {
    /// Whether a value is for superusers.
    pub fn holds(self, value: &str) -> bool {
        match self {
            Self::Open => false,
            Self::Superuser => true,
            Self::When(guarded) => guarded(value),
        }
    }
}

/// What is told of an option, whatever its values are.
#[derive(Debug, Clone, Copy)]
pub struct Facts {
    /// Its name.
    pub name: &'static str,
    /// Where it may be set.
    pub places: &'static [Place],
    /// What it is for, in one sentence.
    #[cfg_attr(
        feature = "postgres",
        expect(dead_code, reason = "the generator of the documentation tells it")
    )]
    pub about: &'static str,
    /// Which values are for superusers.
    pub guard: Guard,
    /// Whether its value is a secret.
    pub secret: bool,
    /// Whether each object that can have it must.
    pub required: bool,
}

/// An option: its facts and the shape of its values.
#[derive(Debug)]
pub struct Entry<S> {
    pub(super) facts: Facts,
    pub(super) shape: S,
}

/// An option of any shape.
pub trait Declared: Sync {
    /// What is told of it.
    fn facts(&self) -> &Facts;
    /// Its values in words for the documentation, the default first.
    #[cfg_attr(
        feature = "postgres",
        expect(dead_code, reason = "the generator of the documentation tells it")
    )]
    fn values(&self) -> String;
    /// Checks a value.
    ///
    /// # Errors
    /// When it is not one.
    fn check(&self, value: &str) -> Result<()>;
}

impl<S: Shape + Sync> Declared for Entry<S> {
    fn facts(&self) -> &Facts {
        &self.facts
    }

    fn values(&self) -> String {
        self.shape.values()
    }

    fn check(&self, value: &str) -> Result<()> {
        self.read(value).map(drop)
    }
}

impl<S: Shape> Entry<S> {
    /// An option that nothing is said of but this.
    pub(super) const fn new(
        name: &'static str,
        places: &'static [Place],
        shape: S,
        about: &'static str,
    ) -> Self {
        let facts =
            Facts { name, places, about, guard: Guard::Open, secret: false, required: false };
        Self { facts, shape }
    }

    fn read(&self, value: &str) -> Result<S::Output> {
        self.shape.read(value).map_err(|cause| {
            let named = format!("option \"{}\"", self.facts.name);
            if let Some(cause) = cause {
                return cause.about(named);
            }
            // The address of a proxy may have a password in it.
            let shown = if self.facts.secret || value.contains('@') {
                named
            } else {
                described(&self.facts, value)
            };
            Error::new(Kind::OptionValue, format!("invalid value for {shown}"))
                .hint(self.shape.hint())
        })
    }
}

/// An option and its value, which a secret does not show.
fn described(facts: &Facts, value: &str) -> String {
    if facts.secret {
        format!("option \"{}\"", facts.name)
    } else {
        format!("option \"{}\" with value \"{value}\"", facts.name)
    }
}

/// The texts of a server, with those of a user mapping that win over it, and those of a table.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Texts {
    shared: BTreeMap<String, String>,
    table: BTreeMap<String, String>,
}

impl Texts {
    /// Later pairs win over earlier ones.
    pub(super) fn new(
        shared: impl IntoIterator<Item = (String, String)>,
        table: impl IntoIterator<Item = (String, String)>,
    ) -> Self {
        Self { shared: shared.into_iter().collect(), table: table.into_iter().collect() }
    }
}

/// How the settings take a value out of the texts.
pub(super) trait Take {
    type Output;

    /// # Errors
    /// When a text is no value, which the validator refuses already.
    fn take(&self, texts: &Texts) -> Result<Self::Output>;
}

impl<S: Shape> Take for Entry<S> {
    type Output = S::Output;

    fn take(&self, texts: &Texts) -> Result<S::Output> {
        let name = self.facts.name;
        let text = texts.table.get(name).or_else(|| texts.shared.get(name));
        text.map_or_else(|| Ok(self.shape.absent()), |text| self.read(text))
    }
}

/// What a server says by default and conditions replace, and what a table says and nothing widens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope<T> {
    /// The server's default.
    pub default: Option<T>,
    /// The table's fence.
    pub fence: Option<T>,
}

/// An option that means more on a table than on a server.
#[derive(Debug)]
pub struct Scoped<V>(pub(super) Entry<Optional<V>>);

impl<V: Value + Sync> Declared for Scoped<V> {
    fn facts(&self) -> &Facts {
        self.0.facts()
    }

    fn values(&self) -> String {
        self.0.shape.values()
    }

    fn check(&self, value: &str) -> Result<()> {
        self.0.check(value)
    }
}

impl<V: Value> Take for Scoped<V> {
    type Output = Scope<V::Output>;

    fn take(&self, texts: &Texts) -> Result<Self::Output> {
        let name = self.0.facts.name;
        let read = |texts: &BTreeMap<String, String>| {
            texts.get(name).map_or(Ok(None), |text| self.0.read(text))
        };
        Ok(Scope { default: read(&texts.shared)?, fence: read(&texts.table)? })
    }
}
