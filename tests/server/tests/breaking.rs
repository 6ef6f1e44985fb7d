//! What breaks in the middle of a scan, the network or the backend itself, ends the statement and no
//! more: the server stays up and the next query works.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsRawFd as _;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use server_tests::{Cluster, Session};
use simulator::{Config, Simulator};

/// What happens to the bytes of answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// The connection is closed in good order.
    Cut,
    /// They go on.
    Forwarded,
    /// The connection is reset.
    Reset,
    /// Nothing moves any more, and nobody says so.
    Stalled,
}

/// A line between the server and Basecamp that can be broken. It serves as a proxy: what those send
/// and get is the same, but that the address is whole.
struct Line {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

struct State {
    /// Bytes of answers that still pass.
    left: usize,
    /// What happens then.
    fate: Fate,
    /// Sockets that are kept open though nothing moves on them.
    held: Vec<TcpStream>,
}

impl Line {
    fn to(simulator: &Simulator) -> Self {
        let service = simulator.url().replace("http://", "");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("bound");
        let state = Arc::new(Mutex::new(State {
            left: usize::MAX,
            fate: Fate::Forwarded,
            held: Vec::new(),
        }));
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let Ok(server) = TcpStream::connect(&service) else {
                    continue;
                };
                let (from, to) = (client.try_clone(), server.try_clone());
                let (Ok(mut from), Ok(mut to)) = (from, to) else {
                    continue;
                };
                std::thread::spawn(move || {
                    let _ = std::io::copy(&mut from, &mut to);
                    let _ = to.shutdown(Shutdown::Write);
                });
                let state = Arc::clone(&shared);
                std::thread::spawn(move || answers(&state, server, client));
            }
        });
        Self { address, state }
    }

    /// Breaks the line after so many more bytes of answers, or mends it.
    fn set(&self, fate: Fate, after: usize) {
        let mut state = self.state.lock().expect("no panic");
        state.fate = fate;
        state.left = if fate == Fate::Forwarded { usize::MAX } else { after };
        state.held.clear();
    }
}

/// Passes answers on until the line breaks.
fn answers(state: &Mutex<State>, mut server: TcpStream, mut client: TcpStream) {
    let mut buffer = [0; 4096];
    while let Ok(count @ 1..) = server.read(&mut buffer) {
        let (passing, fate) = {
            let mut state = state.lock().expect("no panic");
            let passing = count.min(state.left);
            state.left -= passing;
            (passing, state.fate)
        };
        if client.write_all(&buffer[..passing]).is_err() {
            return;
        }
        if passing == count {
            continue;
        }
        match fate {
            Fate::Stalled => {
                let mut state = state.lock().expect("no panic");
                state.held.extend([server, client]);
                return;
            }
            Fate::Reset => reset(&client),
            Fate::Cut | Fate::Forwarded => {}
        }
        break;
    }
    let _ = client.shutdown(Shutdown::Both);
    let _ = server.shutdown(Shutdown::Both);
}

/// Has the socket reset its connection when it is closed.
fn reset(socket: &TcpStream) {
    let at_once = libc::linger { l_onoff: 1, l_linger: 0 };
    #[expect(unsafe_code, reason = "the standard library cannot set this option")]
    // SAFETY: an option of an open socket, with a value of the type and size that it has.
    unsafe {
        let value = (&raw const at_once).cast();
        let size = size_of::<libc::linger>() as libc::socklen_t;
        libc::setsockopt(socket.as_raw_fd(), libc::SOL_SOCKET, libc::SO_LINGER, value, size);
    }
}

/// The time that one request may take here.
const TIMEOUT: Duration = Duration::from_secs(2);
/// What a machine that is busy with other tests may add to it.
const BUSY: Duration = Duration::from_secs(4);

