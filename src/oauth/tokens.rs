//! What authorization gave, and when it is time for more. May import `seal` and `error`.

use std::time::SystemTime;

use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::Endpoints;
use super::plain;
use crate::error::{Error, Kind, Result};

/// A token is renewed when it has less than this left, in seconds.
pub const REFRESH_MARGIN: i64 = 300;

/// The time of the clock, in seconds since 1970.
pub fn now() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}

/// An access token with all that belongs to it.
#[derive(Debug, Clone)]
pub struct Tokens {
    /// What requests carry.
    pub access: SecretString,
    /// What renews it.
    pub refresh: Option<SecretString>,
    /// When it ends, in seconds since 1970; unset: it does not say.
    pub expires_at: Option<i64>,
    /// What it is good for, in the server's words.
    pub scope: Option<String>,
    /// The account that it belongs to, opaque; sent with every refresh.
    pub resource: Option<String>,
    /// Where it came from and is renewed, if discovery found that; unset: the configured Launchpad.
    pub endpoints: Option<Endpoints>,
    /// What was odd in the answer that brought them, for whoever asked for it.
    pub remarks: Vec<String>,
    /// The redirect URI of the authorization that it came from, which Basecamp 2 wants to hear again.
    pub redirect_uri: Option<String>,
}

/// How tokens and their companions are written before they are sealed.
#[derive(Serialize, Deserialize)]
struct Written {
    access: String,
    refresh: Option<String>,
    expires_at: Option<i64>,
    scope: Option<String>,
    resource: Option<String>,
    #[serde(default)]
    endpoints: Option<Endpoints>,
    #[serde(default)]
    remarks: Vec<String>,
    redirect_uri: Option<String>,
}

impl Tokens {
    /// A token that somebody already had.
    pub fn of_access(access: SecretString) -> Self {
        Self {
            access,
            refresh: None,
            expires_at: None,
            scope: None,
            resource: None,
            endpoints: None,
            remarks: Vec::new(),
            redirect_uri: None,
        }
    }

    /// Whether the access token has less than this left; false where its end is not known.
    pub fn expires_within(&self, margin_seconds: i64, now: i64) -> bool {
        let left = self.expires_at.map(|end| end.saturating_sub(now));
        left.is_some_and(|left| left < margin_seconds)
    }

    /// The tokens as bytes, to be sealed.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let mut written = self.written();
        let bytes = plain::to_bytes(&written);
        wipe(&mut written);
        bytes
    }

    /// Reads what [`Tokens::to_bytes`] wrote.
    ///
    /// # Errors
    /// When it is not that.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        plain::from_bytes("authorization", bytes).map(Self::of_written)
    }

    fn written(&self) -> Written {
        let exposed = |secret: &SecretString| secret.expose_secret().to_owned();
        Written {
            access: exposed(&self.access),
            refresh: self.refresh.as_ref().map(exposed),
            expires_at: self.expires_at,
            scope: self.scope.clone(),
            resource: self.resource.clone(),
            endpoints: self.endpoints.clone(),
            remarks: self.remarks.clone(),
            redirect_uri: self.redirect_uri.clone(),
        }
    }

    fn of_written(written: Written) -> Self {
        Self {
            access: written.access.into(),
            refresh: written.refresh.map(Into::into),
            expires_at: written.expires_at,
            scope: written.scope,
            resource: written.resource,
            endpoints: written.endpoints,
            remarks: written.remarks,
            redirect_uri: written.redirect_uri,
        }
    }
}

fn wipe(written: &mut Written) {
    use zeroize::Zeroize as _;
    written.access.zeroize();
    written.refresh.zeroize();
}

