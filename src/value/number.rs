//! Decimal numbers: which of them PostgreSQL can store.

use super::document::{Kind, Raw};

/// A number as it is spelled: in some answers it is a text.
pub fn numeric(json: Raw<'_>) -> Option<String> {
    let spelled = match json.kind() {
        Kind::Number => json.text().into(),
        Kind::String => json.as_str()?,
        _ => return None,
    };
    let plain = |c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '+' | 'e' | 'E');
    let number = spelled.chars().all(plain) && spelled.parse::<f64>().is_ok();
    (number && fits_numeric(&spelled)).then(|| spelled.into_owned())
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
    use crate::value::{Raw, Type};

    #[test]
    fn numbers_are_those_that_postgresql_can_store() {
        for fits in ["1e-16383", "1e131071", "-0.5", "1.5E+3", "0e5"] {
            assert!(Type::Numeric.read(Raw::of(fits)).is_ok(), "{fits}");
            assert!(Type::Numeric.read(Raw::of(&format!("\"{fits}\""))).is_ok(), "{fits}");
        }
        for beyond in ["1e-20000", "1E131072", "0.1e-16383", "1e99999999999999999999"] {
            assert!(Type::Numeric.read(Raw::of(beyond)).is_err(), "{beyond}");
            assert!(Type::Numeric.read(Raw::of(&format!("\"{beyond}\""))).is_err(), "{beyond}");
        }
    }
}
