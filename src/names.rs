//! Host names to addresses, as the system resolves them, each looked up once however many ask.
//!
//! The C library's lookup blocks a thread, and nothing can end it: with a resolver that does not
//! answer, each request that gave up would leave one more thread behind, until no name can be looked
//! up. So all who ask for a name wait for one lookup, whoever began it, and leave it to itself when
//! their time is up. May import nothing.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// What came of a lookup; none: the runtime that did it ended first.
type Outcome = Option<Result<Vec<SocketAddr>, Arc<io::Error>>>;
type Lookup = Shared<BoxFuture<'static, Outcome>>;

/// The lookups of this process that nobody has an answer to yet.
static UNDER_WAY: Mutex<BTreeMap<String, Lookup>> = Mutex::new(BTreeMap::new());

/// The system's resolver, with a bound to how long anybody waits for it.
#[derive(Debug, Clone, Copy)]
pub struct SystemNames {
    /// How long one who asks waits.
    pub patience: Duration,
}

impl Resolve for SystemNames {
    fn resolve(&self, name: Name) -> Resolving {
        let patience = self.patience;
        Box::pin(async move {
            let found = addresses(name.as_str(), patience).await?;
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// The addresses of a name, with port 0.
///
/// # Errors
/// When it has none, or the resolver does not answer in time.
async fn addresses(name: &str, patience: Duration) -> io::Result<Vec<SocketAddr>> {
    let found = tokio::time::timeout(patience, found(name)).await;
    let found = found.map_err(|_| {
        io::Error::other(format!("the name {name} was not resolved within {patience:?}"))
    })?;
    // One that is shared cannot be taken out of its Arc.
    found.map_err(|error| io::Error::new(error.kind(), error))
}

async fn found(name: &str) -> Result<Vec<SocketAddr>, Arc<io::Error>> {
    loop {
        let lookup = joined(name);
        if let Some(found) = lookup.clone().await {
            return found;
        }
        forget(name, &lookup);
    }
}

/// The lookup of a name that is under way, or a new one.
fn joined(name: &str) -> Lookup {
    let mut lookups = UNDER_WAY.lock().unwrap_or_else(PoisonError::into_inner);
    let lookup = lookups.entry(name.to_owned()).or_insert_with(|| begun(name.to_owned()));
    lookup.clone()
}

/// A lookup that goes on when nobody waits for it any more.
fn begun(name: String) -> Lookup {
    let task = tokio::spawn(async move {
        let found = tokio::net::lookup_host((name.as_str(), 0)).await;
        UNDER_WAY.lock().unwrap_or_else(PoisonError::into_inner).remove(&name);
        found.map(Iterator::collect).map_err(Arc::new)
    });
    task.map(Result::ok).boxed().shared()
}

fn forget(name: &str, lookup: &Lookup) {
    let mut lookups = UNDER_WAY.lock().unwrap_or_else(PoisonError::into_inner);
    if lookups.get(name).is_some_and(|kept| kept.ptr_eq(lookup)) {
        lookups.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn runtime() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
    }

    #[test]
    fn a_lookup_whose_runtime_ended_is_begun_anew_by_the_next_who_asks() {
        let first = runtime();
        // Begun and never run.
        let entered = first.enter();
        let lost = joined("localhost");
        drop(entered);
        first.shutdown_background();
        let found = runtime().block_on(addresses("localhost", SECOND)).expect("addresses");
        assert!(found.iter().all(|address| address.ip().is_loopback()), "{found:?}");
        assert!(matches!(lost.now_or_never(), Some(None)));
    }
}
