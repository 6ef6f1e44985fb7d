//! What a column means to planning, so that engine code knows roles and not names.
//!
//! This is the one place where a name stands for a meaning. Literals name columns as Basecamp does;
//! whoever plans asks a table for the column of a role.

use super::template::equal;

/// What a column means to planning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// The record's own number: a condition on it names records.
    Id,
    /// The project that the record is in: a condition on it replaces the default scope.
    Project,
    /// The calendar of Basecamp 2 that the record is in, where it is in no project.
    Calendar,
    /// Whether that is a project or a calendar.
    Bucket,
    /// The publication state: a condition on it replaces the default scope.
    Status,
    /// Whether it is in the trash of Basecamp 2.
    Trashed,
    /// Whether it is done.
    Completed,
    /// When it was created; sources that sort can sort by it.
    Created,
    /// When it last changed; sources that sort can sort by it.
    Updated,
}

/// The names that columns of a role have.
const NAMES: &[(Role, &str)] = &[
    (Role::Id, "id"),
    (Role::Project, "project_id"),
    (Role::Calendar, "calendar_id"),
    (Role::Bucket, "bucket_type"),
    (Role::Status, "status"),
    (Role::Trashed, "trashed"),
    (Role::Completed, "completed"),
    (Role::Created, "created_at"),
    (Role::Updated, "updated_at"),
];

impl Role {
    /// The role of a column, or of a hole, of this name.
    pub const fn named(name: &str) -> Option<Self> {
        let mut rest = NAMES;
        while let [(role, known), after @ ..] = rest {
            if equal(known.as_bytes(), name.as_bytes()) {
                return Some(*role);
            }
            rest = after;
        }
        None
    }

    /// The name of its columns and holes.
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(role, _)| *role == self).map_or("", |(_, name)| name)
    }

    /// Whether a column has the role only where the table says the values that it is asked by.
    pub(super) const fn needs_domain(self) -> bool {
        matches!(self, Self::Status | Self::Trashed | Self::Completed | Self::Bucket)
    }
}
