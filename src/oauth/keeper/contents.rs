//! What there is of a connection, and which of it wins. May import `error`.

use secrecy::{ExposeSecret as _, SecretString};
use zeroize::Zeroizing;

use super::failure::{Failure, hash};
use crate::error::Error;
use crate::oauth::{Stored, Tokens, now};

/// The tokens that options have.
#[derive(Debug, Clone, Default)]
pub struct OptionTokens {
    /// An access token.
    pub access: Option<SecretString>,
    /// A refresh token.
    pub refresh: Option<SecretString>,
    /// A code, or the address with it.
    pub verifier: Option<SecretString>,
}

impl OptionTokens {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.access.is_none() && self.refresh.is_none() && self.verifier.is_none()
    }

    /// All of them, to be compared by a fingerprint.
    pub fn bytes(&self) -> Zeroizing<Vec<u8>> {
        let mut bytes = Zeroizing::new(Vec::new());
        for token in [&self.access, &self.refresh, &self.verifier] {
            let token = token.as_ref().map_or("", |token| token.expose_secret());
            bytes.extend(token.as_bytes());
            bytes.push(0);
        }
        bytes
    }
}

/// An answer at rest.
#[derive(Debug, Clone)]
pub struct Record {
    /// The answer.
    pub stored: Stored,
    /// Whether the options' tokens are the ones that it replaced.
    pub current: bool,
}

/// What a store has of a connection.
#[derive(Debug, Clone, Default)]
pub struct Contents {
    /// What was stored.
    pub row: Option<Record>,
    /// What was rescued, and perhaps stored since.
    pub rescue: Option<Record>,
    /// How asking failed last.
    pub failure: Option<Failure>,
}

impl Contents {
    /// The newest answer: what was rescued, if it replaces the very row that is there.
    pub fn newest(&self) -> Option<&Record> {
        let base = self.base();
        let rescue = self.rescue.as_ref();
        rescue.filter(|rescue| rescue.stored.replaces.as_deref() == base).or(self.row.as_ref())
    }

    /// The id of what was stored, which the next answer replaces.
    pub fn base(&self) -> Option<&str> {
        self.row.as_ref().map(|row| &*row.stored.id)
    }

    /// The id of the newest answer.
    pub fn id(&self) -> Option<&str> {
        self.newest().map(|record| &*record.stored.id)
    }

    /// Whether the rescued answer is the stored one, and so superfluous.
    pub fn is_settled(&self) -> bool {
        let rescued = self.rescue.as_ref().map(|rescue| &*rescue.stored.id);
        rescued.is_some() && rescued == self.base()
    }

    /// What a connection has: the newest answer, or the options' tokens if they were changed since.
    pub fn hand(&self, options: &OptionTokens) -> Hand {
        let newest = self.newest();
        if options.is_empty() {
            return newest.map_or(Hand::Nothing, |record| Hand::of(record.stored.clone()));
        }
        match newest {
            Some(record) if record.current => Hand::of(record.stored.clone()),
            _ => of_options(options, newest),
        }
    }

    /// The failure that is not to be repeated yet: of this very secret, not long ago.
    pub(super) fn rest(&self, mark: &str, now: i64, ended: bool) -> Option<Error> {
        let failure = self.failure.as_ref().filter(|failure| failure.mark == mark)?;
        failure.is_believed(now, ended).then(|| failure.error.clone())
    }
}

fn of_options(options: &OptionTokens, newest: Option<&Record>) -> Hand {
    // A verifier is asked for once; what it gives is stored with its fingerprint.
    if let Some(verifier) = options.verifier.clone()
        && options.access.is_none()
    {
        return Hand::Verifier(verifier);
    }
    let access = options.access.clone().unwrap_or_default();
    // One that was used up already is followed to what it gave.
    let used = newest.filter(|record| {
        let presented = options.refresh.as_ref().map(hash);
        presented.is_some() && record.stored.presented == presented
    });
    let refresh = match used {
        Some(record) => record.stored.tokens.refresh.clone(),
        None => options.refresh.clone(),
    };
    let tokens = Tokens { refresh, ..Tokens::of_access(access) };
    Hand::of(Stored::new(tokens, now(), String::new()))
}

/// What a connection has.
#[derive(Debug, Clone)]
pub enum Hand {
    /// Tokens. Without an access token there is at least one to renew with.
    Tokens(Box<Stored>),
    /// A code that was not exchanged yet.
    Verifier(SecretString),
    /// Nothing.
    Nothing,
}

impl Hand {
    fn of(stored: Stored) -> Self {
        Self::Tokens(Box::new(stored))
    }
}

#[cfg(test)]
mod tests {
    use super::{Contents, Hand, OptionTokens, Record, hash};
    use crate::oauth::{Stored, Tokens};

    fn record(id: &str, replaces: Option<&str>) -> Record {
        let tokens = Tokens::of_access(format!("access-{id}").into());
        let stored = Stored {
            id: id.to_owned(),
            replaces: replaces.map(str::to_owned),
            ..Stored::new(tokens, 5, String::new())
        };
        Record { stored, current: true }
    }

    fn newest(row: Option<Record>, rescue: Option<Record>) -> Option<String> {
        Contents { row, rescue, failure: None }.id().map(str::to_owned)
    }

    #[test]
    fn what_was_rescued_is_newer_than_the_row_that_it_replaces_and_older_than_any_other() {
        let (a, b) = (Some(record("a", None)), Some(record("b", Some("a"))));
        assert_eq!(newest(a.clone(), b.clone()).as_deref(), Some("b"));
        let c = Some(record("c", Some("b")));
        assert_eq!(newest(c, b.clone()).as_deref(), Some("c"), "a newer row");
        assert_eq!(newest(b.clone(), b.clone()).as_deref(), Some("b"), "stored since");
        assert_eq!(newest(None, b), None, "what it replaces was dropped");
        assert_eq!(newest(None, a).as_deref(), Some("a"), "the first of all");
    }

    #[test]
    fn a_refresh_token_of_the_options_that_was_used_up_is_not_presented_again() {
        let mut row = record("a", None);
        let used = "used".to_owned().into();
        row.stored.presented = Some(hash(&used));
        row.stored.tokens.refresh = Some("next".to_owned().into());
        row.current = false;
        let contents = Contents { row: Some(row), ..Contents::default() };
        let options = OptionTokens {
            access: Some("other".to_owned().into()),
            refresh: Some(used),
            verifier: None,
        };
        let Hand::Tokens(hand) = contents.hand(&options) else { panic!("tokens") };
        assert_eq!(hash(&hand.tokens.refresh.expect("one")), { hash(&"next".to_owned().into()) });
    }
}
