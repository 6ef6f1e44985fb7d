//! The next page: what the Link header says, and when pages may be asked for side by side.

use url::Url;

use super::Base;
use crate::error::{Error, Result};

/// What marks the link to the next page.
const NEXT: &str = "rel=\"next\"";

/// The target of `rel="next"`, read in one pass (rule 39).
pub fn next(header: &str) -> Option<&str> {
    header
        .split(',')
        .filter(|part| part.contains(NEXT))
        .find_map(target)
        .or_else(|| with_comma(header))
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

/// An address with a comma in it, such as `bucket=1,2`, which splitting tears apart: the listing
/// would end there as if it were complete.
fn with_comma(header: &str) -> Option<&str> {
    let (before, _) = header.split_once(NEXT)?;
    let (address, parameters) = before.rsplit_once('>')?;
    let (_, inside) = address.rsplit_once('<')?;
    (!inside.is_empty() && !parameters.contains(',')).then_some(inside)
}

/// Resolves a next address against its page's and checks that it stays on the origin (rules 40, 41).
///
/// # Errors
/// When it leaves the origin: the listing is then incomplete and must not look complete.
pub fn resolve(base: &Base, page: &Url, target: &str) -> Result<Url> {
    let url = page.join(target).map_err(|error| {
        Error::malformed(format!("the address of the next page is not valid: {error}"))
    })?;
    if base.admits(&url) {
        return Ok(url);
    }
    let to = url.host_str().unwrap_or_default();
    Err(Error::malformed("the next page of a listing is on another origin")
        .detail(format!("The answer points to {}://{to}.", url.scheme())))
}

/// How the pages of a listing are addressed: the query of page 1's next link, without its number.
#[derive(Debug, Clone)]
pub struct Numbering {
    shown: Url,
    before: String,
    behind: String,
}

impl Numbering {
    /// Reads it off page 1's next link: the address of page 1 with `page=2`, in any order.
    pub fn shown(first: &Url, next: &Url) -> Option<Self> {
        let mut asked = pairs(first);
        asked.push(("page".to_owned(), "2".to_owned()));
        asked.sort_unstable();
        if next.path() != first.path() || asked != pairs(next) || number(first).is_some() {
            return None;
        }
        let parts: Vec<&str> = next.query()?.split('&').collect();
        let at = parts.iter().position(|part| *part == "page=2")?;
        Some(Self {
            shown: next.clone(),
            before: parts[..at].iter().map(|part| format!("{part}&")).collect(),
            behind: parts[at + 1..].iter().map(|part| format!("&{part}")).collect(),
        })
    }

    /// The address of a page.
    pub fn address(&self, number: u32) -> Url {
        let mut url = self.shown.clone();
        url.set_query(Some(&format!("{}page={number}{}", self.before, self.behind)));
        url
    }
}

/// Whether two addresses ask for the same, however their queries are ordered and encoded.
pub fn same(one: &Url, other: &Url) -> bool {
    one.path() == other.path() && one.origin() == other.origin() && pairs(one) == pairs(other)
}

/// The page that an address names (rule 45): `page`, if it is above zero.
pub fn number(url: &Url) -> Option<u64> {
    url.query_pairs()
        .filter(|(name, _)| name == "page")
        .find_map(|(_, value)| value.parse().ok())
        .filter(|number| *number > 0)
}

fn pairs(url: &Url) -> Vec<(String, String)> {
    let mut pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    pairs.sort_unstable();
    pairs
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::{Base, Numbering, next, number, resolve, same};

    #[test]
    fn rule_39_next_is_found_in_order_and_empty_brackets_are_skipped() {
        for (header, found) in [
            ("<https://a/2>; rel=\"next\"", Some("https://a/2")),
            ("<https://a/0>; rel=\"prev\", <https://a/2>; rel=\"next\"", Some("https://a/2")),
            ("<>; <https://a/2>; rel=\"next\"", Some("https://a/2")),
            ("broken; rel=\"next\", <https://a/3>; rel=\"next\"", Some("https://a/3")),
            ("<https://a/2>; rel=\"last\"", None),
            ("<>; rel=\"next\"", None),
            ("<https://a/2; rel=\"next\"", None),
            ("<https://a/2>; rel=\"last\", junk; rel=\"next\"", None),
            (
                "<https://a/9?b=1,2>; rel=\"last\", <https://a/2?b=1,2>; rel=\"next\"",
                Some("https://a/2?b=1,2"),
            ),
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
            "https://u@a.example/",
        ] {
            assert!(resolve(&base, &page, foreign).is_err(), "{foreign}");
        }
    }

    #[test]
    fn rule_39_the_scan_is_linear() {
        let header = format!("{}; rel=\"next\"", "<>".repeat(1_000_000));
        assert_eq!(next(&header), None);
    }

    #[test]
    fn pages_are_numbered_only_as_page_1_shows() {
        let url = |text| Url::parse(text).expect("valid");
        let first = url("https://a/1/r.json?type=Todo&bucket=1,2");
        let shown = url("https://a/1/r.json?bucket=1%2C2&page=2&type=Todo");
        let fifth = Numbering::shown(&first, &shown).expect("shown").address(5);
        let written = "https://a/1/r.json?bucket=1%2C2&page=5&type=Todo";
        assert_eq!(fifth.as_str(), written);
        assert!(same(&fifth, &url("https://a/1/r.json?page=5&type=Todo&bucket=1,2")));
        for other in [
            "https://a/1/r.json?cursor=x",
            "https://a/1/other.json?type=Todo&bucket=1,2&page=2",
            "https://a/1/r.json?type=Todo&page=2",
            "https://a/1/r.json?type=Todo&bucket=1,2&page=3",
            "https://a/1/r.json?type=Todo&bucket=1,2&page=2&page=2",
        ] {
            assert!(Numbering::shown(&first, &url(other)).is_none(), "{other}");
        }
    }

    #[test]
    fn rule_45_a_page_number_above_zero_pins_the_page() {
        let of = |text: &str| number(&Url::parse(text).expect("valid"));
        assert_eq!(of("https://a/x.json?page=3"), Some(3));
        for whole in ["", "?page=0", "?page=-1", "?page=", "?pages=2"] {
            assert_eq!(of(&format!("https://a/x.json{whole}")), None, "{whole}");
        }
    }
}
