//! What a function that changes something asks for first, as statements do, and how it is sent.

use std::ffi::CString;

use bytes::Bytes;
use pgrx::{PgLogLevel, pg_sys};
use serde_json::{Map, Value};

use super::connection::usable;
use super::report::tell;
use super::token::journal;
use super::{modify, options, session, setting, wait};
use crate::api::{self, Body, Repeat};
use crate::catalog::{Method, Verb, Version};
use crate::error::{Error, Kind, Result};
use crate::option::Settings;
use crate::plan::verb::{Call, Content, File};

/// Does what the verb of that name says, with these arguments, an object as text, and a file and its
/// media type where it takes one. Gives what Basecamp answers, as JSON, where that is worth reading.
///
/// # Errors
/// When nothing may be changed here, an argument is missing or wrong, and whatever Basecamp refuses.
pub fn call(
    server: &str,
    name: &str,
    arguments: &str,
    file: Option<(&[u8], &str)>,
) -> Result<Option<String>> {
    let permit = Permit::new(server, name)?;
    let verb = permit.version.verb(name).ok_or_else(|| unknown(permit.version, name))?;
    let file = file.map(|(bytes, media)| File { bytes: bytes.to_vec(), media: media.to_owned() });
    let call = Call::new(verb, &object(arguments)?, file)?;
    let answer = permit.send(verb, call).map_err(|error| error.about(name))?;
    let Some(answer) = answer.filter(|answer| verb.answers && !answer.is_empty()) else {
        return Ok(None);
    };
    let told: Value = serde_json::from_slice(&answer).map_err(|_| unreadable(name))?;
    Ok(Some(told.to_string()))
}

/// A function that may change something on a server, for the user who calls it.
#[derive(Debug)]
struct Permit {
    server: pg_sys::Oid,
    user: pg_sys::Oid,
    version: Version,
}

impl Permit {
    /// Whether the function of that name may change something on a server. It may not when the user
    /// may not use the server, nothing may be written to it or by the user, or the transaction only
    /// reads.
    fn new(server: &str, function: &str) -> Result<Self> {
        let (oid, user) = usable(server)?;
        setting::check_writes()?;
        let settings = Settings::new(options::of_server(oid))?;
        if !settings.is_updatable() {
            let message = format!("server \"{server}\" does not allow changes");
            return Err(
                Error::new(Kind::Configuration, message).detail("Its option updatable is false.")
            );
        }
        let name = CString::new(format!("basecamp.{function}")).unwrap_or_default();
        // SAFETY: takes a terminated text; an error of it unwinds as every error of PostgreSQL's does.
        unsafe { pg_sys::PreventCommandIfReadOnly(name.as_ptr()) };
        Ok(Self { server: oid, user, version: settings.version() })
    }

    /// Sends a request and gives what was answered; in a rehearsal it tells what it would send.
    fn send(&self, verb: &Verb, call: Call) -> Result<Option<Bytes>> {
        let Call { address, content } = call;
        let method = method(verb.method);
        if setting::rehearses() {
            let said = said(content.as_ref());
            tell(PgLogLevel::NOTICE, format!("would send {method} {address}"), &said);
            return Ok(None);
        }
        let (body, json) = match content {
            Some(Content::Json(json)) => (Some(Body::json(&json)), Some(json)),
            Some(Content::Bytes(bytes, media)) => (Some(Body::bytes(bytes, &media)?), None),
            None => (None, None),
        };
        let client = session::client(self.server, self.user)?;
        modify::warn_of_transactions();
        let repeat = Repeat::AtMost(verb.attempts);
        let journal = journal::open();
        let line = journal.as_ref().map(|journal| {
            journal.begin((verb.name, None), (method.as_str(), &address), json.as_ref())
        });
        let sent = wait::run(async move { client.send_body(method, &address, body, repeat).await });
        if let (Some(line), Ok(answer)) = (line, &sent) {
            line.end(answer, None);
        }
        journal::keep(self.server, self.user, journal.as_ref());
        let answer = sent?.map_err(|error| error.reserved_for(verb.permission.about()))?;
        Ok(Some(answer.body))
    }
}

/// A body in a rehearsal.
fn said(content: Option<&Content>) -> String {
    match content {
        Some(Content::Json(json)) => json.to_string(),
        Some(Content::Bytes(bytes, media)) => format!("{} bytes of {media}.", bytes.len()),
        None => "No body.".to_owned(),
    }
}

fn object(text: &str) -> Result<Map<String, Value>> {
    match serde_json::from_str(text) {
        Ok(Value::Object(arguments)) => Ok(arguments),
        _ => Err(Error::new(Kind::Invalid, "the arguments of a verb must be an object")),
    }
}

fn method(method: Method) -> api::Method {
    match method {
        Method::Delete => api::Method::DELETE,
        Method::Post => api::Method::POST,
        Method::Put => api::Method::PUT,
    }
}

fn unknown(version: Version, name: &str) -> Error {
    let message = format!("{} has nothing that \"{name}\" could say", version.name());
    Error::new(Kind::Unsupported, message).hint("basecamp.actions() lists what there is.")
}

fn unreadable(name: &str) -> Error {
    Error::malformed(format!("what Basecamp answered to {name} is not JSON"))
        .detail("It was carried out.")
}
