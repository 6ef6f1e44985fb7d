//! Where the API is: an origin that credentials may be sent to, and nothing else.

use url::Url;

use crate::address;
use crate::error::{Error, Result};

/// The base URL of an API: https, or http on this machine for tests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Base(Url);

impl Base {
    /// Parses the value of an option such as `url`.
    ///
    /// # Errors
    /// When it is not an absolute https URL without user, query and fragment.
    pub fn parse(text: &str) -> Result<Self> {
        address::parse(text).map(Self)
    }

    /// The address of a path below the base and an account; the base's trailing slash does
    /// not count. An absolute URL stands for itself if it is on the base's origin.
    ///
    /// # Errors
    /// When it would lead out of the account or off the origin.
    pub fn address(&self, account: &str, path: &str) -> Result<Url> {
        let refuse = |why: &str| Error::malformed(format!("cannot make an address: {why}"));
        if !path.starts_with('/') {
            let url = Url::parse(path).map_err(|error| refuse(&error.to_string()))?;
            let stays = self.admits(&url);
            return stays
                .then_some(url)
                .ok_or_else(|| refuse("it is on another origin than the API"));
        }
        let root = format!("{}/{account}/", self.0.as_str().trim_end_matches('/'));
        let text = format!("{root}{}", &path[1..]);
        let url = Url::parse(&text).map_err(|error| refuse(&error.to_string()))?;
        // Dot segments are resolved by now: what is left must still be below the account.
        if url.as_str().starts_with(&root) && url.fragment().is_none() {
            Ok(url)
        } else {
            Err(refuse("the path leaves the account"))
        }
    }

    /// The address of a path on this base, outside any account.
    ///
    /// # Errors
    /// When it would lead off the base.
    pub fn beside(&self, path: &str) -> Result<Url> {
        let refuse = || Error::malformed("cannot make an address: the path leaves the base");
        let root = self.0.as_str().trim_end_matches('/');
        let text = format!("{root}/{}", path.trim_start_matches('/'));
        let url = Url::parse(&text).map_err(|_| refuse())?;
        url.as_str().starts_with(&format!("{root}/")).then_some(url).ok_or_else(refuse)
    }

    /// The path and query of a URL on this origin.
    pub fn with_path_of(&self, url: &Url) -> Url {
        let mut here = self.0.clone();
        here.set_path(url.path());
        here.set_query(url.query());
        here
    }

    /// Whether it is not encrypted, as on this machine it may be.
    pub fn is_plain_http(&self) -> bool {
        self.0.scheme() == "http"
    }

    /// Whether a URL has the same scheme, host and port.
    pub fn is_origin_of(&self, url: &Url) -> bool {
        self.0.origin() == url.origin()
    }

    /// Whether a request to a URL that Basecamp gave may carry the credentials: it is on
    /// the origin, and brings no user of its own.
    pub fn admits(&self, url: &Url) -> bool {
        self.is_origin_of(url) && url.username().is_empty() && url.password().is_none()
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
        let made = base.address("1", "/projects.json?a=b").expect("joins");
        assert_eq!(made.as_str(), "https://3.basecampapi.com/1/projects.json?a=b");
        for nonsense in ["", "basecamp", "/projects", "ftp://x", "https://", "https:x"] {
            let error = Base::parse(nonsense).expect_err(nonsense);
            assert_eq!(error.kind(), Kind::OptionValue, "{nonsense}");
        }
    }

    #[test]
    fn rule_101_what_a_parser_would_repair_is_refused() {
        for repaired in [
            "https://u:p@x",
            "https://@x",
            "https://x?",
            "https://x#",
            "https://x:",
            "https://x:0",
            "https://x:+1",
            "https://x:65536",
            "https://[::1]:",
            "https://:1",
            "https://x/../y",
            "https://x/%2E%2e/y",
            "https:\\\\x",
            " https://x",
            "https://x\n",
        ] {
            assert!(Base::parse(repaired).is_err(), "{repaired}");
        }
        for sound in ["https://x:1", "https://[::1]:65535/", "HTTPS://X/below/"] {
            assert!(Base::parse(sound).is_ok(), "{sound}");
        }
    }

    #[test]
    fn rules_3_and_12_absolute_addresses_only_on_the_origin() {
        let base = Base::parse("https://3.basecampapi.com").expect("valid");
        let same = "https://3.basecampapi.com/1/todos/2.json";
        assert_eq!(base.address("1", same).expect("same").as_str(), same);
        for other in [
            "https://evil.example/1/todos/2.json",
            "http://3.basecampapi.com/1/todos/2.json",
            "https://u:p@3.basecampapi.com/1/todos/2.json",
            "todos/2.json",
        ] {
            assert!(base.address("1", other).is_err(), "{other}");
        }
    }

    #[test]
    fn rule_9_a_path_stays_below_its_account() {
        let base = Base::parse("https://3.basecampapi.com").expect("valid");
        for path in ["/../2/projects.json", "/%2e%2e/2/x.json", "/x.json#y", ""] {
            assert!(base.address("1", path).is_err(), "{path}");
        }
        // A second slash does not make another host of the first segment.
        let made = base.address("1", "//evil.example/x").expect("a path");
        assert_eq!(made.host_str(), Some("3.basecampapi.com"));
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
        for local in
            ["http://localhost:1", "http://a.localhost", "http://127.0.0.1:9", "http://[::1]:9"]
        {
            assert!(Base::parse(local).is_ok(), "{local}");
        }
        for remote in ["http://3.basecampapi.com", "http://localhost.example", "http://10.0.0.1"] {
            assert!(Base::parse(remote).is_err(), "{remote}");
        }
    }
}
