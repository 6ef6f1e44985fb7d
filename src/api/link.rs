//! The next page: what the Link header says, and when pages may be asked for side by side.

use url::Url;

use super::Base;
use crate::error::{Error, Result};

/// The target of `rel="next"`, read in one pass (rule 39).
pub fn next(header: &str) -> Option<&str> {
    header
        .split(',')
        .filter(|part| part.contains("rel=\"next\""))
        .find_map(target)
}

/// The text in the first non-empty pair of angle brackets.
fn target(part: &str) -> Option<&str> {
    let mut rest = part;
    loop {
        let (_, opened) = rest.split_once('<')?;
        let (inside, behind) = opened.split_once('>')?;
        if !inside.is_empty() {
            return Some(inside);
        }
        rest = behind;
    }
}

/// Resolves a next address against its page's and checks that it stays on the origin (rules 40, 41).
///
/// # Errors
/// When it leaves the origin: the listing is then incomplete and must not look complete.
pub fn resolve(base: &Base, page: &Url, target: &str) -> Result<Url> {
    let url = page.join(target).map_err(|error| {
        Error::malformed(format!(
            "the address of the next page is not valid: {error}"
        ))
    })?;
    if base.is_origin_of(&url) {
        return Ok(url);
    }
    let to = url.host_str().unwrap_or_default();
    Err(
        Error::malformed("the next page of a listing is on another origin")
            .detail(format!("The answer points to {}://{to}.", url.scheme())),
    )
}

/// The address of page `number`, if the next link of page 1 shows how pages are addressed: the same
/// address with `page=2`.
pub fn numbered(first: &Url, next: &Url, number: u32) -> Option<Url> {
    let mut shown = false;
    let others: Vec<(String, String)> = next
        .query_pairs()
        .filter(|(name, value)| {
            let page = name == "page" && value == "2";
            shown |= page;
            !page
        })
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    let asked = first
        .query_pairs()
        .map(|(name, value)| (name.into_owned(), value.into_owned()));
    if !shown || next.path() != first.path() || !asked.eq(others.iter().cloned()) {
        return None;
    }
    let mut url = next.clone();
    url.query_pairs_mut()
        .clear()
        .extend_pairs(others)
        .append_pair("page", &number.to_string());
    Some(url)
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::{Base, next, numbered, resolve};

    #[test]
    fn rule_39_next_is_found_in_order_and_empty_brackets_are_skipped() {
        for (header, found) in [
            ("<https://a/2>; rel=\"next\"", Some("https://a/2")),
            (
                "<https://a/0>; rel=\"prev\", <https://a/2>; rel=\"next\"",
                Some("https://a/2"),
            ),
            ("<>; <https://a/2>; rel=\"next\"", Some("https://a/2")),
            (
                "broken; rel=\"next\", <https://a/3>; rel=\"next\"",
                Some("https://a/3"),
            ),
            ("<https://a/2>; rel=\"last\"", None),
            ("<>; rel=\"next\"", None),
            ("<https://a/2; rel=\"next\"", None),
            ("", None),
        ] {
            assert_eq!(next(header), found, "{header}");
        }
    }

    #[test]
    fn rules_40_and_41_relative_addresses_resolve_and_foreign_ones_fail() {
        let base = Base::parse("https://a.example").expect("valid");
        let page = Url::parse("https://a.example/1/todos.json").expect("valid");
        let made = resolve(&base, &page, "?page=2").expect("relative");
        assert_eq!(made.as_str(), "https://a.example/1/todos.json?page=2");
        for foreign in [
            "https://b.example/",
            "http://a.example/",
            "//b.example/x",
            "https://a.example:8/",
        ] {
            assert!(resolve(&base, &page, foreign).is_err(), "{foreign}");
        }
    }

    #[test]
    fn pages_are_numbered_only_as_page_1_shows() {
        let url = |text| Url::parse(text).expect("valid");
        let first = url("https://a/1/r.json?type=Todo&bucket=1,2");
        let shown = url("https://a/1/r.json?type=Todo&bucket=1,2&page=2");
        let fifth = numbered(&first, &shown, 5).expect("shown");
        assert!(
            fifth
                .query_pairs()
                .any(|(name, value)| name == "page" && value == "5")
        );
        for other in [
            "https://a/1/r.json?cursor=x",
            "https://a/1/other.json?type=Todo&bucket=1,2&page=2",
            "https://a/1/r.json?type=Todo&page=2",
            "https://a/1/r.json?type=Todo&bucket=1,2&page=3",
        ] {
            assert_eq!(numbered(&first, &url(other), 5), None, "{other}");
        }
    }
}
