//! Who may ask what, beside seeing it.

/// Whom Basecamp lets ask an address, as its documentation has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    /// Whoever sees what it names, or may do the same in Basecamp's own pages.
    Everybody,
    /// Owners of the account.
    Owners,
    /// Administrators of the account, and its owners.
    Administrators,
    /// Administrators where the things are in the trash, everybody elsewhere.
    AdministratorsOfTrash,
    /// Administrators of the project.
    ProjectAdministrators,
    /// Who made the thing.
    Creator,
    /// Who made the thing, and administrators.
    CreatorAndAdministrators,
    /// Everybody but clients; on some plans who made the thing, and administrators.
    TeamOrFewer,
    /// Everybody but clients.
    Team,
    /// Everybody, about oneself; on some plans administrators, about others.
    Oneself,
    /// Agents, which act with a token of their own.
    Agents,
}

impl Permission {
    /// The same in words; none where there is nothing to say.
    pub const fn about(self) -> Option<&'static str> {
        match self {
            Self::Everybody => None,
            Self::Owners => Some("owners of the account"),
            Self::Administrators => Some("administrators and owners of the account"),
            Self::AdministratorsOfTrash => {
                Some("administrators of the account alone, where removed ones are wanted")
            }
            Self::ProjectAdministrators => Some("administrators of the project"),
            Self::Creator => Some("who made it"),
            Self::CreatorAndAdministrators => Some("who made it, and administrators"),
            Self::TeamOrFewer => {
                Some("everybody but clients; on some plans only who made it, and administrators")
            }
            Self::Team => Some("everybody but clients"),
            Self::Oneself => Some("oneself; on some plans administrators for others"),
            Self::Agents => Some("agents alone"),
        }
    }
}
