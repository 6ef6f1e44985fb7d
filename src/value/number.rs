//! Decimal numbers: which of them PostgreSQL can store, as values and inside of JSON.

use serde_json::Value as Json;

/// A number as it is spelled: in some answers it is a text.
pub fn numeric(json: &Json) -> Option<String> {
    match json {
        Json::Number(number) => Some(number.to_string()),
        Json::String(spelled) => {
            let plain = |c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '+' | 'e' | 'E');
            let number = spelled.chars().all(plain) && spelled.parse::<f64>().is_ok();
            (number && fits_numeric(spelled)).then(|| spelled.clone())
        }
        _ => None,
    }
}

/// The numbers in JSON text.
pub fn numbers(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        loop {
            let start = rest.find(|c: char| c == '"' || c == '-' || c.is_ascii_digit())?;
            rest = &rest[start..];
            if let Some(string) = rest.strip_prefix('"') {
                rest = behind(string);
                continue;
            }
            let in_number = |c: char| c.is_ascii_digit() || "+-.eE".contains(c);
            let end = rest.find(|c| !in_number(c)).unwrap_or(rest.len());
            let (number, left) = rest.split_at(end);
            rest = left;
            return Some(number);
        }
    })
}

/// What follows a string of JSON, of which the opening quote is gone.
fn behind(string: &str) -> &str {
    let mut escaped = false;
    let end = string.bytes().position(|byte| match byte {
        _ if escaped => {
            escaped = false;
            false
        }
        b'\\' => {
            escaped = true;
            false
        }
        byte => byte == b'"',
    });
    end.map_or("", |end| &string[end + 1..])
}

/// Whether PostgreSQL's `numeric` has room for a number: 131,072 digits before the point and 16,383
/// behind it.
pub fn fits_numeric(number: &str) -> bool {
    let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let Ok(exponent) = exponent.parse::<i64>() else {
        return false;
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let (whole, fraction) = (whole.len() as i64, fraction.len() as i64);
    whole.saturating_add(exponent) <= 131_072 && fraction.saturating_sub(exponent) <= 16_383
}

/// As much of a number as one can read.
pub fn beginning(number: &str) -> String {
    const SHOWN: usize = 40;
    match number.get(..SHOWN) {
        Some(start) if number.len() > SHOWN => format!("{start}..."),
        _ => number.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::value::Type;

    #[test]
    fn numbers_are_those_that_postgresql_can_store() {
        for fits in ["1e-16383", "1e131071", "-0.5", "1.5E+3", "0e5"] {
            let record = format!(r#"{{"a \" 1e-20000": [true, {fits}]}}"#);
            assert!(Type::Jsonb.read_whole(&record).is_ok(), "{fits}");
            assert!(Type::Numeric.read(&json!(fits)).is_ok(), "{fits}");
        }
        for beyond in ["1e-20000", "1E131072", "0.1e-16383", "1e99999999999999999999"] {
            let record = format!(r#"{{"a": [{{"b": {beyond}}}]}}"#);
            let error = Type::Jsonb.read_whole(&record).expect_err(beyond).to_string();
            assert!(error.contains(beyond), "{error}");
            assert!(Type::Numeric.read(&json!(beyond)).is_err(), "{beyond}");
        }
        let long = format!("{{\"a\": 1{}}}", "0".repeat(140_000));
        let error = Type::Jsonb.read_whole(&long).expect_err("long").to_string();
        assert!(error.len() < 120, "{error}");
    }
}