#[test]
fn a_line_that_breaks_in_a_scan_is_an_error_in_time_and_the_next_query_works() {
    let simulator = Simulator::start(Config { todos: 3000, ..Config::default() }).expect("a port");
    let line = Line::to(&simulator);
    let mut session = Session::on(
        &simulator,
        &format!(
            ", projectid 'all', ratelimit '0', maxattempts '1', timeout '{}'",
            TIMEOUT.as_secs()
        ),
    );
    session.run(&format!("ALTER SERVER bc OPTIONS (ADD proxy 'http://{}')", line.address));
    let all = "SELECT id, content FROM bc.todos ORDER BY id";
    let expected = session.rows(all);
    assert_eq!(expected.len(), 3000);
    let backend = session.backend();
    for fate in [Fate::Cut, Fate::Reset, Fate::Stalled] {
        // Between two answers, in the head of one, and in the middle of a body.
        for after in [0, 40, 5_000] {
            session.run("BEGIN; DECLARE c CURSOR FOR SELECT * FROM bc.todos");
            assert_eq!(session.rows("FETCH 20 FROM c").len(), 20);
            line.set(fate, after);
            let start = Instant::now();
            let refused = session.refusal("FETCH ALL FROM c");
            let took = start.elapsed();
            assert_eq!(refused.code, "08006", "{fate:?} after {after}: {refused:?}");
            assert!(took < TIMEOUT + BUSY, "{fate:?} after {after}: {took:?}");
            assert!(
                refused.message.contains("Basecamp") && !refused.hint.is_empty(),
                "{refused:?}"
            );
            session.run("ROLLBACK");
            line.set(Fate::Forwarded, 0);
            assert_eq!(session.rows(all), expected, "{fate:?} after {after}");
        }
    }
    assert_eq!(session.backend(), backend);
}

#[test]
fn a_line_that_breaks_once_is_not_noticed() {
    let simulator = Simulator::start(Config::default()).expect("a port");
    let line = Line::to(&simulator);
    let mut session = Session::on(&simulator, ", projectid 'all', ratelimit '0'");
    session.run(&format!("ALTER SERVER bc OPTIONS (ADD proxy 'http://{}')", line.address));
    let expected = session.rows("SELECT id FROM bc.todos ORDER BY id");
    // Requests that come to nothing are asked again a second later; by then the line is mended.
    line.set(Fate::Cut, 5_000);
    let mended = Arc::clone(&line.state);
    let mending = std::thread::spawn(move || {
        loop {
            let mut state = mended.lock().expect("no panic");
            if state.left == 0 {
                (state.left, state.fate) = (usize::MAX, Fate::Forwarded);
                return;
            }
            drop(state);
            std::thread::yield_now();
        }
    });
    // A session that finds no answers kept, so that there is something to break.
    let mut other = session.second();
    other.run("SELECT basecamp.clear_cache()");
    assert_eq!(other.rows("SELECT id FROM bc.todos ORDER BY id"), expected);
    mending.join().expect("it broke, and was mended");
}

#[test]
fn a_backend_that_is_killed_in_a_scan_leaves_a_server_that_restarts() {
    let simulator = Simulator::start(Config::default()).expect("a port");
    let cluster = Cluster::start(&[]);
    let mut session = cluster.database();
    let token = format!("oauthaccesstoken '{}'", simulator.token());
    session.connected(&simulator, ", projectid 'all', timeout '60'", &token);
    let expected = session.rows("SELECT id FROM bc.todos ORDER BY id");
    let mut other = session.second();
    let (backend, database) = (session.backend(), session.database.clone());
    simulator.clear_requests();
    simulator.set_faults(&["hang"]);
    let waiting =
        std::thread::spawn(move || session.client.simple_query("SELECT * FROM bc.todos").is_err());
    while simulator.requests().is_empty() {
        std::thread::yield_now();
    }
    let killed = Command::new("kill").args(["-9", &backend.to_string()]).status();
    assert!(killed.expect("kill").success());
    assert!(waiting.join().expect("no panic"), "the killed session ends");
    // PostgreSQL ends every session then, and starts anew.
    while other.client.simple_query("SELECT 1").is_ok() {
        std::thread::yield_now();
    }
    cluster.await_connections();
    simulator.set_faults(&[]);
    let mut next = cluster.connect(&database, "postgres");
    assert_eq!(next.rows("SELECT id FROM bc.todos ORDER BY id"), expected);
    assert!(cluster.log().contains("was terminated by signal 9"), "{}", cluster.log());
}
