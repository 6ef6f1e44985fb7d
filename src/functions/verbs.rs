//! What no statement can say: the one function behind those that are declared from the catalogue.

use pgrx::prelude::*;

use super::required;
use crate::fdw::encoding::Text;
use crate::fdw::json::JsonText;
use crate::fdw::report::OrReport as _;
use crate::fdw::verb;

#[pg_extern]
fn call_verb(
    server: Option<Text>,
    verb: Option<Text>,
    arguments: Option<JsonText>,
    content: Option<&[u8]>,
    content_type: Option<Text>,
) -> Option<Text> {
    let called = || {
        let server = required("server", server.as_deref())?;
        let name = required("verb", verb.as_deref())?;
        let arguments = required("arguments", arguments.as_ref().map(|json| json.0.as_str()))?;
        let file = match content {
            Some(bytes) => Some((bytes, required("content_type", content_type.as_deref())?)),
            None => None,
        };
        verb::call(server, name, arguments, file)
    };
    called().or_report().map(Text)
}
