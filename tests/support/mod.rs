//! The extension's client, of a simulated account.

use std::sync::Arc;

use basecamp_fdw::api::{Bearer, Client};
use basecamp_fdw::catalog::Version;
use basecamp_fdw::option::Settings;
use simulator::Simulator;

/// A client of a simulator's account without a rate limit, with a token.
pub fn client(simulator: &Simulator, version: Version, token: &str) -> Client {
    let options = [
        ("accountid", simulator.account().to_string()),
        ("url", simulator.url()),
        ("oauthurl", simulator.url()),
        ("ratelimit", "0".to_owned()),
        ("schema", version.name().to_owned()),
    ];
    let options = Settings::new(options.map(|(name, value)| (name.to_owned(), value)));
    let config = options.expect("valid options").client(None).expect("valid options");
    Client::new(config, Arc::new(Bearer(token.to_owned().into()))).expect("a client")
}
