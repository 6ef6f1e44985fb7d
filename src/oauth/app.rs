//! Who asks for tokens, and where: the registered application and the service's addresses. May
//! import `address` and `error`.

use std::fmt;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::address;
use crate::error::Result;

/// Where the service is, unless option `oauthurl` says otherwise.
const LAUNCHPAD: &str = "https://launchpad.37signals.com";

/// The application that was registered with the service.
#[derive(Clone)]
pub struct App {
    /// Its name for the service.
    pub client_id: String,
    /// Its password; public applications have none.
    pub client_secret: Option<SecretString>,
    /// Where the browser is sent back to, as registered.
    pub callback_url: String,
    /// What is asked for; unset: what the service gives.
    pub scope: Option<String>,
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App")
            .field("client_id", &self.client_id)
            .field("callback_url", &self.callback_url)
            .field("scope", &self.scope)
            .finish_non_exhaustive()
    }
}

/// Which words the service expects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// Basecamp 2: the parameter `type` of an early draft beside the standard ones, and the callback
    /// URL with every refresh.
    V2,
    /// Basecamp 3 and later: the standard.
    V3,
}

/// The addresses of an authorization service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoints {
    /// Where the user's browser goes; unset where only devices are served.
    pub authorization: Option<Url>,
    /// Where codes and refresh tokens are traded.
    pub token: Url,
    /// Where a token tells whose it is.
    pub identity: Url,
    /// Where a device asks for a code.
    pub device: Option<Url>,
    /// Whether they may lead to private addresses: those of the options may, those that a
    /// server named may only where the administrator said so.
    #[serde(default)]
    pub private: bool,
}

impl Endpoints {
    /// Those of Launchpad, or of what the option `oauthurl` puts in its place.
    ///
    /// # Errors
    /// When the option is not an https URL.
    pub fn launchpad(base: Option<&str>) -> Result<Self> {
        let base = address::parse(base.unwrap_or(LAUNCHPAD)).map_err(|error| {
            // Ours is right: only the option can be wrong.
            error.about("option \"oauthurl\"")
        })?;
        let below = |path: &str| {
            let mut url = base.clone();
            url.set_path(&format!("{}{path}", base.path().trim_end_matches('/')));
            url
        };
        Ok(Self {
            authorization: Some(below("/authorization/new")),
            token: below("/authorization/token"),
            identity: below("/authorization.json"),
            device: None,
            private: true,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{App, Endpoints};

    #[test]
    fn launchpad_is_the_default_and_another_address_takes_its_place() {
        let usual = Endpoints::launchpad(None).expect("ours");
        assert_eq!(usual.token.as_str(), "https://launchpad.37signals.com/authorization/token");
        let other = Endpoints::launchpad(Some("http://127.0.0.1:9/below/")).expect("local");
        assert_eq!(other.identity.as_str(), "http://127.0.0.1:9/below/authorization.json");
    }

    #[test]
    fn rule_95_endpoints_are_https_or_local() {
        for wrong in ["http://launchpad.example", "ftp://x", "x", "https://u@x"] {
            let error = Endpoints::launchpad(Some(wrong)).expect_err(wrong);
            assert!(error.message().contains("oauthurl"), "{error}");
        }
    }

    #[test]
    fn an_app_prints_without_its_secret() {
        let app = App {
            client_id: "app".to_owned(),
            client_secret: Some("hush".to_owned().into()),
            callback_url: "http://127.0.0.1:33333/".to_owned(),
            scope: None,
        };
        let printed = format!("{app:?}");
        assert!(printed.contains("app") && !printed.contains("hush"));
    }
}
