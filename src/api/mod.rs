//! The HTTP client: one account of Basecamp, spoken to politely.
//!
//! Knows no table and no SQL. What it promises: every request is authenticated, named and bounded
//! in time and size; failures are retried only where that is safe; no window of time sees more
//! requests than allowed; a listing is read page after page in order, several at a time once the
//! consumer wants more than the first. Names of tests have the number of the rule that they hold the
//! client to. May import `oauth` and `error`.

mod activity;
mod ahead;
mod allowance;
mod answer;
mod attempt;
mod base;
mod board;
mod budget;
mod cache;
mod client;
mod config;
mod credentials;
mod download;
mod failure;
mod flight;
mod forecast;
mod http;
mod keep;
mod link;
mod mark;
mod memory;
mod meter;
mod page;
mod pages;
mod pool;
mod queue;
mod rate;
mod request;
mod retry;
mod shelf;
mod sizes;
mod succession;
mod trail;
mod writes;

pub use activity::{Progress, Scan};
pub use answer::Answer;
pub use base::Base;
pub use board::{Board, Common};
pub use client::Client;
pub use config::{Config, Paging};
pub use credentials::{Basic, Bearer, Boxed, Credentials, OAuth};
pub use forecast::in_words;
pub use mark::Reader;
pub use memory::{Hold, Memory};
pub use meter::{Meter, Reading, Steps};
pub use page::{Page, check_records};
pub use pages::Pages;
pub use pool::Pool;
pub use queue::Queue;
pub use rate::{Clock, Rate, Turnstile};
pub use request::Body;
pub use reqwest::Method;
pub use retry::Repeat;
pub use shelf::Shelf;
