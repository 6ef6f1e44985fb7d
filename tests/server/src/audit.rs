//! What the tests of the audit begin with: a strict authorization server and a connection to it.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use authority::{Authority, Config, Issue};

use crate::{Cluster, Session};

/// A query that needs a token, and what it gives.
pub const ASK: &str = "SELECT count(*) FROM bc.people";
/// How many people the API of the authorization server has.
pub const PEOPLE: &str = "3";
/// Renews whatever rests.
pub const RENEW: &str = "SELECT * FROM basecamp.refresh_oauth_access_token('bc')";
/// Options of a mapping that renews.
pub const RENEWS: &str = ", initiateoauth 'REFRESH'";

/// An authorization server.
pub fn authority() -> Authority {
    Authority::start(Config::default()).expect("a port")
}

/// A database on a cluster with server `bc`, and stored tokens.
pub fn connected(
    cluster: &Cluster,
    authority: &Authority,
    server: &str,
    mapping: &str,
) -> (Session, Issue) {
    let mut session = cluster.database();
    session.audited(authority, server, mapping);
    let issue = store(&mut session, authority);
    (session, issue)
}

/// Stores the tokens of a new grant for the session's user.
pub fn store(session: &mut Session, authority: &Authority) -> Issue {
    let issue = authority.grant();
    let (access, refresh) = (&issue.access, &issue.refresh);
    session.rows(&format!("SELECT basecamp.set_oauth_tokens('bc', '{access}', '{refresh}')"));
    issue
}

/// Whether what rests is the newest that was issued: it can be renewed, and the grant lives on.
///
/// # Panics
/// When it is not.
pub fn assert_kept(session: &mut Session, authority: &Authority, grant: usize, when: &str) {
    authority.set_rules([]);
    let before = authority.issued(grant).len();
    let renewed = session.client.simple_query(RENEW);
    let end = authority.grant_of(grant).end;
    assert!(renewed.is_ok() && end.is_none(), "{when}: {end:?}, {renewed:?}");
    assert_eq!(authority.issued(grant).len(), before + 1, "{when}");
    authority.expire();
    assert_eq!(session.value(ASK), PEOPLE, "{when}");
}

/// A port that was free a moment ago.
pub fn free_port() -> u16 {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    taken.local_addr().expect("bound").port()
}

/// Waits for something, looking again and again.
///
/// # Panics
/// When it does not come within half a minute.
pub fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "waited for {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The address that a session was told to open.
pub fn address(heard: &Arc<Mutex<Vec<String>>>) -> String {
    until("an address", || {
        let heard = heard.lock().ok()?;
        let words = heard.iter().flat_map(|notice| notice.split_whitespace());
        words.filter(|word| word.starts_with("http")).map(str::to_owned).next()
    })
}
