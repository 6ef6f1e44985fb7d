//! The request of a verb, made of the arguments of its function.

use serde_json::{Map, Value};
use url::form_urlencoded;

use super::route::fill;
use crate::catalog::{Argument, Body, Place, Verb};
use crate::error::{Error, Kind, Result};
use crate::value::Scalar;

/// A file that a function was given.
#[derive(Debug)]
pub struct File {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Its media type.
    pub media: String,
}

/// What is sent for a verb.
#[derive(Debug)]
pub struct Call {
    /// The address below the account.
    pub address: String,
    /// The body, if there is one.
    pub content: Option<Content>,
}

/// A body.
#[derive(Debug)]
pub enum Content {
    /// JSON.
    Json(Value),
    /// Bytes of a media type.
    Bytes(Vec<u8>, String),
}

impl Call {
    /// The request of a verb, with `arguments` as the function was given them: those that are null are
    /// not there.
    ///
    /// # Errors
    /// When an argument that must be given is not there, is of another kind than it is declared with,
    /// or the file has a name or a media type that a form cannot say.
    pub fn new(verb: &Verb, arguments: &Map<String, Value>, file: Option<File>) -> Result<Self> {
        for argument in verb.arguments.iter().filter(|argument| argument.required) {
            if !arguments.contains_key(argument.name) {
                return Err(null(argument.name));
            }
        }
        let content = match verb.body {
            Body::Members => members(verb, arguments).map(Content::Json),
            Body::Bytes => {
                let File { bytes, media } = file.ok_or_else(|| null("content"))?;
                Some(Content::Bytes(bytes, header("content_type", &media)?.to_owned()))
            }
            Body::Form(field) => {
                let file = file.ok_or_else(|| null("content"))?;
                let name = text(arguments, "filename").unwrap_or_default();
                Some(form(field, &name, file)?)
            }
        };
        Ok(Self { address: address(verb, arguments)?, content })
    }
}

/// The path with its holes filled, and the query.
fn address(verb: &Verb, arguments: &Map<String, Value>) -> Result<String> {
    let mut keys = Vec::new();
    let mut query = form_urlencoded::Serializer::new(String::new());
    for Argument { name, place, .. } in verb.arguments {
        match (place, arguments.get(*name)) {
            (Place::Hole, Some(value)) => {
                let id = value.as_i64().ok_or_else(|| unlike(name))?;
                keys.push((*name, Scalar::Id(id)));
            }
            (Place::Query(word), Some(Value::String(text))) => {
                query.append_pair(word, text);
            }
            (Place::Query(_), Some(_)) => return Err(unlike(name)),
            _ => {}
        }
    }
    let path = fill(verb.path, &keys);
    let query = query.finish();
    Ok(if query.is_empty() { path } else { format!("{path}?{query}") })
}

/// The members that arguments are; none where none is given.
fn members(verb: &Verb, arguments: &Map<String, Value>) -> Option<Value> {
    let mut body = Map::new();
    for argument in verb.arguments {
        if let (Place::Member(path), Some(value)) = (argument.place, arguments.get(argument.name)) {
            put(&mut body, path, value.clone());
        }
    }
    (!body.is_empty()).then_some(Value::Object(body))
}

fn put(body: &mut Map<String, Value>, path: &str, value: Value) {
    let Some((first, rest)) = path.split_once('.') else {
        body.insert(path.to_owned(), value);
        return;
    };
    let inner = body.entry(first).or_insert_with(|| Value::Object(Map::new()));
    if let Value::Object(inner) = inner {
        put(inner, rest, value);
    }
}

/// A form of one field with a file in it (RFC 7578).
fn form(field: &str, name: &str, file: File) -> Result<Content> {
    let media = header("content_type", &file.media)?;
    let name = header("filename", name)?.replace('\\', "%5C").replace('"', "%22");
    // What is in the file must not end it, so the boundary is one that is not.
    let boundary = boundary(&file.bytes);
    let head = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\n\
         Content-Type: {media}\r\n\r\n"
    );
    let mut bytes = head.into_bytes();
    bytes.extend(file.bytes);
    bytes.extend(format!("\r\n--{boundary}--\r\n").into_bytes());
    Ok(Content::Bytes(bytes, format!("multipart/form-data; boundary={boundary}")))
}

/// A line that the bytes do not have.
fn boundary(bytes: &[u8]) -> String {
    let has =
        |boundary: &String| bytes.windows(boundary.len()).any(|part| part == boundary.as_bytes());
    let mut number = 0_u64;
    loop {
        let boundary = format!("basecamp-fdw-{number:020}");
        if !has(&boundary) {
            return boundary;
        }
        number += 1;
    }
}

fn text(arguments: &Map<String, Value>, name: &str) -> Option<String> {
    arguments.get(name)?.as_str().map(str::to_owned)
}

/// A text that stands in a header: it has no line of its own.
fn header<'a>(name: &str, text: &'a str) -> Result<&'a str> {
    let wrong = text.is_empty() || text.chars().any(char::is_control);
    if wrong {
        let message = format!("argument \"{name}\" is empty or has control characters in it");
        return Err(Error::new(Kind::Invalid, message));
    }
    Ok(text)
}

fn null(name: &str) -> Error {
    Error::new(Kind::Invalid, format!("argument \"{name}\" must not be null"))
}

fn unlike(name: &str) -> Error {
    Error::new(Kind::Invalid, format!("argument \"{name}\" is not of its type"))
}
