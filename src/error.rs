//! The one error type: what kind of failure, about what, and what Basecamp said of it.
//!
//! Every layer makes its failures here, so that each has its SQLSTATE, facts in DETAIL and advice in
//! HINT by the time it reaches the user. Imported by all; imports nothing of ours.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A failure on its way to the user: one sentence in PostgreSQL's style, with facts and advice.
///
/// It can be written down, because a background worker reports to the process that asked for it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Error(Box<Inner>);

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Inner {
    kind: Kind,
    message: String,
    detail: Option<String>,
    hint: Option<String>,
    status: Option<u16>,
    #[serde(default)]
    wait: Option<u64>,
}

/// The result of everything here that can fail.
pub type Result<T> = std::result::Result<T, Error>;

/// What went wrong, as far as a caller can act on it. Decides the SQLSTATE.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Kind {
    /// 404 with `Reason: Account Inactive`: nothing of the account can be used.
    AccountInactive,
    /// 507: the plan of the account has no room for more projects, storage or webhooks.
    AccountLimit,
    /// No authorisation, or the service refused it (401 after a refresh).
    Authentication,
    /// Another session is at it, for longer than anybody waits.
    Busy,
    /// The service could not be reached: name lookup, refused connection, TLS.
    Connect,
    /// The connection broke, or the answer did not come in time.
    ConnectionLost,
    /// The service, or the file named by an option, cannot be used as configured.
    Configuration,
    /// A record that somebody else changed meanwhile.
    Changed,
    /// 400 or 422: the service refused a value.
    Invalid,
    /// An answer that is not what the API promises.
    Malformed,
    /// A value that must be there and is not.
    NotNull,
    /// The account itself is missing or out of this user's sight.
    NoAccount,
    /// No background worker could be had.
    NoWorker,
    /// 404: the thing is missing, trashed away or out of this user's sight.
    NotFound,
    /// An option that does not exist.
    OptionName,
    /// A required option that was not given.
    OptionMissing,
    /// An option with a value out of its range.
    OptionValue,
    /// 403: the service knows the user and says no.
    Permission,
    /// 429 after the last attempt.
    RateLimited,
    /// A write whose answer did not come: it may have been carried out or not.
    Unresolved,
    /// A schema that the server does not have.
    SchemaNotFound,
    /// The server cannot write now: a standby.
    ReadOnly,
    /// 5xx after the last attempt.
    Server,
    /// A foreign server that does not exist, or is another wrapper's.
    ServerName,
    /// More than may be kept in memory at a time, or than there is.
    OutOfMemory,
    /// A new row that its foreign table would not show.
    OutsideTable,
    /// A file larger than PostgreSQL's values can be, or an answer with more than is read at once.
    TooLarge,
    /// More files and sockets than PostgreSQL leaves room for.
    TooManyFiles,
    /// More requests than a statement may take.
    TooManyRequests,
    /// A column or field that the resource does not have.
    UnknownColumn,
    /// A table that the catalogue does not have.
    UnknownTable,
    /// A character that the encoding of the database has not got.
    Untranslatable,
    /// Something that cannot be done, here or not yet.
    Unsupported,
}

impl Kind {
    /// The SQLSTATE that PostgreSQL reports for this kind.
    pub fn sqlstate(self) -> &'static str {
        match self {
            Self::AccountInactive | Self::NoAccount | Self::NotFound => "02000",
            Self::AccountLimit => "53100",
            Self::Authentication => "28000",
            Self::Busy => "55P03",
            Self::Changed => "40001",
            Self::Connect => "08001",
            Self::ConnectionLost => "08006",
            Self::Configuration => "55000",
            Self::Invalid => "22023",
            Self::Malformed => "HV000",
            Self::OutOfMemory => "53200",
            Self::OutsideTable => "44000",
            Self::OptionName => "HV00D",
            Self::OptionMissing => "HV00B",
            Self::OptionValue => "HV024",
            Self::Permission => "42501",
            Self::NoWorker | Self::RateLimited | Self::TooManyRequests => "53400",
            Self::NotNull => "23502",
            Self::ReadOnly => "25006",
            Self::SchemaNotFound => "HV00P",
            Self::Server => "58000",
            Self::ServerName => "42704",
            Self::TooLarge => "54000",
            Self::TooManyFiles => "53000",
            Self::UnknownColumn => "HV005",
            Self::UnknownTable => "HV00R",
            Self::Unresolved => "08007",
            Self::Untranslatable => "22P05",
            Self::Unsupported => "0A000",
        }
    }
}

/// The longest message and the longest DETAIL, in bytes: what a server sent may be quoted in both.
const LONGEST: usize = 500;

