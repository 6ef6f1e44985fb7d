//! The server as a program: prints where it listens and runs until it is told to stop.

use std::io::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use authority::{Authority, Config};
use tokio::signal::unix::{SignalKind, signal};

const USAGE: &str = "usage: authority [--port N] [--account N] [--client NAME] [--secret SECRET]
                 [--redirect-uri URI]... [--lifetime SECONDS] [--discovery]
PUT /admin/rules, POST and GET /admin/grants, GET /admin/issues, GET /admin/requests,
POST /admin/expire, POST /admin/approve and DELETE /admin/grants/N steer it.";

fn main() -> ExitCode {
    let (config, describes) = match parse(std::env::args().skip(1)) {
        Ok(parsed) => parsed,
        Err(message) => return fail(&format!("{message}\n{USAGE}")),
    };
    let authority = match Authority::start(config) {
        Ok(authority) => authority,
        Err(error) => return fail(&format!("authority: {error}")),
    };
    if describes {
        let url = authority.url();
        authority.set(|config| config.issuers = Some(vec![url]));
    }
    let _ = writeln!(std::io::stdout(), "listening on {}", authority.url());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let Ok(runtime) = runtime else {
        return fail("authority: cannot wait for signals");
    };
    runtime.block_on(async {
        let Ok(mut terminate) = signal(SignalKind::terminate()) else {
            return;
        };
        tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
    });
    ExitCode::SUCCESS
}

fn fail(message: &str) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "{message}");
    ExitCode::FAILURE
}

fn parse(arguments: impl Iterator<Item = String>) -> Result<(Config, bool), String> {
    let (mut config, mut describes) = (Config::default(), false);
    let mut arguments = arguments;
    while let Some(name) = arguments.next() {
        if name == "--discovery" {
            describes = true;
            continue;
        }
        let value = arguments.next().ok_or_else(|| format!("{name} needs a value"))?;
        let number = || value.parse::<u64>().map_err(|_| format!("{name}: {value} is not valid"));
        match name.as_str() {
            "--port" => config.port = value.parse().map_err(|_| "the port is not valid")?,
            "--account" => config.account = number()?,
            "--client" => config.client_id = value,
            "--secret" => config.client_secret = value,
            "--redirect-uri" => config.redirect_uris.push(value),
            "--lifetime" => config.lifetime = Duration::from_secs(number()?),
            _ => return Err(format!("unknown argument {name}")),
        }
    }
    Ok((config, describes))
}
