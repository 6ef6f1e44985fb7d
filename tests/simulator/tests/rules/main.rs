//! The rules that the simulator enforces, asked over a plain socket.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod accounts;
mod common;
mod dumps;
mod oddities;
mod options;
mod pages;
mod scripts;
mod todos;
mod writes;
