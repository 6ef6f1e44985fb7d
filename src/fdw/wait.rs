//! The one place that blocks: the backend sleeps on its latch while worker threads fetch and decode.
//!
//! The workers write one byte into a socket pair after each message; the backend waits for that, for
//! its latch and for the postmaster's death. So a cancel, a statement timeout or a terminate acts at
//! once, wherever the request hangs. Worker threads block every signal and never call PostgreSQL.

use std::cell::RefCell;
use std::io::{Read as _, Write as _};
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd as _, RawFd};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use pgrx::pg_sys;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

use crate::error::{Error, Kind, Result};
use crate::rows::{Batch, Rows};

/// Threads that fetch and decode. Two keep a connection and a decoder busy; more would not help one
/// backend and cost every backend.
const WORKERS: usize = 2;
/// Threads for name lookups, which block.
const BLOCKING: usize = 4;
/// How long a backend that ends waits for a name lookup that hangs.
const LINGER: Duration = Duration::from_millis(200);

thread_local! {
    static RUNTIME: RefCell<Option<Runtime>> = const { RefCell::new(None) };
}

/// Blocks every signal in this thread; PostgreSQL's handlers belong to its own.
fn block_signals() -> libc::sigset_t {
    let (mut all, mut old) = (MaybeUninit::uninit(), MaybeUninit::uninit());
    // SAFETY: sigfillset and pthread_sigmask write the sets that they are given.
    unsafe {
        libc::sigfillset(all.as_mut_ptr());
        libc::pthread_sigmask(libc::SIG_SETMASK, all.as_ptr(), old.as_mut_ptr());
        old.assume_init()
    }
}

/// Runs at the end of the backend, before shared memory is detached.
#[pgrx::pg_guard]
unsafe extern "C-unwind" fn shut_down(_code: i32, _argument: pg_sys::Datum) {
    if let Some(runtime) = RUNTIME.with(|runtime| runtime.borrow_mut().take()) {
        runtime.shutdown_timeout(LINGER);
    }
}

/// The backend's runtime, made on first use: threads must not exist before the fork.
fn handle() -> Result<tokio::runtime::Handle> {
    RUNTIME.with(|slot| {
        let mut slot = slot.borrow_mut();
        if let Some(runtime) = slot.as_ref() {
            return Ok(runtime.handle().clone());
        }
        // New threads inherit the mask.
        let old = block_signals();
        let built = Builder::new_multi_thread()
            .worker_threads(WORKERS)
            .max_blocking_threads(BLOCKING)
            .thread_name("basecamp_fdw")
            .on_thread_start(|| {
                block_signals();
            })
            .enable_all()
            .build();
        // SAFETY: restores the mask that was just read from this thread.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &raw const old, std::ptr::null_mut()) };
        let runtime = built.map_err(|error| {
            Error::new(Kind::Configuration, "could not start worker threads")
                .detail(error.to_string())
        })?;
        let handle = runtime.handle().clone();
        *slot = Some(runtime);
        // SAFETY: registers a callback of the right type, once per backend.
        unsafe { pg_sys::on_proc_exit(Some(shut_down), pg_sys::Datum::null()) };
        Ok(handle)
    })
}

/// What a worker says.
type Message = Result<Option<Batch>>;

/// Rows that are being fetched by a task. Dropping it ends the task and its requests.
#[derive(Debug)]
pub struct Fetch {
    demand: mpsc::UnboundedSender<()>,
    messages: mpsc::UnboundedReceiver<Message>,
    bell: UnixStream,
    task: AbortHandle,
    asked: usize,
    received: usize,
}

impl Drop for Fetch {
    fn drop(&mut self) {
        // Also runs inside a transaction's abort: nothing of PostgreSQL's may be called here.
        self.task.abort();
    }
}

/// The worker's half. Fields drop in order: the channel first, and the closing of the socket then
/// wakes the backend, even after a panic.
struct Out {
    messages: mpsc::UnboundedSender<Message>,
    bell: UnixStream,
}

impl Out {
    fn send(&self, message: Message) {
        if self.messages.send(message).is_ok() {
            // A full buffer means that the backend has been woken already.
            let _ = (&self.bell).write(&[1]);
        }
    }
}

impl Fetch {
    /// Starts a task that reads rows as they are asked for.
    ///
    /// # Errors
    /// When the backend can have no threads or sockets.
    pub fn start(mut rows: Rows) -> Result<Self> {
        let (demand, mut demanded) = mpsc::unbounded_channel();
        let (sender, messages) = mpsc::unbounded_channel();
        let (bell, ringer) = sockets().map_err(|error| {
            Error::new(Kind::Configuration, "could not make a socket pair")
                .detail(error.to_string())
        })?;
        let out = Out {
            messages: sender,
            bell: ringer,
        };
        let task = handle()?.spawn(async move {
            while demanded.recv().await.is_some() {
                out.send(rows.next().await);
            }
        });
        Ok(Self {
            demand,
            messages,
            bell,
            task: task.abort_handle(),
            asked: 0,
            received: 0,
        })
    }

    /// The next batch; `None` at the end. Waits, and is interrupted like every wait of PostgreSQL's.
    ///
    /// # Errors
    /// Whatever the scan met.
    pub fn next(&mut self) -> Result<Option<Batch>> {
        self.ask_up_to(self.received + 1);
        loop {
            self.drain();
            match self.messages.try_recv() {
                Ok(message) => {
                    self.received += 1;
                    // The consumer came back for more than one page: fetch on while it works.
                    if self.received > 1 && matches!(message, Ok(Some(_))) {
                        self.ask_up_to(self.received + 1);
                    }
                    return message;
                }
                Err(mpsc::error::TryRecvError::Empty) => sleep(self.bell.as_raw_fd()),
                Err(mpsc::error::TryRecvError::Disconnected) => {
                    let message = "the task that reads from Basecamp ended without a result";
                    return Err(Error::new(Kind::ConnectionLost, message));
                }
            }
        }
    }

    fn ask_up_to(&mut self, count: usize) {
        while self.asked < count {
            self.asked += 1;
            // Fails only after the task ended, which the next receive reports.
            let _ = self.demand.send(());
        }
    }

    /// Empties the bell; before looking for messages, so that none is slept through.
    fn drain(&self) {
        let mut rung = [0; 64];
        while matches!((&self.bell).read(&mut rung), Ok(count) if count == rung.len()) {}
    }
}

fn sockets() -> std::io::Result<(UnixStream, UnixStream)> {
    let (ours, theirs) = UnixStream::pair()?;
    ours.set_nonblocking(true)?;
    theirs.set_nonblocking(true)?;
    Ok((ours, theirs))
}

/// Sleeps until the socket has something, the latch is set or the postmaster is gone.
fn sleep(socket: RawFd) {
    let events = pg_sys::WL_LATCH_SET | pg_sys::WL_SOCKET_READABLE | pg_sys::WL_EXIT_ON_PM_DEATH;
    // SAFETY: MyLatch is this process's own, and this runs on its only PostgreSQL thread.
    unsafe {
        let woken = pg_sys::WaitLatchOrSocket(
            pg_sys::MyLatch,
            events as i32,
            socket,
            -1,
            pg_sys::PG_WAIT_EXTENSION,
        );
        if woken & pg_sys::WL_LATCH_SET as i32 != 0 {
            pg_sys::ResetLatch(pg_sys::MyLatch);
        }
    }
    pgrx::check_for_interrupts!();
}
