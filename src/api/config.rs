//! How a client is set up.

use std::fmt;
use std::time::Duration;

use super::Base;
use super::rate::Rate;

/// How a client is set up: the options of a server.
#[derive(Clone)]
pub struct Config {
    /// Where the API is.
    pub base: Base,
    /// The account: the first segment of every path, digits.
    pub account: String,
    /// What follows the account in every path: nothing, or `/api/v1`.
    pub prefix: &'static str,
    /// How listings go on.
    pub paging: Paging,
    /// Where Launchpad is, which knows the accounts of a person.
    pub launchpad: Base,
    /// What Basecamp demands to know of the caller: product and contact.
    pub user_agent: String,
    /// Time for one attempt.
    pub timeout: Duration,
    /// Attempts in all; 0 means one.
    pub max_attempts: u32,
    /// Requests side by side.
    pub max_concurrency: usize,
    /// Requests in a window of time.
    pub rate: Rate,
    /// Pages of one listing.
    pub max_pages: u32,
    /// Through which proxy.
    pub proxy: Option<String>,
    /// Certificates that are trusted beside the system's, as PEM.
    pub ca_pem: Option<Vec<u8>>,
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The address of a proxy may have a password in it.
        f.debug_struct("Config")
            .field("base", &self.base)
            .field("account", &self.account)
            .finish_non_exhaustive()
    }
}

/// How a listing goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paging {
    /// As each page's Link header says: Basecamp 3, 4 and 5.
    Links,
    /// By number, as long as pages are full: Basecamp 2.
    Numbers,
}
