//! OAuth: how a user lets this extension act for them, and how the tokens stay fresh.
//!
//! The web flow is [`authorization_url`], then [`exchange`] of what the browser came back with; the
//! [`loopback`] listener takes the browser's answer on this machine. The [`device`] flow needs no
//! browser here. [`refresh()`] renews tokens; [`identity()`] says who they belong to. Where tokens rest is
//! the business of others, except for the sealed file of [`settings`]; the HTTP client asks a
//! [`TokenSource`]. The numbered rules in comments and tests are those of `client-behaviour.md`. May
//! import `address`, `error`, `refusal`, `seal` and `transport`.

mod answer;
mod app;
pub mod device;
pub mod discovery;
mod flow;
mod grant;
mod guard;
mod http;
mod identity;
pub mod loopback;
mod page;
mod plain;
mod refresh;
pub mod settings;
mod source;
mod tokens;
mod verifier;

pub use app::{App, Dialect, Endpoints};
pub use flow::{Pending, authorization_url, exchange};
pub use http::Http;
pub use identity::{Account, Identity, identity, with_end_as_text};
pub use refresh::refresh;
pub use source::{Boxed, Held, TokenSource};
pub use tokens::{REFRESH_MARGIN, Stored, Tokens};
pub use verifier::{Code, read_verifier};