/// Whose tokens are, as far as it must be known to open them again.
///
/// Within one cluster a role is its oid, which survives a new name and is never another role's;
/// elsewhere, after dump and restore, its name is all there is. A server is its oid within one
/// database, or its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Owner {
    /// The system identifier of the cluster.
    pub cluster: u64,
    /// The oid of the database.
    pub database: u32,
    /// The oid of the server.
    pub server_oid: u32,
    /// The oid of the role; 0: PUBLIC.
    pub role: u32,
    /// The server's name.
    pub server: String,
    /// The role's name.
    pub user: String,
}

impl Owner {
    /// Whether what was sealed for this owner is for that one.
    pub fn is(&self, now: &Self) -> bool {
        let here = self.cluster == now.cluster;
        let same_user = if here { self.role == now.role } else { self.user == now.user };
        let in_place = here && self.database == now.database && self.server_oid == now.server_oid;
        same_user && (in_place || self.server == now.server)
    }
}

/// Tokens at rest.
#[derive(Debug, Clone)]
pub struct Stored {
    /// The tokens.
    pub tokens: Tokens,
    /// When they came, in seconds since 1970.
    pub refreshed_at: i64,
    /// The fingerprint of the options' tokens that these replaced: other options win again.
    pub options: String,
    /// Names this answer: no two have the same.
    pub id: String,
    /// The answer that rested where this one goes, when it was asked for; unset: none did.
    pub replaces: Option<String>,
    /// A hash of the refresh token or code that was presented for these; unset: none was.
    pub presented: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct StoredWritten {
    tokens: Written,
    refreshed_at: i64,
    options: String,
    id: String,
    replaces: Option<String>,
    presented: Option<String>,
    owner: Owner,
}

impl Stored {
    /// Tokens that came at a time, in seconds since 1970, and replace none that rest anywhere.
    pub fn new(tokens: Tokens, refreshed_at: i64, options: String) -> Self {
        let id = format!("{:016x}{:016x}", fastrand::u64(..), fastrand::u64(..));
        Self { tokens, refreshed_at, options, id, replaces: None, presented: None }
    }

    /// Whether the tokens are to be renewed before their next use.
    ///
    /// A token that never had as much as the margin left is renewed when half its life is over, not
    /// again and again. A clock that was set back shows more than the margin, so that the token is
    /// used until the service refuses it; one that was set forward leads to one refresh.
    pub fn is_due(&self, now: i64) -> bool {
        let Some(end) = self.tokens.expires_at else {
            return false;
        };
        let life = end.saturating_sub(self.refreshed_at);
        if life <= 0 {
            return false;
        }
        self.tokens.expires_within(REFRESH_MARGIN.min(life / 2), now)
    }

    /// Everything as bytes, to be sealed for an owner.
    pub fn to_bytes(&self, owner: &Owner) -> Zeroizing<Vec<u8>> {
        let mut written = StoredWritten {
            tokens: self.tokens.written(),
            refreshed_at: self.refreshed_at,
            options: self.options.clone(),
            id: self.id.clone(),
            replaces: self.replaces.clone(),
            presented: self.presented.clone(),
            owner: owner.clone(),
        };
        let bytes = plain::to_bytes(&written);
        wipe(&mut written.tokens);
        bytes
    }

    /// Reads what [`Stored::to_bytes`] wrote, and for whom.
    ///
    /// # Errors
    /// When it is not that.
    pub fn from_bytes(bytes: &[u8]) -> Result<(Self, Owner)> {
        let written: StoredWritten = plain::from_bytes("authorization", bytes)?;
        let stored = Self {
            tokens: Tokens::of_written(written.tokens),
            refreshed_at: written.refreshed_at,
            options: written.options,
            id: written.id,
            replaces: written.replaces,
            presented: written.presented,
        };
        Ok((stored, written.owner))
    }

