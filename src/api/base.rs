//! Where the API is: an origin that credentials may be sent to, and nothing else.

use url::{Host, Url};

use crate::error::{Error, Kind, Result};

/// The base URL of an API: https, or http on this machine for tests (rules 1, 5, 6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Base(Url);

impl Base {
    /// Parses the value of an option such as `url`.
    ///
    /// # Errors
    /// When it is not an absolute https URL without user, query and fragment.
    pub fn parse(text: &str) -> Result<Self> {
        let refuse = |why: &str| {
            Error::new(Kind::OptionValue, format!("invalid URL: {why}"))
                .hint("Use https://host, or http on a loopback address.")
        };
        let url = Url::parse(text).map_err(|error| refuse(&error.to_string()))?;
        if !url.username().is_empty() || url.password().is_some() || text.contains('@') {
            return Err(refuse("it must not contain a user or a password"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(refuse("it must not contain a query or a fragment"));
        }
        match url.scheme() {
            "https" if url.host().is_some() => Ok(Self(url)),
            "http" if is_local(&url) => Ok(Self(url)),
            "http" => Err(refuse("plain http is for loopback addresses only")),
            other => Err(refuse(&format!("the scheme \"{other}\" is not https"))),
        }
    }

    /// The address of a path below the base. A trailing slash of the base does not count (rule 1).
    ///
    /// # Errors
    /// When the path does not make a URL.
    pub fn join(&self, path: &str) -> Result<Url> {
        let text = format!("{}{path}", self.0.as_str().trim_end_matches('/'));
        Url::parse(&text)
            .map_err(|error| Error::malformed(format!("cannot make an address: {error}")))
    }

    /// Whether a URL has the same scheme, host and port (rule 4).
    pub fn is_origin_of(&self, url: &Url) -> bool {
        self.0.origin() == url.origin()
    }
}

/// Rule 6: `localhost`, names that end in `.localhost`, and loopback addresses.
fn is_local(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::Base;
    use crate::error::Kind;

    #[test]
    fn rule_1_a_trailing_slash_is_dropped_and_nonsense_refused() {
        let base = Base::parse("https://3.basecampapi.com/").expect("valid");
        let made = base.join("/1/projects.json").expect("joins");
        assert_eq!(made.as_str(), "https://3.basecampapi.com/1/projects.json");
        for nonsense in [
            "",
            "basecamp",
            "/projects",
            "ftp://x",
            "https://u:p@x",
            "https://x?a=b",
        ] {
            assert_eq!(
                Base::parse(nonsense).expect_err(nonsense).kind(),
                Kind::OptionValue
            );
        }
    }

    #[test]
    fn rule_4_origin_is_scheme_host_and_port() {
        let base = Base::parse("https://3.basecampapi.com").expect("valid");
        for (address, same) in [
            ("https://3.BASECAMPAPI.com:443/9", true),
            ("http://3.basecampapi.com/9", false),
            ("https://basecampapi.com/9", false),
            ("https://3.basecampapi.com:444/9", false),
            ("https://3.basecampapi.com.evil.example/9", false),
        ] {
            let url = Url::parse(address).expect("a URL");
            assert_eq!(base.is_origin_of(&url), same, "{address}");
        }
    }

    #[test]
    fn rules_5_and_6_plain_http_only_on_this_machine() {
        for local in [
            "http://localhost:1",
            "http://a.localhost",
            "http://127.0.0.1:9",
            "http://[::1]:9",
        ] {
            assert!(Base::parse(local).is_ok(), "{local}");
        }
        for remote in [
            "http://3.basecampapi.com",
            "http://localhost.example",
            "http://10.0.0.1",
        ] {
            assert!(Base::parse(remote).is_err(), "{remote}");
        }
    }
}
