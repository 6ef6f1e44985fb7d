//! JSON that PostgreSQL cannot store as `jsonb`, although it is JSON.

use super::document::Raw;
use super::number::{beginning, fits_numeric};

/// What an answer's values may be inside each other at most. PostgreSQL's own bound is its stack's.
const DEPTH: usize = 128;

/// What in a text that is one JSON value keeps PostgreSQL from storing it.
pub fn flaw(json: &str) -> Option<String> {
    let mut depth = 0_usize;
    tokens(json).find_map(|token| match token {
        Token::Number(number) => {
            (!fits_numeric(number)).then(|| format!("the number {}", beginning(number)))
        }
        Token::String(string) => flaw_of_string(string).map(str::to_owned),
        Token::Open => {
            depth += 1;
            (depth > DEPTH).then(|| format!("more than {DEPTH} values inside each other"))
        }
        Token::Close => {
            depth = depth.saturating_sub(1);
            None
        }
    })
}

/// The same of a string with its quotes: escapes alone can stand for what is no text.
fn flaw_of_string(string: &str) -> Option<&'static str> {
    if !string.contains("\\u") {
        return None;
    }
    match Raw::of(string).as_str() {
        Some(text) => text.contains('\0').then_some("a string with a NUL character"),
        None => Some("a string with half of a character"),
    }
}

/// What JSON is made of, without words and what stands between values.
enum Token<'a> {
    /// As it is spelled.
    Number(&'a str),
    /// With its quotes.
    String(&'a str),
    /// The beginning of an array or object.
    Open,
    /// The end of one.
    Close,
}

/// Takes a text that is one JSON value apart.
fn tokens(json: &str) -> impl Iterator<Item = Token<'_>> {
    let mut rest = json;
    std::iter::from_fn(move || {
        let begins =
            |byte: u8| matches!(byte, b'"' | b'-' | b'0'..=b'9' | b'[' | b'{' | b']' | b'}');
        rest = &rest[rest.bytes().position(begins)?..];
        let (length, token): (usize, fn(&str) -> Token<'_>) = match rest.as_bytes()[0] {
            b'"' => (string(rest), |text| Token::String(text)),
            b'[' | b'{' => (1, |_| Token::Open),
            b']' | b'}' => (1, |_| Token::Close),
            _ => (number(rest), |text| Token::Number(text)),
        };
        let (text, left) = rest.split_at(length);
        rest = left;
        Some(token(text))
    })
}

/// The bytes of the string that a text begins with.
fn string(text: &str) -> usize {
    let mut escaped = false;
    let end = text.bytes().skip(1).position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    });
    end.map_or(text.len(), |end| end + 2)
}

/// The bytes of the number that a text begins with.
fn number(text: &str) -> usize {
    let is_in = |byte: u8| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E');
    text.bytes().position(|byte| !is_in(byte)).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::{DEPTH, flaw};

    #[test]
    fn numbers_that_do_not_fit_are_found_and_those_in_strings_are_none() {
        for fits in ["1e-16383", "1e131071", "-0.5", "1.5E+3", "0e5"] {
            let json = format!(r#"{{"a \" 1e-20000": [true, {fits}]}}"#);
            assert_eq!(flaw(&json), None, "{fits}");
        }
        for beyond in ["1e-20000", "1E131072", "0.1e-16383", "1e99999999999999999999"] {
            let json = format!(r#"{{"a": [{{"b\\": {beyond}}}]}}"#);
            assert_eq!(flaw(&json), Some(format!("the number {beyond}")));
        }
        let found = flaw(&format!("{{\"a\": 1{}}}", "0".repeat(140_000))).expect("long");
        assert!(found.len() < 60, "{found}");
    }

    #[test]
    fn strings_that_are_no_text_are_found_in_names_too() {
        for (json, found) in [
            (r#"["\u0000"]"#, Some("a string with a NUL character")),
            (r#"{"\u0000": 1}"#, Some("a string with a NUL character")),
            (r#"["\ud800"]"#, Some("a string with half of a character")),
            (r#"{"a": "\udc00\ud800"}"#, Some("a string with half of a character")),
            // A backslash before u0000 is text, not a NUL.
            (r#"["\\u0000", "\ud83d\ude00", "\\\"", ""]"#, None),
        ] {
            assert_eq!(flaw(json).as_deref(), found, "{json}");
        }
    }

    #[test]
    fn values_may_be_inside_each_other_so_deep_and_no_deeper() {
        let nested = |depth| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
        assert_eq!(flaw(&nested(DEPTH)), None);
        assert!(flaw(&nested(DEPTH + 1)).is_some());
        assert_eq!(flaw(&format!("[{}1]", "[],".repeat(DEPTH * 2))), None);
    }
}
