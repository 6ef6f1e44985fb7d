//! The HTTP client against a scripted server: what is sent, how often, when, and what comes of it.
//!
//! Tests are named after the rules of `client-behaviour.md` that they hold the client to.

#[path = "api/answers.rs"]
mod answers;
#[path = "api/download.rs"]
mod download;
#[path = "api/kept.rs"]
mod kept;
#[path = "api/pages.rs"]
mod pages;
#[path = "api/requests.rs"]
mod requests;
#[path = "api/retries.rs"]
mod retries;
#[path = "api/server.rs"]
mod server;
#[path = "api/shared.rs"]
mod shared;
#[path = "api/tls.rs"]
mod tls;