/// A text as it may be shown: within its length, cut between characters, without the NUL that ends a
/// string in PostgreSQL.
fn shown(mut text: String) -> String {
    if text.contains('\0') {
        text = text.replace('\0', " ");
    }
    if text.len() > LONGEST {
        text.truncate(text.floor_char_boundary(LONGEST - 3));
        text.push_str("...");
    }
    text
}

impl Error {
    /// Makes an error whose primary message is lower case, without a full stop.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: shown(message.into()),
            detail: None,
            hint: None,
            status: None,
            wait: None,
        }))
    }

    /// An answer that is not what the API promises.
    pub fn malformed(message: impl Into<String>) -> Self {
        Self::new(Kind::Malformed, message)
    }

    /// Adds the facts: whole sentences.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.0.detail = Some(shown(detail.into()));
        self
    }

    /// Adds more facts of our own to those there are: whole sentences, however long.
    #[must_use]
    pub fn and_facts(mut self, facts: &str) -> Self {
        let known = self.0.detail.take().map_or_else(String::new, |detail| detail + " ");
        self.0.detail = Some(known + facts);
        self
    }

    /// Adds the advice: whole sentences.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into().replace('\0', " "));
        self
    }

    /// Adds the HTTP status that was answered.
    #[must_use]
    pub fn status(mut self, status: u16) -> Self {
        self.0.status = Some(status);
        self
    }

    /// Adds for how many seconds the other side wants to be left alone.
    #[must_use]
    pub fn wait_for(mut self, seconds: u64) -> Self {
        self.0.wait = Some(seconds);
        self
    }

    /// Says what the failure was about, in front of what it was.
    #[must_use]
    pub fn about(mut self, subject: impl fmt::Display) -> Self {
        self.0.message = shown(format!("{subject}: {}", self.0.message));
        self
    }

    /// The same failure, for a caller to whom it means something else.
    #[must_use]
    pub fn of_kind(mut self, kind: Kind) -> Self {
        self.0.kind = kind;
        self
    }

    /// Adds why an answer could not be read.
    #[must_use]
    pub fn unreadable(self, cause: impl fmt::Display) -> Self {
        self.detail(format!("It could not be read: {cause}."))
    }

    /// Says in the reading of which foreign table something was missing, not to be seen, or not what
    /// the API promises.
    #[must_use]
    pub fn in_reading(self, table: &str) -> Self {
        if !matches!(
            self.0.kind,
            Kind::Malformed | Kind::NoAccount | Kind::NotFound | Kind::Permission
        ) {
            return self;
        }
        let named = format!("\"{table}\"");
        let error = if self.0.message.contains(&named) {
            self
        } else {
            self.about(format_args!("cannot read {named}"))
        };
        if error.0.kind != Kind::Malformed || error.0.hint.is_some() {
            return error;
        }
        error.hint(
            "Something other than Basecamp may have answered: check the options url and proxy. If \
             they are right, Basecamp's answers have changed: please report it.",
        )
    }

    /// Says whom Basecamp lets do what it refused, where that is known.
    #[must_use]
    pub fn reserved_for(self, who: Option<&str>) -> Self {
        match who.filter(|_| self.0.kind == Kind::Permission) {
            Some(who) => self.hint(format!(
                "Whom Basecamp allows this: {who}. The user of this user mapping may be nobody of them."
            )),
            None => self,
        }
    }

    /// What kind of failure it is.
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// The primary message.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The facts, if any were given.
    pub fn detail_text(&self) -> Option<&str> {
        self.0.detail.as_deref()
    }

    /// The advice, if any was given.
    pub fn hint_text(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// The HTTP status, where there was an answer.
    pub fn http_status(&self) -> Option<u16> {
        self.0.status
    }

    /// For how many seconds the other side wants to be left alone, if it said so.
    pub fn wait(&self) -> Option<u64> {
        self.0.wait
    }

    /// Whether a row that was asked for by its id is simply not there.
    pub fn is_not_found(&self) -> bool {
        self.0.kind == Kind::NotFound
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::{Error, Kind, LONGEST};

    #[test]
    fn whatever_is_quoted_messages_and_facts_stay_short() {
        let giant = "ä".repeat(10_000_000);
        let error = Error::new(Kind::Malformed, &*giant).about("todos").detail(giant.clone());
        let error = error.unreadable(&giant);
        for text in [error.message(), error.detail_text().expect("facts")] {
            assert!(text.len() <= LONGEST && text.ends_with("..."), "{} bytes", text.len());
        }
        assert!(error.message().starts_with("todos: ä"));
        let short = Error::malformed("a\0b").detail("c\0d").hint("e\0f");
        let texts = (short.message(), short.detail_text(), short.hint_text());
        assert_eq!(texts, ("a b", Some("c d"), Some("e f")));
    }
}
