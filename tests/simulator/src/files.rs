//! Files of Basecamp 3: an address below the account that sends on to a storage, where credentials
//! must not come.

use axum::http::HeaderMap;

use crate::payload::Painter;
use crate::routes::Reply;
use crate::v2::Answer;

/// Where files are fetched from, on another origin than the one asked.
const STORAGE: &str = "/_storage/v3/";

/// Where a file is: another origin in the eyes of a client, as the storage of the real service is.
pub fn download(painter: Painter<'_>, id: &str, name: &str) -> Reply {
    if !id.bytes().all(|byte| byte.is_ascii_digit()) {
        return Reply::Missing;
    }
    let (origin, _) = painter.base.rsplit_once('/').unwrap_or((painter.base, ""));
    let elsewhere = origin.replace("127.0.0.1", "localhost");
    Reply::Redirect(format!("{elsewhere}{STORAGE}{id}/{name}"))
}

/// The bytes of a file, which are no text, for one who brings no credentials here.
pub fn stored(path: &str, headers: &HeaderMap) -> Option<Answer> {
    let key = path.strip_prefix(STORAGE)?;
    let refused = headers.contains_key("authorization");
    let mut body = vec![0x89, 0, 0xff];
    body.extend_from_slice(key.as_bytes());
    Some(Answer {
        status: if refused { 400 } else { 200 },
        headers: vec![("content-type", "image/png".to_owned())],
        body,
    })
}
