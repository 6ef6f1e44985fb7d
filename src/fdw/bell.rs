//! What wakes a backend: bells that worker threads ring, and errands that they leave for its own thread.
//!
//! A worker writes one byte into a socket pair; the backend waits for that, for its latch and for the
//! postmaster's death. Worker threads never call PostgreSQL; what they need of it they ask as an errand,
//! which the backend runs whenever it waits for anything.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::io::{Read as _, Write as _};
use std::os::fd::{AsRawFd as _, RawFd};
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use pgrx::pg_sys;
use tokio::sync::{mpsc, oneshot};

use super::wait_event::WaitEvent;
use crate::api::Queue;
use crate::error::{Error, Kind, Result};

thread_local! {
    static DESK: RefCell<Option<Desk>> = const { RefCell::new(None) };
    static SERVING: Cell<bool> = const { Cell::new(false) };
}

/// Something to be done by the backend's own thread.
type Errand = Box<dyn FnOnce() + Send>;

/// Where errands arrive, and where they are left.
struct Desk {
    arrived: mpsc::UnboundedReceiver<Errand>,
    errands: Errands,
}

/// Lets worker threads have the backend's own thread do something, at its next wait.
#[derive(Clone)]
pub struct Errands {
    queue: mpsc::UnboundedSender<Errand>,
    /// Of everything that the backend may be waiting for.
    bells: Arc<Mutex<Vec<Weak<UnixStream>>>>,
}

impl fmt::Debug for Errands {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Errands")
    }
}

impl Errands {
    /// Those of this backend.
    pub fn of_backend() -> Self {
        DESK.with(|desk| {
            let mut desk = desk.borrow_mut();
            let desk = desk.get_or_insert_with(|| {
                let (queue, arrived) = mpsc::unbounded_channel();
                let bells = Arc::default();
                Desk { arrived, errands: Self { queue, bells } }
            });
            desk.errands.clone()
        })
    }

    /// Has something done, and waits for what comes of it.
    ///
    /// # Errors
    /// When the backend gave up what it was waiting for.
    pub async fn ask<T: Send + 'static>(
        &self,
        errand: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T> {
        let (answer, answered) = oneshot::channel();
        let errand: Errand = Box::new(move || {
            // Whoever asked may be gone, with the statement that needed it.
            if !answer.is_closed() {
                drop(answer.send(errand()));
            }
        });
        let over = || Error::new(Kind::ConnectionLost, "the statement ended");
        self.queue.send(errand).map_err(|_| over())?;
        self.wake();
        answered.await.map_err(|_| over())
    }

    /// Wakes the backend, whatever it waits for.
    fn wake(&self) {
        for bell in &*self.bells.lock().unwrap_or_else(PoisonError::into_inner) {
            if let Some(bell) = bell.upgrade() {
                ring(&bell);
            }
        }
    }

    /// Of the backend's requests: it is woken to say what it waits for now.
    pub fn queue(self) -> Queue {
        Queue::new(move || self.wake())
    }

    fn register(&self, bell: &Arc<UnixStream>) {
        let mut bells = self.bells.lock().unwrap_or_else(PoisonError::into_inner);
        bells.retain(|bell| bell.strong_count() > 0);
        bells.push(Arc::downgrade(bell));
    }
}

/// Runs the errands that arrived. One that waits itself is not interrupted by others.
fn serve() {
    struct Served;
    impl Drop for Served {
        fn drop(&mut self) {
            SERVING.set(false);
        }
    }
    if SERVING.replace(true) {
        return;
    }
    let _served = Served;
    let next = || DESK.with(|desk| desk.borrow_mut().as_mut()?.arrived.try_recv().ok());
    while let Some(errand) = next() {
        errand();
    }
}

/// Wakes the backend. A full buffer means that it has been woken already.
pub fn ring(bell: &UnixStream) {
    let mut bell = bell;
    let _ = bell.write(&[1]);
}

/// Descriptors that PostgreSQL counts among the process's own, so that it leaves room for them.
#[derive(Debug)]
struct Announced;

/// The two ends of a socket pair.
const ENDS: usize = 2;

impl Announced {
    fn new() -> Result<Self> {
        for taken in 0..ENDS {
            // SAFETY: counts, and looks at the limit.
            if !unsafe { pg_sys::AcquireExternalFD() } {
                Self::release(taken);
                let message = "too many scans are running in this session";
                return Err(Error::new(Kind::TooManyFiles, message)
                    .detail("Each has two file descriptors, and a third of what max_files_per_process allows may be taken.")
                    .hint("Raise max_files_per_process, or read fewer foreign tables at a time."));
            }
        }
        Ok(Self)
    }

    fn release(count: usize) {
        for _ in 0..count {
            // SAFETY: counts down what was counted up, and does nothing else.
            unsafe { pg_sys::ReleaseExternalFD() };
        }
    }
}

impl Drop for Announced {
    fn drop(&mut self) {
        Self::release(ENDS);
    }
}

/// The backend's end of what wakes it.
#[derive(Debug)]
pub struct Bell(UnixStream, Announced);

impl Bell {
    /// A bell, and what rings it: also by being dropped, even in a panic.
    ///
    /// # Errors
    /// When the backend can have no sockets.
    pub fn new() -> Result<(Self, Arc<UnixStream>)> {
        let announced = Announced::new()?;
        let made = UnixStream::pair().and_then(|(ours, theirs)| {
            ours.set_nonblocking(true)?;
            theirs.set_nonblocking(true)?;
            Ok((Self(ours, announced), Arc::new(theirs)))
        });
        let (bell, ringer) = made.map_err(|error| {
            Error::new(Kind::Configuration, "could not make a socket pair")
                .detail(error.to_string())
        })?;
        Errands::of_backend().register(&ringer);
        Ok((bell, ringer))
    }

    /// Runs errands; to be called before looking for messages, so that none is slept through.
    pub fn attend(&self) {
        let mut rung = [0; 64];
        while matches!((&self.0).read(&mut rung), Ok(count) if count == rung.len()) {}
        serve();
    }

    /// Readable when it has rung.
    pub fn descriptor(&self) -> RawFd {
        self.0.as_raw_fd()
    }

    /// Sleeps until it rings, the latch is set, the postmaster is gone or time is up.
    pub fn sleep(&self, most: Option<Duration>, event: WaitEvent) {
        let events = pg_sys::WL_LATCH_SET
            | pg_sys::WL_SOCKET_READABLE
            | pg_sys::WL_EXIT_ON_PM_DEATH
            | most.map_or(0, |_| pg_sys::WL_TIMEOUT);
        let most = most.map_or(-1, |most| most.as_millis().try_into().unwrap_or(-1));
        // SAFETY: MyLatch is this process's own, and this runs on its only PostgreSQL thread.
        unsafe {
            let woken = pg_sys::WaitLatchOrSocket(
                pg_sys::MyLatch,
                events as i32,
                self.0.as_raw_fd(),
                most,
                event.number(),
            );
            if woken & pg_sys::WL_LATCH_SET as i32 != 0 {
                pg_sys::ResetLatch(pg_sys::MyLatch);
            }
        }
        pgrx::check_for_interrupts!();
    }
}
