//! OAuth against the simulator's Launchpad over HTTP, and against a scripted server where a rule is
//! about timing or about an answer that no sound server gives.
//!
//! Tests are named after the rules of `client-behaviour.md` that they hold the code to.

#[path = "oauth/bad.rs"]
mod bad;
#[path = "oauth/device.rs"]
mod device;
#[path = "oauth/discovery.rs"]
mod discovery;
#[path = "oauth/files.rs"]
mod files;
#[path = "oauth/grants.rs"]
mod grants;
#[path = "oauth/loopback.rs"]
mod loopback;
#[path = "api/server.rs"]
#[expect(dead_code, reason = "the tests of the API use all of it")]
mod server;
#[path = "oauth/source.rs"]
mod source;
#[path = "oauth/support.rs"]
mod support;
