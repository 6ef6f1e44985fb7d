//! The simulator as a program: prints where it listens and runs until it is told to stop.

use std::io::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use simulator::{Config, FAULTS, Simulator};

const USAGE: &str =
    "usage: simulator [--seed N] [--account N] [--projects N] [--todolists N] [--todos N]
                 [--v2-projects N] [--v2-todos N] [--v2-documents N] [--v2-user NAME]
                 [--scale FACTOR] [--latency-ms N] [--rate N] [--port N] [--faults NAME,…]
                 [--oddities NAME,…] [--disabled-tools] [--archived] [--studio] [--today YYYY-MM-DD] [--forbidden] [--old-server]
                 [--oauth-client NAME] [--oauth-lifetime SECONDS] [--oauth-discovery]
The token is taken from SIMULATOR_TOKEN, the password of Basecamp 2 from SIMULATOR_PASSWORD, the
secret of the application from SIMULATOR_CLIENT_SECRET.";

fn main() -> ExitCode {
    let config = match parse(std::env::args().skip(1)) {
        Ok(config) => config,
        Err(message) => {
            let names: Vec<&str> = FAULTS.iter().map(|(name, _)| *name).collect();
            return fail(&format!("{message}\n{USAGE}\nfaults: {}", names.join(", ")));
        }
    };
    match Simulator::start(config) {
        Ok(simulator) => run(&simulator),
        Err(error) => fail(&format!("simulator: {error}")),
    }
}

fn fail(message: &str) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "{message}");
    ExitCode::FAILURE
}

fn run(simulator: &Simulator) -> ExitCode {
    let _ = writeln!(std::io::stdout(), "listening on {}", simulator.url());
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else {
        return fail("simulator: cannot wait for signals");
    };
    runtime.block_on(async {
        let Ok(mut terminate) =
            tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
        else {
            return;
        };
        tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
    });
    ExitCode::SUCCESS
}

fn parse(arguments: impl Iterator<Item = String>) -> Result<Config, String> {
    let mut config = Config::default();
    if let Ok(token) = std::env::var("SIMULATOR_TOKEN") {
        config.token = token;
    }
    if let Ok(secret) = std::env::var("SIMULATOR_CLIENT_SECRET") {
        config.oauth.client_secret = secret;
    }
    if let Ok(password) = std::env::var("SIMULATOR_PASSWORD") {
        config.v2_password = password;
    }
    let mut arguments = arguments;
    while let Some(name) = arguments.next() {
        let flag = match name.as_str() {
            "--disabled-tools" => Some(&mut config.disabled_tools),
            "--studio" => Some(&mut config.studio),
            "--archived" => Some(&mut config.archived),
            "--forbidden" => Some(&mut config.forbidden),
            "--old-server" => Some(&mut config.old_server),
            "--oauth-discovery" => Some(&mut config.oauth.discovery),
            _ => None,
        };
        if let Some(flag) = flag {
            *flag = true;
            continue;
        }
        let value = arguments.next().ok_or_else(|| format!("{name} needs a value"))?;
        let wrong = || format!("{name}: {value} is not valid");
        match name.as_str() {
            "--seed" => config.seed = value.parse().map_err(|_| wrong())?,
            "--account" => config.account = value.parse().map_err(|_| wrong())?,
            "--projects" => config.projects = value.parse().map_err(|_| wrong())?,
            "--todolists" => config.todolists = value.parse().map_err(|_| wrong())?,
            "--todos" => config.todos = value.parse().map_err(|_| wrong())?,
            "--v2-projects" => config.v2_projects = value.parse().map_err(|_| wrong())?,
            "--v2-todos" => config.v2_todos = value.parse().map_err(|_| wrong())?,
            "--v2-documents" => config.v2_documents = value.parse().map_err(|_| wrong())?,
            "--v2-user" => config.v2_user = value,
            "--scale" => {
                let factor: f64 = value.parse().map_err(|_| wrong())?;
                let scaled = |count: usize| (count as f64 * factor).ceil() as usize;
                config.projects = scaled(config.projects);
                config.todolists = scaled(config.todolists);
                config.todos = scaled(config.todos);
            }
            "--latency-ms" => {
                config.latency = Duration::from_millis(value.parse().map_err(|_| wrong())?)
            }
            "--rate" => config.rate = Some(value.parse().map_err(|_| wrong())?),
            "--port" => config.port = value.parse().map_err(|_| wrong())?,
            "--faults" => config.faults = value.split(',').map(str::to_owned).collect(),
            "--oddities" => {
                let known = value.split(',').all(|name| config.oddities.switch_on(name));
                known.then_some(()).ok_or_else(wrong)?;
            }
            "--today" => config.today = Some(value),
            "--oauth-client" => config.oauth.client_id = value,
            "--oauth-lifetime" => {
                config.oauth.lifetime = Duration::from_secs(value.parse().map_err(|_| wrong())?)
            }
            _ => return Err(format!("unknown argument {name}")),
        }
    }
    Ok(config)
}
