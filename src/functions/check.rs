//! Asking what is wrong: one row for each thing that a connection needs, and the versions.

use std::time::{Duration, SystemTime};

use pgrx::prelude::*;

use super::{oauth, required};
use crate::api::{Answer, Client, in_words};
use crate::error::{Error, Kind, Result};
use crate::fdw::connection::Connection;
use crate::fdw::encoding::Text;
use crate::fdw::report::OrReport as _;
use crate::fdw::version::{LIBRARY, of_postgresql, of_sql};
use crate::fdw::{self, login, named, wait};
use crate::oauth::{Identity, Stored};
use crate::option::{Initiate, ProjectSet, Scheme};

/// Clocks that differ by more than this make tokens end early or late, and are wrong anyway.
const SKEW: Duration = Duration::from_secs(30);

/// What was looked at, how it is, what was found, and what to do.
type Findings = TableIterator<
    'static,
    (
        name!(what, &'static str),
        name!(result, &'static str),
        name!(finding, String),
        name!(advice, Option<String>),
    ),
>;

#[pg_extern]
fn check(server: Option<Text>) -> Findings {
    let server = required("server", server.as_deref()).or_report();
    // A server that is not there, or not to be used, is an error: there is nothing to look at.
    named::version(server).or_report();
    let mut findings = Vec::new();
    look(server, &mut findings);
    let rows = findings.into_iter().map(|Finding { what, result, finding, advice }| {
        (what, result, finding, (!advice.is_empty()).then_some(advice))
    });
    TableIterator::new(rows)
}

/// The versions of library, SQL and PostgreSQL.
#[pg_extern]
fn version() -> TableIterator<
    'static,
    (name!(library, &'static str), name!(sql, Option<String>), name!(postgresql, Option<String>)),
> {
    TableIterator::once((LIBRARY, of_sql(), of_postgresql()))
}

struct Finding {
    what: &'static str,
    result: &'static str,
    finding: String,
    advice: String,
}

fn ok(what: &'static str, finding: impl Into<String>) -> Finding {
    Finding { what, result: "ok", finding: finding.into(), advice: String::new() }
}

fn warning(what: &'static str, finding: impl Into<String>, advice: impl Into<String>) -> Finding {
    Finding { what, result: "warning", finding: finding.into(), advice: advice.into() }
}

fn failure(what: &'static str, error: &Error) -> Finding {
    let detail = error.detail_text().map(|detail| format!(": {detail}")).unwrap_or_default();
    let finding = format!("{}{detail}", error.message());
    let advice = error.hint_text().unwrap_or_default().to_owned();
    Finding { what, result: "error", finding, advice }
}

/// Looks at one thing after another, up to one without which the others cannot be looked at.
fn look(server: &str, findings: &mut Vec<Finding>) {
    findings.push(versions());
    findings.push(preloaded());
    let connection = match Connection::named(server) {
        Ok(connection) => connection,
        Err(error) => return findings.push(failure("user mapping", &error)),
    };
    findings.push(options(&connection));
    findings.push(ok("user mapping", format!("that of {}", connection.user)));
    let is_oauth = matches!(connection.options.scheme(), Ok(Scheme::OAuth));
    if is_oauth {
        findings.push(key());
        match login::ready(&connection) {
            Ok(stored) => findings.push(tokens(&connection, &stored)),
            Err(error) => return findings.push(failure("tokens", &error)),
        }
    }
    let client = match named::client(server) {
        Ok(client) => client,
        Err(error) => return findings.push(failure("credentials", &error)),
    };
    let identity = is_oauth.then(|| oauth::whoami(&connection));
    if let Some(identity) = &identity {
        findings.push(person(identity));
    }
    let asked = client.clone();
    let answer = wait::run(async move { asked.get("/projects.json").await }).flatten();
    findings.extend(account(&connection, &answer, identity.and_then(Result::ok)));
    findings.push(default_project(&connection));
    findings.push(rate(&client));
    if client.config().rate.requests > 0 {
        findings.push(left(&client));
    }
}

fn versions() -> Finding {
    let sql = of_sql().unwrap_or_default();
    let server = of_postgresql().unwrap_or_default();
    let finding = format!("library {LIBRARY}, SQL {sql}, PostgreSQL {server}");
    if sql == LIBRARY {
        return ok("version", finding);
    }
    warning("version", finding, fdw::version::UPDATE)
}

fn preloaded() -> Finding {
    if fdw::is_preloaded() {
        return ok("preloaded", "yes: the library is loaded when a session begins");
    }
    ok("preloaded", "no: the library is loaded when a session first needs it")
}

fn options(connection: &Connection) -> Finding {
    let options = &connection.options;
    let finding = format!("account {}, schema {}", options.account(), options.version().name());
    if options.has_contact() {
        return ok("options", finding);
    }
    warning(
        "options",
        format!("{finding}, no useragent"),
        "Set the server's option useragent to a contact, which Basecamp demands of API clients.",
    )
}

fn key() -> Finding {
    match fdw::has_key() {
        Ok(true) => ok("key file", "there, and readable by the server alone"),
        Ok(false) => ok("key file", "not made yet: it is, when tokens are first stored"),
        Err(error) => failure("key file", &error),
    }
}

fn tokens(connection: &Connection, stored: &Stored) -> Finding {
    let tokens = &stored.tokens;
    let Some(end) = tokens.expires_at else {
        return ok("tokens", "an access token that does not say when it ends");
    };
    let left = Duration::from_secs(u64::try_from(end - login::now()).unwrap_or_default());
    let finding = format!("an access token that ends in {}", in_words(left));
    if tokens.refresh.is_none() {
        return warning(
            "tokens",
            format!("{finding}, and no refresh token"),
            "Authorize again before that: basecamp.get_oauth_authorization_url begins.",
        );
    }
    if connection.options.initiate() == Initiate::Off {
        return warning(
            "tokens",
            format!("{finding} and is not renewed"),
            "Set option initiateoauth to REFRESH, so that the refresh token is used.",
        );
    }
    ok("tokens", format!("{finding} and is renewed before that"))
}

fn person(identity: &Result<Identity>) -> Finding {
    match identity {
        Ok(identity) => {
            let names = [identity.first_name.as_deref(), identity.last_name.as_deref()];
            let name = names.into_iter().flatten().collect::<Vec<_>>().join(" ");
            let name = if name.is_empty() { format!("person {}", identity.id) } else { name };
            ok("authorization server", format!("reached: the token is that of {name}"))
        }
        Err(error) => failure("authorization server", error),
    }
}

/// What one request to the account tells: whether the API is reached, the token accepted and the
/// account there, what can be seen of it, and what time it is.
fn account(
    connection: &Connection,
    answer: &Result<Answer>,
    identity: Option<Identity>,
) -> Vec<Finding> {
    let number = connection.options.account();
    match answer {
        Ok(answer) => vec![
            ok("API", "reached"),
            ok("account", format!("{number} is one that the user can see")),
            projects(answer),
            clock(answer),
        ],
        Err(error) if error.http_status().is_none() => vec![failure("API", error)],
        Err(error) if matches!(error.kind(), Kind::NoAccount | Kind::Permission) => {
            let finding = format!("Basecamp shows no account {number} to this user");
            let others = identity.map(visible).unwrap_or_default();
            let advice = format!("Check the option accountid.{others}");
            vec![
                ok("API", "reached"),
                Finding { what: "account", result: "error", finding, advice },
            ]
        }
        Err(error) => vec![ok("API", "reached"), failure("account", error)],
    }
}

/// The accounts that a token opens.
fn visible(identity: Identity) -> String {
    let accounts = identity.accounts.into_iter();
    let accounts: Vec<String> =
        accounts.map(|account| format!("{} ({})", account.id, account.name)).collect();
    if accounts.is_empty() {
        return " The token opens no account at all.".to_owned();
    }
    format!(" The token opens {}.", accounts.join(", "))
}

fn projects(answer: &Answer) -> Finding {
    let page = serde_json::from_slice::<Vec<serde::de::IgnoredAny>>(&answer.body);
    let count = answer.total.or_else(|| page.ok().map(|page| page.len() as u64));
    match count {
        Some(0) => warning(
            "projects",
            "none that the user can see",
            "Somebody has to add the person of this user mapping to projects in Basecamp.",
        ),
        Some(count) => ok("projects", format!("{count} active that the user can see")),
        None => warning(
            "projects",
            "an answer that is no list of projects",
            "Something other than Basecamp may have answered: check the options url and proxy.",
        ),
    }
}

fn clock(answer: &Answer) -> Finding {
    let date = answer.date.as_deref().and_then(|date| httpdate::parse_http_date(date).ok());
    let Some(date) = date else {
        return ok("clock", "not compared: the answer has no date");
    };
    let now = SystemTime::now();
    let skew = now.duration_since(date).or_else(|_| date.duration_since(now)).unwrap_or_default();
    if skew <= SKEW {
        return ok("clock", "right within seconds");
    }
    warning(
        "clock",
        format!("differs from Basecamp's by {}", in_words(skew)),
        "Set this machine's clock: whether a token has ended is told by it.",
    )
}

fn default_project(connection: &Connection) -> Finding {
    match connection.options.default_projects() {
        None => warning(
            "default project",
            "option projectid is unset: a query reads only the first project",
            "Set the server's option projectid to all, or to the ids of projects.",
        ),
        Some(ProjectSet::All) => ok("default project", "every active one"),
        Some(ProjectSet::Every) => ok("default project", "every one, of any status"),
        Some(ProjectSet::Ids(ids)) => ok("default project", format!("{} of them", ids.len())),
    }
}

fn rate(client: &Client) -> Finding {
    let rate = client.config().rate;
    if rate.requests == 0 {
        return warning(
            "rate limit",
            "switched off",
            "Drop the server's option ratelimit, unless the server is a simulator.",
        );
    }
    let limit = format!("{} requests in {} s", rate.requests, rate.per.as_secs());
    if client.is_sharing() {
        return ok(
            "rate limit",
            format!("{limit}, for all sessions of this user mapping together"),
        );
    }
    Finding {
        what: "rate limit",
        result: "ok",
        finding: format!("{limit}, for each session alone"),
        advice: "Add basecamp_fdw to shared_preload_libraries: sessions then keep to it together."
            .to_owned(),
    }
}

/// What the requests of this check and of everybody else leave of the limit.
fn left(client: &Client) -> Finding {
    match client.requests_left() {
        0 => warning(
            "rate limit left",
            "nothing: the next request waits",
            "Look at the view basecamp.activity for who asks. What was sent falls out of the limit by itself.",
        ),
        1 => ok("rate limit left", "1 request can be sent now"),
        left => ok("rate limit left", format!("{left} requests can be sent now")),
    }
}
