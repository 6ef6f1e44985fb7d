//! The page that the browser shows at the end of the loopback flow.
//!
//! It comes whole in one answer and loads nothing: no script, no font, no picture. Whatever came from
//! outside is escaped. Imports nothing of ours.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{HeaderName, HeaderValue};
use hyper::{Response, StatusCode};
use sha2::{Digest as _, Sha256};

const STYLE: &str = "body{font:1.1em/1.5 system-ui,sans-serif;max-width:34em;margin:15vh auto;\
                     padding:0 1em;color:#222;background:#fff}h1{font-size:1.5em}\
                     @media(prefers-color-scheme:dark){body{color:#ddd;background:#1b1b1b}}";

/// An answer for the browser.
#[derive(Debug, Clone)]
pub struct Page {
    /// The status.
    pub status: StatusCode,
    title: &'static str,
    text: String,
}

impl Page {
    /// It worked.
    pub fn authorized() -> Self {
        Self {
            status: StatusCode::OK,
            title: "Basecamp is connected",
            text: "The database has received the authorization. You can close this tab.".to_owned(),
        }
    }

    /// The server or the user said no.
    pub fn denied(why: &str) -> Self {
        Self {
            status: StatusCode::OK,
            title: "Basecamp was not connected",
            text: format!("{why} The database has been told. You can close this tab."),
        }
    }

    /// The request is not the one that is waited for.
    pub fn mistaken(why: &str) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            title: "Basecamp was not connected",
            text: format!("{why} The database is still waiting: open the address that it printed."),
        }
    }

    /// There is nothing at that address.
    pub fn missing() -> Self {
        Self {
            status: StatusCode::NOT_FOUND,
            title: "Nothing here",
            text: "This address only waits for an authorization.".to_owned(),
        }
    }

    fn html(&self) -> String {
        let (title, text) = (self.title, html_escape::encode_safe(&self.text));
        format!(
            "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title>\
             <style>{STYLE}</style></head>\n<body><main><h1>{title}</h1><p>{text}</p></main></body>\
             </html>\n"
        )
    }

    /// The page as an HTTP answer.
    pub fn response(&self) -> Response<Full<Bytes>> {
        let style = STANDARD.encode(Sha256::digest(STYLE));
        let policy = format!(
            "default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'; \
             frame-ancestors 'none'"
        );
        let mut response = Response::new(Full::new(Bytes::from(self.html())));
        *response.status_mut() = self.status;
        for (name, value) in [
            ("content-type", "text/html; charset=utf-8"),
            ("content-security-policy", &policy),
            // The address has the code in it: it is to be kept and passed on nowhere.
            ("cache-control", "no-store"),
            ("referrer-policy", "no-referrer"),
            ("x-content-type-options", "nosniff"),
            ("connection", "close"),
        ] {
            if let Ok(value) = HeaderValue::from_str(value) {
                let name = HeaderName::from_static(name);
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::Page;

    #[test]
    fn values_are_escaped() {
        let html = Page::denied("<script>alert('x')</script> & \"more\".").html();
        assert!(!html.contains("<script") && !html.contains("alert('x')"), "{html}");
        assert!(html.contains("&lt;script&gt;") && html.contains("&amp;"), "{html}");
    }

    #[test]
    fn nothing_is_loaded_from_elsewhere() {
        for page in [Page::authorized(), Page::missing(), Page::mistaken("x")] {
            let html = page.html();
            for loading in ["http:", "https:", "//", "src=", "href=", "url(", "<script"] {
                assert!(!html.contains(loading), "{loading} in {html}");
            }
        }
    }
}
