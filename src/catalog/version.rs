//! Which of the two APIs a table belongs to.

use super::{table::Table, v2, v3, verb::Verb};

/// Which of Basecamp's two APIs a server speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum Version {
    /// Basecamp 2.
    V2,
    /// Basecamp 3, 4 and 5.
    V3,
}

impl Version {
    /// The tables of this version, sorted by name.
    pub fn tables(self) -> &'static [&'static Table] {
        match self {
            Self::V2 => v2::TABLES,
            Self::V3 => v3::TABLES,
        }
    }

    /// The table of that name.
    pub fn table(self, name: &str) -> Option<&'static Table> {
        self.tables().iter().copied().find(|table| table.name == name)
    }

    /// What no statement can say in this version, sorted by name.
    pub fn verbs(self) -> &'static [Verb] {
        match self {
            Self::V2 => v2::verbs::VERBS,
            Self::V3 => v3::verbs::VERBS,
        }
    }

    /// The verb of that name.
    pub fn verb(self, name: &str) -> Option<&'static Verb> {
        self.verbs().iter().find(|verb| verb.name == name)
    }

    /// What goes before the path of a thing in a project to name that project as well, where paths need
    /// not: another project in it is not found.
    pub const fn project_prefix(self) -> Option<&'static str> {
        match self {
            Self::V2 => None,
            Self::V3 => Some("/buckets/{project_id}"),
        }
    }

    /// The version's name in options and in IMPORT FOREIGN SCHEMA.
    pub const fn name(self) -> &'static str {
        match self {
            Self::V2 => "V2",
            Self::V3 => "V3",
        }
    }
}
