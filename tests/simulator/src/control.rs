//! Addresses of the simulator's own.

use std::net::SocketAddr;

use serde_json::{Value, json};

use crate::Request;
use crate::fault::Fault;
use crate::made::{Made, missing};
use crate::payload;
use crate::script::{self, Script};
use crate::server::{State, locked};

/// Addresses of the simulator's own, for tests in other processes.
pub fn control(
    state: &State,
    address: SocketAddr,
    path: &str,
    query: &str,
    body: &[u8],
) -> Option<Made> {
    match path.strip_prefix("/_simulator/")?.split_once('/').unwrap_or_else(|| (&path[12..], "")) {
        ("faults", _) => {
            *locked(&state.faults) = query.split(',').filter_map(Fault::parse).collect();
            Some(Made::new(200, &json!({})))
        }
        ("requests", _) => {
            let requests = locked(&state.requests);
            Some(Made::new(200, &requests.iter().map(told).collect()))
        }
        ("script", _) if body.is_empty() => {
            let progress = locked(&state.script).progress();
            Some(Made::new(
                200,
                &json!({"pending": progress.pending, "done": progress.done, "failed": progress.failed}),
            ))
        }
        ("script", _) => Some(scripted(state, body)),
        ("undocumented", _) => Some(Made::new(200, &json!(state.v2.undocumented()))),
        ("dump2", table) => {
            let origin = format!("http://{address}");
            Some(Made::new(200, &Value::Array(state.v2.dump(&origin, table))))
        }
        ("dump", table) => {
            let base = format!("http://{address}/{}", state.config.account);
            let dump = payload::dump(&state.world(), &base, table);
            Some(dump.map_or_else(missing, |rows| Made::new(200, &Value::Array(rows))))
        }
        _ => Some(missing()),
    }
}

/// A request as it is told; with its body if it had one.
fn told(request: &Request) -> Value {
    let mut told = json!({"method": request.method, "path": request.path, "query": request.query, "status": request.status});
    if !request.body.is_empty() {
        told["body"] = json!(request.body);
    }
    told
}

/// Takes a script; one step without `steps` around it takes place at once.
fn scripted(state: &State, body: &[u8]) -> Made {
    let sent: Value = serde_json::from_slice(body).unwrap_or_default();
    let done = if sent.get("steps").is_some() {
        script::parse(&sent).map(|steps| {
            *locked(&state.script) = Script::new(steps);
            json!({})
        })
    } else {
        let edit = script::parse_edit(&sent);
        edit.and_then(|edit| edit.apply(&mut state.changing())).map(|id| json!({"id": id}))
    };
    match done {
        Ok(body) => Made::new(200, &body),
        Err(error) => Made::new(400, &json!({"error": error})),
    }
}
