//! The next page: what the Link header says, and when pages may be asked for side by side.

use std::fmt::Write as _;

use url::Url;

use super::Base;
use crate::error::{Error, Result};

/// The target of the link to the next page, read in one pass as RFC 8288 has it.
///
/// Own code, because it forgives what crates for this refuse along with all other links: junk between
/// links, and parts without a target. What is left out then, the number of records tells.
pub fn next(header: &str) -> Option<&str> {
    let mut rest = header;
    loop {
        let (_, opened) = rest.split_once('<')?;
        let (target, behind) = opened.split_once('>')?;
        let (is_next, left) = relations(behind, target.is_empty());
        if is_next && !target.is_empty() {
            return Some(target);
        }
        rest = left;
    }
}

/// Reads the parameters of a link: whether one of its relations is `next`, and what is behind them. A
/// link without a target gives way to the next one in angle brackets.
fn relations(parameters: &str, empty: bool) -> (bool, &str) {
    let mut relation = None;
    let mut rest = parameters;
    loop {
        rest = rest.trim_start_matches([' ', '\t', ';']);
        if rest.is_empty() || rest.starts_with(',') || (empty && rest.starts_with('<')) {
            break;
        }
        let end = rest.find(['=', ';', ',']).unwrap_or(rest.len());
        let (name, behind) = rest.split_at(end);
        let (value, behind) = match behind.strip_prefix('=') {
            Some(value) => value_of(value.trim_start_matches([' ', '\t'])),
            None => ("", behind),
        };
        // The first one counts.
        if name.trim().eq_ignore_ascii_case("rel") && relation.is_none() {
            relation = Some(value);
        }
        rest = behind;
    }
    let mut relations = relation.unwrap_or_default().split_ascii_whitespace();
    (relations.any(|each| each.eq_ignore_ascii_case("next")), rest)
}

/// A parameter's value, in quotes or up to the next separator, and what is behind it.
fn value_of(text: &str) -> (&str, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([';', ',']).unwrap_or(text.len());
        return text.split_at(end);
    };
    let mut escaped = false;
    for (at, byte) in quoted.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return (&quoted[..at], &quoted[at + 1..]),
            _ => {}
        }
    }
    (quoted, "")
}

/// Resolves a next address against its page's and checks that it stays on the origin.
///
/// # Errors
/// When it leaves the origin: the listing is then incomplete and must not look complete.
pub fn resolve(base: &Base, page: &Url, target: &str) -> Result<Url> {
    let refuse =
        |why: &str| Error::malformed(format!("the address of the next page is not valid: {why}"));
    // A parser would repair these, to an address that was not meant.
    let strange = |c: char| c.is_control() || c.is_whitespace() || "<>\"\\\u{fffd}".contains(c);
    if target.contains(strange) {
        return Err(refuse("it has characters that no address has"));
    }
    let url = page.join(target).map_err(|error| refuse(&error.to_string()))?;
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

/// What tells addresses apart that ask for different things.
pub fn key(url: &Url) -> String {
    let mut key = format!("{}{}", url.origin().ascii_serialization(), url.path());
    for (name, value) in pairs(url) {
        let _ = write!(key, "\n{name}\n{value}");
    }
    key
}

/// The page that an address names: `page`, if it is above zero.
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

    use super::{Base, Numbering, key, next, number, resolve, same};

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
    fn links_are_read_as_rfc_8288_has_them() {
        for header in [
            "<https://a/2>; rel=next",
            "<https://a/2>;rel=NEXT",
            "<https://a/2> ; Rel = \"Next\"",
            "<https://a/2>; rel=\"last next\"",
            "<https://a/2>; rel=\"next\tlast\"; title=\"two, or more; \\\"rel=last\\\"\"",
            "<https://a/2>; title=\"a, <https://a/9>; b\"; rel=next",
            "<https://a/2>; title=\"\u{fffd}\"; rel=\"next\"",
            "<https://a/2>; title*=UTF-8''n%c3%a4chste; rel=next;",
            "<https://a/2>; flag; rel=next; rel=prev",
            ", ,<https://a/1>; rel=prev,,<https://a/2>; rel=next, junk",
            "junk, <https://a/2>; rel=next",
        ] {
            assert_eq!(next(header), Some("https://a/2"), "{header}");
        }
        for header in [
            "<https://a/2>; title=\"rel=next\"",
            "<https://a/2>; rel=nextish",
            "<https://a/2>; rel=prev; rel=next",
            "<https://a/2>; rel=\"prev",
            "<https://a/2>, rel=next",
            "<https://a/2>; =next; ;;",
        ] {
            assert_eq!(next(header), None, "{header}");
        }
    }

    #[test]
    fn a_target_that_a_parser_would_repair_is_refused() {
        let base = Base::parse("https://a.example").expect("valid");
        let page = Url::parse("https://a.example/1/x.json").expect("valid");
        for target in [
            "?a=\u{fffd}",
            "?a=b c",
            "?a=\"",
            "?page=2; rel=\"next\", <?page=3",
            "\\\\b",
            "http://[",
        ] {
            assert!(resolve(&base, &page, target).is_err(), "{target}");
        }
    }

    #[test]
    fn an_address_has_one_key_however_it_is_written() {
        let of = |text: &str| key(&Url::parse(text).expect("valid"));
        let one = of("https://a/x.json?b=1,2&page=2");
        assert_eq!(one, of("https://A:443/x.json?page=2&b=1%2C2#top"));
        for other in [
            "https://a/x.json?b=1,2",
            "https://a/y.json?b=1,2&page=2",
            "https://a/x.json?b=1&2=&page=2",
        ] {
            assert_ne!(one, of(other), "{other}");
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
