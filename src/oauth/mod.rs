//! OAuth: how a user lets this extension act for them, and how the tokens stay fresh.
//!
//! The web flow is [`authorization_url`], then [`exchange`] of what the browser came back with; the
//! [`loopback`] listener takes the browser's answer on this machine. The [`device`] flow needs no
//! browser here. [`refresh()`] renews tokens; [`identity()`] says who they belong to. [`keeper`] says
//! which tokens win, when they are due and what a refusal means, wherever they rest; the HTTP client
//! asks a [`TokenSource`]. May import `address`, `error`, `refusal`, `seal` and `transport`.

mod answer;
mod app;
pub mod device;
pub mod discovery;
mod flow;
mod grant;
mod guard;
mod http;
mod identity;
pub mod keeper;
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
pub use grant::AGAIN;
pub use http::Http;
pub use identity::{Account, Identity, identity, with_end_as_text};
pub use refresh::refresh;
pub use source::{Boxed, TokenSource};
pub use tokens::{Owner, REFRESH_MARGIN, Stored, Tokens, now};
pub use verifier::{Code, read_verifier};
