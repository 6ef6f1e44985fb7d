//! Values of single options: what each means, and how its text is read.

use std::path::{Path as FilePath, PathBuf};

use super::shape::{Shape, Value};
use crate::catalog::Version;
use crate::error::Error;
use crate::plan::{self, Operand, Projects};
use crate::value::Scalar;

/// The words of `schema`.
pub(super) const VERSIONS: &[(&str, Version)] = &[("V3", Version::V3), ("V2", Version::V2)];

/// What is shown to Basecamp, as `authscheme` names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authentication {
    /// A token.
    OAuth,
    /// A user name and a password.
    Basic,
    /// Whichever the other options allow.
    Default,
}

/// The words of `authscheme`.
pub(super) const AUTHENTICATION: &[(&str, Authentication)] =
    &[("OAuth", Authentication::OAuth), ("Basic", Authentication::Basic)];

/// What the client shows to Basecamp, decided from all options.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scheme {
    /// A user name and a password.
    Basic {
        /// The user.
        user: String,
    },
    /// A token.
    OAuth,
}

/// How much of OAuth happens by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Initiate {
    /// Nothing: tokens are used as they are.
    Off,
    /// Tokens are renewed, and a verifier is exchanged.
    Refresh,
    /// That, and the browser is waited for where there are no tokens.
    GetAndRefresh,
}

/// The words of `initiateoauth`.
pub(super) const INITIATE: &[(&str, Initiate)] = &[
    ("OFF", Initiate::Off),
    ("REFRESH", Initiate::Refresh),
    ("GETANDREFRESH", Initiate::GetAndRefresh),
];

/// Where tokens rest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// The table `basecamp.oauth_tokens`.
    Catalog,
    /// A file.
    File(PathBuf),
}

/// The word of `oauthsettingslocation` that means the table `basecamp.oauth_tokens`.
const CATALOG: &str = "catalog";

/// Whether a text names a file.
pub(super) fn is_file(text: &str) -> bool {
    !text.eq_ignore_ascii_case(CATALOG)
}

/// `catalog`, or a file by its absolute path.
#[derive(Debug)]
pub struct Locations;

impl Shape for Locations {
    type Output = Location;

    fn read(&self, text: &str) -> Result<Location, Option<Error>> {
        match text {
            word if !is_file(word) => Ok(Location::Catalog),
            path if FilePath::new(path).is_absolute() => Ok(Location::File(path.into())),
            _ => Err(None),
        }
    }

    fn absent(&self) -> Location {
        Location::Catalog
    }

    fn hint(&self) -> String {
        "Use catalog, or the absolute path of a file.".to_owned()
    }

    fn values(&self) -> String {
        "`catalog`; an absolute path, for superusers".to_owned()
    }
}

/// The projects that `projectid` names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProjectSet {
    /// Every active one.
    All,
    /// Every one of any status.
    Every,
    /// These.
    Ids(Vec<i64>),
}

impl From<&ProjectSet> for Projects {
    fn from(set: &ProjectSet) -> Self {
        match set {
            ProjectSet::All => Self::All,
            ProjectSet::Every => Self::Every,
            ProjectSet::Ids(ids) => {
                Self::Named(Operand::Values(ids.iter().copied().map(Scalar::Id).collect()))
            }
        }
    }
}

/// What a table shows whatever the conditions say; none: as its server has it by default, which
/// conditions replace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fence<'a> {
    /// The projects.
    pub projects: Option<&'a ProjectSet>,
    /// The publication states.
    pub statuses: Option<&'a [&'static str]>,
}

impl From<Fence<'_>> for plan::Fence {
    fn from(fence: Fence<'_>) -> Self {
        let owned = |states: &[&'static str]| states.iter().map(|it| (*it).to_owned()).collect();
        Self { projects: fence.projects.map(Projects::from), statuses: fence.statuses.map(owned) }
    }
}

/// A project id, several with commas, `all` or `every`.
#[derive(Debug)]
pub struct ProjectIds;

impl Value for ProjectIds {
    type Output = ProjectSet;

    fn read(&self, text: &str) -> Result<ProjectSet, Option<Error>> {
        if text.eq_ignore_ascii_case("all") {
            return Ok(ProjectSet::All);
        }
        if text.eq_ignore_ascii_case("every") {
            return Ok(ProjectSet::Every);
        }
        let ids = text.split(',').map(|id| id.trim().parse().ok().filter(|id| *id > 0));
        ids.collect::<Option<Vec<i64>>>().map(ProjectSet::Ids).ok_or(None)
    }

    fn hint(&self) -> String {
        "Use a project id, several separated by commas, all or every.".to_owned()
    }

    fn values(&self) -> String {
        "an id, ids with commas, `all` active ones, or `every` one of any status".to_owned()
    }
}
