//! What a browser or a user brings back from the authorization page. May import `error`.

use secrecy::SecretString;

use crate::error::{Error, Kind, Result};
use crate::refusal::{Secrets, quoted};

/// The longest code or callback URL that is looked at, in bytes.
const LONGEST: usize = 16_384;

/// What the browser brought back.
#[derive(Debug, Clone)]
pub struct Code {
    /// The authorization code.
    pub code: SecretString,
    /// The state beside it, if it was brought along.
    pub state: Option<String>,
}

/// Reads what a user pasted: a bare code, or the whole address that the browser ended on.
///
/// # Errors
/// When there is no code in it, or it says that authorization was refused.
pub fn read_verifier(text: &str) -> Result<Code> {
    let text = text.trim();
    let invalid = |why: &str| {
        Error::new(Kind::Invalid, format!("invalid verifier: {why}"))
            .hint("Give the code, or the whole address that the browser was sent to.")
    };
    if text.is_empty() {
        return Err(invalid("it is empty"));
    }
    if text.len() > LONGEST || text.chars().any(|c| c.is_control() || c == ' ') {
        return Err(invalid("it is too long, or has spaces in it"));
    }
    if let Some((_, behind)) = text.split_once('?') {
        let query = behind.split('#').next().unwrap_or_default();
        return read_query(query)?.ok_or_else(|| invalid("the address has no code in it"));
    }
    if text.contains("://") {
        return Err(invalid("the address has no code in it"));
    }
    Ok(Code { code: text.to_owned().into(), state: None })
}

/// Reads the query of a callback; nothing where there is neither a code nor an error in it.
///
/// # Errors
/// When it says that authorization was refused.
pub fn read_query(query: &str) -> Result<Option<Code>> {
    let pairs: Vec<_> = url::form_urlencoded::parse(query.as_bytes()).collect();
    let first = |name: &str| {
        let found = pairs.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.to_string())
    };
    if let Some(error) = first("error") {
        return Err(denied(&error, first("error_description").as_deref()));
    }
    let code = first("code").filter(|code| !code.is_empty());
    Ok(code.map(|code| Code { code: code.into(), state: first("state") }))
}

fn denied(code: &str, description: Option<&str>) -> Error {
    let message = if code == "access_denied" {
        "the user refused to authorize the application"
    } else {
        "the authorization server did not authorize the application"
    };
    let mut detail = format!("Error \"{}\"", quoted(code, &Secrets::default()));
    if let Some(description) = description {
        detail.push_str(&format!(": {}", quoted(description, &Secrets::default())));
    }
    if !detail.ends_with(['.', '!', '?']) {
        detail.push('.');
    }
    Error::new(Kind::Authentication, message).detail(detail)
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::read_verifier;
    use crate::error::Kind;

    #[test]
    fn a_verifier_is_a_code_or_the_whole_address() {
        for (text, code, state) in [
            ("abc123", "abc123", None),
            ("  abc+/=123\n", "abc+/=123", None),
            ("https://app.example/cb?code=a%20b&state=s", "a b", Some("s")),
            ("http://127.0.0.1:1/?state=s&code=4711#top", "4711", Some("s")),
            ("?code=4711", "4711", None),
        ] {
            let read = read_verifier(text).expect(text);
            assert_eq!(read.code.expose_secret(), code);
            assert_eq!(read.state.as_deref(), state);
            assert!(!format!("{read:?}").contains(code));
        }
    }

    #[test]
    fn a_verifier_without_a_code_says_so_and_repeats_nothing() {
        for text in ["", "  ", "a b", "https://x/", "https://x/?code=", "https://x/?state=s"] {
            let error = read_verifier(text).expect_err(text);
            assert_eq!(error.kind(), Kind::Invalid, "{text}");
        }
        let error =
            read_verifier("https://x/?error=access_denied&error_description=No%0Away&state=s");
        let error = error.expect_err("denied");
        assert_eq!(error.kind(), Kind::Authentication);
        assert_eq!(error.detail_text(), Some("Error \"access_denied\": No way."));
    }
}
