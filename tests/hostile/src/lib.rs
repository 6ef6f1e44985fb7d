//! A server that takes the simulator's answers and spoils them, and the table of what must come of it.
//!
//! It stands in front of a simulator and hands on what is asked. One fault at a time is switched on by
//! its name, or answers are changed at random from a seed. `matrix.txt` says for each fault and each
//! question what the outcome must be: the same rows, or an SQLSTATE.

mod answer;
mod faults;
mod matrix;
mod mutation;
mod server;
mod spoil;

pub use answer::{Answer, Asked, Delivery};
pub use faults::{FAULTS, Fault};
pub use matrix::{Matrix, OPEN, OTHER, SAME};
pub use server::Server;
