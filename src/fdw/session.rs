//! What a backend keeps between statements: clients by server and user.
//!
//! A client is used again while the options that made it are the same. They are read from the
//! catalogs' caches for every scan, so a change is seen by the next statement. Stored tokens are read
//! for every scan too, so that what another session renewed is used.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::rc::{self, Rc};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use pgrx::pg_sys;
use secrecy::SecretString;
use url::Url;

use super::bell::Errands;
use super::connection::{Connection, Marks};
use super::token::login;
use super::{options, setting, shared};
use crate::api::{Basic, Client, Credentials, Memory, OAuth, Pool};
use crate::error::{Error, Kind, Result};
use crate::oauth::{Boxed, TokenSource, Tokens};
use crate::option::{Initiate, Scheme};
use crate::rows::{Known, Ledger, Sizes};

/// A server, as one local user sees it.
type Whose = (pg_sys::Oid, pg_sys::Oid);

/// Clients that a session keeps: each has connections and answers of its own.
const KEPT: usize = 16;
/// How long a client is kept that nobody uses.
const IDLE: Duration = Duration::from_secs(600);

struct Connected {
    connection: Connection,
    marks: Marks,
    client: Client,
    /// None with a password.
    source: Option<Arc<Source>>,
}

thread_local! {
    static CONNECTIONS: RefCell<Pool<Whose, Connected>> = RefCell::new(Pool::new(KEPT, IDLE));
    static MEMORY: Memory = Memory::default();
    static QUERIES: RefCell<HashMap<(usize, pg_sys::Oid, pg_sys::Oid), Weak<Share>>> =
        RefCell::default();
    static LEDGERS: RefCell<HashMap<usize, rc::Weak<RefCell<Ledger>>>> = RefCell::default();
    static WARNED: Cell<bool> = const { Cell::new(false) };
    static TOLD: RefCell<HashSet<pg_sys::Oid>> = RefCell::default();
}

/// The client of a server for a user, with tokens that are good now: the one at hand, or a new one if
/// an option changed.
///
/// # Errors
/// When the user has no mapping or no token, or an option cannot be used.
pub fn client(server: pg_sys::Oid, user: pg_sys::Oid) -> Result<Client> {
    let connection = Connection::open(server, user)?;
    MEMORY.with(|memory| memory.set_limit(setting::memory_limit()));
    let known = CONNECTIONS.with_borrow_mut(|all| {
        let found = all.get(&(server, user), Instant::now());
        let found = found.filter(|found| found.connection == connection)?;
        Some((found.client.clone(), found.source.clone()))
    });
    if let Some((client, source)) = known {
        client.keep_at_most(setting::cache_size());
        if let Some(source) = source {
            source.hold(login::ready(&connection)?.tokens);
        }
        return Ok(client);
    }
    let connected = connect(connection, user)?;
    let client = connected.client.clone();
    client.keep_at_most(setting::cache_size());
    CONNECTIONS.with_borrow_mut(|all| all.put((server, user), connected, Instant::now()));
    Ok(client)
}

fn connect(connection: Connection, user: pg_sys::Oid) -> Result<Connected> {
    let (source, credentials): (_, Arc<dyn Credentials>) = match connection.options.scheme()? {
        Scheme::Basic { user } => {
            let Some(password) = connection.options.password() else {
                let message = "option \"password\" is required with authscheme Basic";
                return Err(
                    Error::new(Kind::OptionMissing, message).hint("Set it in the user mapping.")
                );
            };
            (None, Arc::new(Basic { user, password }))
        }
        Scheme::OAuth => {
            let tokens = login::ready(&connection)?.tokens;
            let source = Arc::new(Source {
                connection: connection.clone(),
                tokens: Mutex::new(tokens),
                errands: Errands::of_backend(),
            });
            let shared: Arc<dyn TokenSource> = Arc::clone(&source) as _;
            (Some(source), Arc::new(OAuth(shared)))
        }
    };
    let config = connection.options.client(connection.ca_pem()?)?;
    let mut turnstile = shared::turnstile(connection.server_oid, connection.mapping);
    turnstile.reader = shared::reader(&connection, user);
    let client = Client::sharing(config, credentials, turnstile)?;
    let client = MEMORY.with(|memory| client.within(memory));
    let marks = connection.marks();
    Ok(Connected { connection, marks, client, source })
}

/// The clients that there are.
pub fn clients() -> Vec<Marks> {
    CONNECTIONS.with_borrow(|all| all.entries().map(|(_, connected)| connected.marks).collect())
}

