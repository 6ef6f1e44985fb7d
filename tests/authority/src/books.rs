//! What was granted, what was issued for it, and what the client has read of it.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::time::Instant;

use serde::Serialize;

use crate::Config;

/// How a grant came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum End {
    /// A refresh token was presented a second time.
    Reuse,
    /// A code was presented a second time.
    CodeReuse,
    /// The user withdrew it.
    Withdrawn,
}

/// What a user agreed to.
#[derive(Debug, Clone, Serialize)]
pub struct Grant {
    /// Where the code was sent.
    pub redirect_uri: String,
    /// What was asked for.
    pub scope: Option<String>,
    /// Whether the client has no secret: a device.
    pub public: bool,
    /// Why it works no more.
    pub end: Option<End>,
}

/// How far an answer came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Receipt {
    /// It is on its way, or is being held back.
    Sent,
    /// The client read it to its end.
    Read,
    /// The client went away with a part of it unread.
    Lost,
}

/// Tokens that were issued.
#[derive(Debug, Clone, Serialize)]
pub struct Issue {
    /// The number of their grant.
    pub grant: usize,
    /// The access token.
    pub access: String,
    /// The refresh token.
    pub refresh: String,
    /// How far they came.
    pub receipt: Receipt,
    /// When that was known.
    #[serde(skip)]
    pub at: Instant,
}

/// A request that came.
#[derive(Debug, Clone, Serialize)]
pub struct Seen {
    /// The method.
    pub method: String,
    /// The path.
    pub path: String,
    /// The query.
    pub query: String,
    /// The header Authorization.
    pub authorization: Option<String>,
    /// The form.
    pub form: Vec<(String, String)>,
    /// The grant whose token or code it presented to the token endpoint.
    pub grant: Option<usize>,
    /// The status of the answer; unset while there is none.
    pub status: Option<u16>,
    /// When it came.
    #[serde(skip)]
    pub at: Instant,
}

impl Seen {
    /// A parameter of the form.
    pub fn form(&self, name: &str) -> Option<&str> {
        let found = self.form.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }
}

#[derive(Debug)]
pub(crate) struct Code {
    pub(crate) grant: usize,
    pub(crate) challenge: Option<String>,
    pub(crate) used: bool,
}

#[derive(Debug)]
pub(crate) struct Device {
    pub(crate) code: String,
    pub(crate) scope: Option<String>,
    pub(crate) decision: Option<bool>,
    pub(crate) used: bool,
}

/// The state of the server.
#[derive(Debug, Default)]
pub(crate) struct Books {
    pub(crate) grants: Vec<Grant>,
    pub(crate) issues: Vec<Issue>,
    pub(crate) seen: Vec<Seen>,
    pub(crate) codes: HashMap<String, Code>,
    pub(crate) devices: Vec<Device>,
    /// Access tokens that work, and when they end.
    pub(crate) live: HashMap<String, Instant>,
    random: RandomState,
    number: u64,
}

impl Books {
    /// A text that nobody can guess and a search finds.
    pub(crate) fn secret(&mut self, kind: &str) -> String {
        self.number += 1;
        let (one, other) =
            (self.random.hash_one((self.number, 0)), self.random.hash_one((self.number, 1)));
        format!("{kind}.{}.{one:016x}{other:016x}", self.number)
    }

    pub(crate) fn open(&mut self, redirect_uri: &str, scope: Option<&str>, public: bool) -> usize {
        self.grants.push(Grant {
            redirect_uri: redirect_uri.to_owned(),
            scope: scope.map(str::to_owned),
            public,
            end: None,
        });
        self.grants.len() - 1
    }

    pub(crate) fn code(
        &mut self,
        redirect_uri: &str,
        scope: Option<&str>,
        challenge: Option<&str>,
    ) -> String {
        let grant = self.open(redirect_uri, scope, false);
        let code = self.secret("code");
        let challenge = challenge.map(str::to_owned);
        self.codes.insert(code.clone(), Code { grant, challenge, used: false });
        code
    }

    /// A grant whose tokens the client has.
    pub(crate) fn give(&mut self, config: &Config) -> Issue {
        let redirect_uri = config.redirect_uris.first().cloned().unwrap_or_default();
        let grant = self.open(&redirect_uri, None, false);
        let number = self.issue(grant, config);
        self.issues[number].receipt = Receipt::Read;
        self.issues[number].clone()
    }

    /// New tokens of a grant; gives the number of the issue.
    pub(crate) fn issue(&mut self, grant: usize, config: &Config) -> usize {
        let (access, refresh) = (self.secret("access"), self.secret("refresh"));
        self.live.insert(access.clone(), Instant::now() + config.lifetime);
        let (receipt, at) = (Receipt::Sent, Instant::now());
        self.issues.push(Issue { grant, access, refresh, receipt, at });
        self.issues.len() - 1
    }

    pub(crate) fn receipt(&mut self, issue: usize, receipt: Receipt) {
        let issue = &mut self.issues[issue];
        (issue.receipt, issue.at) = (receipt, Instant::now());
    }

    /// Ends a grant with every token of it, for ever.
    pub(crate) fn end(&mut self, grant: usize, end: End) {
        self.grants[grant].end.get_or_insert(end);
        let tokens = self.issues.iter().filter(|issue| issue.grant == grant);
        for issue in tokens {
            self.live.remove(&issue.access);
        }
    }

    pub(crate) fn decide(&mut self, decision: bool) {
        for device in &mut self.devices {
            device.decision.get_or_insert(decision);
        }
    }

    /// Whether an Authorization header has a token that works.
    pub(crate) fn accepts(&self, authorization: Option<&str>) -> bool {
        let token = authorization.and_then(|header| header.strip_prefix("Bearer "));
        let end = token.and_then(|token| self.live.get(token));
        end.is_some_and(|end| Instant::now() < *end)
    }
}