    /// The same, if they are an owner's.
    ///
    /// # Errors
    /// When they are another's.
    pub fn open(bytes: &[u8], owner: &Owner) -> Result<(Self, Owner)> {
        let (stored, sealed_for) = Self::from_bytes(bytes)?;
        if !sealed_for.is(owner) {
            return Err(Error::new(
                Kind::Configuration,
                "could not decrypt the value: it was changed, or belongs to another server or user",
            )
            .hint("Restore it from a backup, or authorize again."));
        }
        Ok((stored, sealed_for))
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::{Owner, Stored, Tokens};

    fn tokens(expires_at: Option<i64>) -> Tokens {
        Tokens {
            refresh: Some("renewing".to_owned().into()),
            expires_at,
            scope: Some("read".to_owned()),
            resource: Some("urn:bc:account:7".to_owned()),
            ..Tokens::of_access("accessing".to_owned().into())
        }
    }

    fn stored(refreshed_at: i64, expires_at: i64) -> Stored {
        Stored::new(tokens(Some(expires_at)), refreshed_at, "f00".to_owned())
    }

    #[test]
    fn tokens_survive_being_written() {
        let bytes = stored(5, 9).to_bytes(&Owner::default());
        let (read, _) = Stored::from_bytes(&bytes).expect("read");
        assert_eq!(read.tokens.access.expose_secret(), "accessing");
        let refresh = read.tokens.refresh.expect("a refresh token");
        assert_eq!(refresh.expose_secret(), "renewing");
        assert_eq!(read.tokens.resource.as_deref(), Some("urn:bc:account:7"));
        assert_eq!((read.refreshed_at, &*read.options), (5, "f00"));
        let error = Tokens::from_bytes(b"{\"access\": 5}").expect_err("no text");
        assert!(!format!("{error:?}").contains('5'), "{error:?}");
    }

    #[test]
    fn tokens_print_without_their_secrets() {
        let printed = format!("{:?}", stored(5, 9));
        assert!(!printed.contains("accessing") && !printed.contains("renewing"));
    }

    #[test]
    fn rule_36_a_token_is_due_300_seconds_before_its_end() {
        let day = stored(0, 86_400);
        assert!(!day.is_due(86_100));
        assert!(day.is_due(86_101) && day.is_due(90_000));
        let mut endless = day;
        endless.tokens.expires_at = None;
        assert!(!endless.is_due(i64::MAX));
    }

    #[test]
    fn a_short_lived_token_is_not_renewed_at_every_use() {
        let minute = stored(1_000, 1_060);
        assert!(!minute.is_due(1_000) && !minute.is_due(1_030));
        assert!(minute.is_due(1_031));
    }

    #[test]
    fn a_clock_that_was_set_back_does_not_make_tokens_due() {
        let later = stored(1_000_000, 1_000_100);
        assert!(!later.is_due(999_999) && !later.is_due(0) && !later.is_due(i64::MIN));
        assert!(!stored(1_000, 900).is_due(1_000), "an end before the start");
    }

    #[test]
    fn a_role_is_its_oid_here_and_its_name_in_another_cluster() {
        let owner = |cluster, role, user: &str| Owner {
            cluster,
            database: 5,
            server_oid: 6,
            role,
            server: "bc".to_owned(),
            user: user.to_owned(),
        };
        let anna = owner(1, 10, "anna");
        assert!(anna.is(&owner(1, 10, "renamed")), "a renamed role");
        assert!(!anna.is(&owner(1, 11, "anna")), "a role made anew under the name");
        assert!(anna.is(&owner(2, 77, "anna")), "restored");
        assert!(!anna.is(&owner(2, 10, "bob")), "an oid means nothing elsewhere");
        let renamed = Owner { server: "other".to_owned(), ..anna.clone() };
        assert!(anna.is(&renamed), "a renamed server");
        assert!(anna.is(&Owner { server_oid: 7, database: 8, ..anna.clone() }), "another database");
        assert!(!anna.is(&Owner { server_oid: 7, ..renamed }), "another server");
        assert!(Stored::open(&stored(5, 9).to_bytes(&anna), &owner(1, 11, "anna")).is_err());
    }
}