/// Drops clients with everything that they keep: connections, answers, tokens. Scans that run keep
/// theirs.
pub fn drop_clients(gone: impl Fn(Marks) -> bool) {
    CONNECTIONS.with(|all| {
        // Borrowed only by code that calls nothing of PostgreSQL's, from where this is called.
        if let Ok(mut all) = all.try_borrow_mut() {
            all.retain(|connected| !gone(connected.marks));
        }
    });
}

/// The tokens of a connection, for requests that run on other threads.
struct Source {
    connection: Connection,
    tokens: Mutex<Tokens>,
    errands: Errands,
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Source").field(&self.connection).finish()
    }
}

impl Source {
    fn hold(&self, tokens: Tokens) {
        *self.tokens() = tokens;
    }

    fn tokens(&self) -> MutexGuard<'_, Tokens> {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn held(&self) -> SecretString {
        self.tokens().access.clone()
    }
}

impl TokenSource for Source {
    fn present(&self) -> Boxed<'_, Result<SecretString>> {
        Box::pin(async { Ok(self.held()) })
    }

    /// The backend's own thread looks for another token: locks, tables and workers are PostgreSQL's.
    fn refused(&self, refused: &SecretString) -> Boxed<'_, Result<bool>> {
        let refused = refused.clone();
        Box::pin(async move {
            if !login::same(&self.held(), &refused) {
                return Ok(true);
            }
            let connection = self.connection.clone();
            let errand = move || login::renew(&connection, &refused);
            let renewed = self.errands.ask(errand).await??;
            let renewed = renewed.map(|stored| self.hold(stored.tokens));
            Ok(renewed.is_some())
        })
    }

    fn advice(&self) -> Option<String> {
        let unused = self.connection.options.initiate() == Initiate::Off;
        (unused && self.tokens().refresh.is_some()).then(|| {
            "The access token may have expired: set option initiateoauth to REFRESH, so that the \
             refresh token beside it is used."
                .to_owned()
        })
    }

    fn issuer(&self) -> Option<Url> {
        let tokens = self.tokens();
        Some(tokens.endpoints.as_ref()?.identity.clone())
    }
}

/// Forgets every answer that this session keeps, and those that sessions keep together for its roles.
pub fn forget_answers() {
    shared::forget();
    CONNECTIONS.with_borrow(|all| {
        all.entries().for_each(|(_, kept)| kept.client.forget_answers());
    });
}

/// The sizes of listings that a user has seen of a server, or another with the same mapping.
pub fn sizes(server: pg_sys::Oid, user: pg_sys::Oid) -> Sizes {
    // Plans are made for users without a mapping too.
    let mapping = options::mapping_for(user, server).map(|(mapping, _)| mapping.to_u32());
    Sizes::of(shared::turnstile(server.to_u32(), mapping.unwrap_or_default()))
}

/// A scan's part in what the scans of its query share. Only scans hold it, never the tasks that they
/// start: those may outlive the query for a moment, and the address of its executor state may by then
/// be another query's.
pub struct Share(Arc<Known>);

impl Share {
    /// What is shared, for a task.
    pub fn known(&self) -> Arc<Known> {
        Arc::clone(&self.0)
    }
}

/// What the scans of one query share. `query`: the address of its executor state, which tells running
/// queries apart; when its scans have ended, what they shared is forgotten.
pub fn share(query: usize, server: pg_sys::Oid, user: pg_sys::Oid) -> Arc<Share> {
    QUERIES.with(|all| {
        let mut all = all.borrow_mut();
        all.retain(|_, share| share.strong_count() > 0);
        let key = (query, server, user);
        if let Some(share) = all.get(&key).and_then(Weak::upgrade) {
            return share;
        }
        let share = Arc::new(Share(Arc::new(Known::new(sizes(server, user)))));
        all.insert(key, Arc::downgrade(&share));
        share
    })
}

/// What a query has written through one server, for all its tables.
pub type SharedLedger = Rc<RefCell<Ledger>>;

/// What one query has written; forgotten with the tables that it writes to. `query`: the address of its
/// executor state.
pub fn ledger(query: usize) -> SharedLedger {
    LEDGERS.with_borrow_mut(|all| {
        all.retain(|_, ledger| ledger.strong_count() > 0);
        if let Some(ledger) = all.get(&query).and_then(rc::Weak::upgrade) {
            return ledger;
        }
        let ledger = SharedLedger::default();
        all.insert(query, Rc::downgrade(&ledger));
        ledger
    })
}

/// Whether this is the first time that the session is told that writes are immediate.
pub fn first_write() -> bool {
    !WARNED.replace(true)
}

/// Whether this is the first time that the session hears something about a server.
pub fn first_time(server: pg_sys::Oid) -> bool {
    TOLD.with(|told| told.borrow_mut().insert(server))
}
