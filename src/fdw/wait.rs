//! The one place that blocks: the backend sleeps on its latch while worker threads fetch and decode.
//!
//! The workers ring a bell after each message, and a cancel, a statement timeout or a terminate acts at
//! once, wherever the request hangs. Worker threads block every signal and never call PostgreSQL.

use std::cell::RefCell;
use std::mem::MaybeUninit;
use std::os::fd::RawFd;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use pgrx::pg_sys;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{mpsc, oneshot};
use tokio::task::AbortHandle;

use super::bell::{Bell, Errands, ring};
use super::wait_event::WaitEvent;
use crate::api::Queue;
use crate::error::{Error, Kind, Result};
use crate::rows::{Batch, Rows};

/// Threads that fetch and decode. Two keep a connection and a decoder busy; more would not help one
/// backend and cost every backend.
const WORKERS: usize = 2;
/// Threads for name lookups, which block: so many names may hang before another one has to wait.
const BLOCKING: usize = 16;
/// How long a backend that ends waits for a name lookup that hangs.
const LINGER: Duration = Duration::from_millis(200);
/// How often a backend that waits in an Append is woken to look for a cancel: minor releases of old,
/// such as 16.2, leave its latch out of that wait.
const TICK: Duration = Duration::from_millis(100);

thread_local! {
    static RUNTIME: RefCell<Option<Runtime>> = const { RefCell::new(None) };
    static QUEUE: Arc<Queue> = Arc::new(Errands::of_backend().queue());
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

/// A runtime for a background worker, whose own thread does all the work; threads that look names up
/// block every signal.
///
/// # Errors
/// When there is none to be had.
pub fn runtime_of_worker() -> Result<Runtime> {
    let built = Builder::new_current_thread()
        .max_blocking_threads(BLOCKING)
        .on_thread_start(|| {
            block_signals();
        })
        .enable_all()
        .build();
    built.map_err(|error| {
        Error::new(Kind::Configuration, "could not start worker threads").detail(error.to_string())
    })
}

/// Ends a task with what waits for it.
#[derive(Debug)]
struct Task(AbortHandle);

impl Drop for Task {
    fn drop(&mut self) {
        // Also runs inside a transaction's abort: nothing of PostgreSQL's that can fail may be called here.
        self.0.abort();
    }
}

/// Who waits for a task, and so who looks for a cancel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waiter {
    /// This module.
    Ours,
    /// An Append of PostgreSQL's, which must be woken for that.
    Append,
}

impl Waiter {
    /// Runs a future, waking the backend meanwhile where it needs that.
    async fn during<T>(self, future: impl Future<Output = T>, ringer: &UnixStream) -> T {
        if self == Self::Ours {
            return future.await;
        }
        let mut future = std::pin::pin!(future);
        loop {
            match tokio::time::timeout(TICK, future.as_mut()).await {
                Ok(value) => return value,
                Err(_) => ring(ringer),
            }
        }
    }
}

/// A future that runs on the worker threads. Dropping it ends it.
#[derive(Debug)]
pub struct Job<T> {
    answered: oneshot::Receiver<T>,
    bell: Bell,
    _task: Task,
}

impl<T: Send + 'static> Job<T> {
    /// Starts it.
    ///
    /// # Errors
    /// When the backend can have no threads or sockets.
    pub fn start(future: impl Future<Output = T> + Send + 'static, waiter: Waiter) -> Result<Self> {
        let (answer, answered) = oneshot::channel();
        let (bell, ringer) = Bell::new()?;
        let task = handle()?.spawn(async move {
            let value = waiter.during(future, &ringer).await;
            if answer.send(value).is_ok() {
                ring(&ringer);
            }
        });
        Ok(Self { answered, bell, _task: Task(task.abort_handle()) })
    }

    /// What came of it, if it is over.
    ///
    /// # Errors
    /// When the future panicked.
    pub fn poll(&mut self) -> Result<Poll<T>> {
        self.bell.attend();
        match self.answered.try_recv() {
            Ok(value) => Ok(Poll::Ready(value)),
            Err(oneshot::error::TryRecvError::Empty) => Ok(Poll::Pending),
            Err(oneshot::error::TryRecvError::Closed) => Err(ended()),
        }
    }

    /// What comes of it. Waits, and is interrupted like every wait of PostgreSQL's.
    ///
    /// # Errors
    /// As [`Self::poll`].
    pub fn wait(&mut self) -> Result<T> {
        loop {
            if let Poll::Ready(value) = self.poll()? {
                return Ok(value);
            }
            self.bell.sleep(None, request());
        }
    }

    /// The same, with a look at something from time to time meanwhile.
    ///
    /// # Errors
    /// As [`Self::poll`].
    pub fn wait_looking(&mut self, every: Duration, look: &mut dyn FnMut()) -> Result<T> {
        loop {
            if let Poll::Ready(value) = self.poll()? {
                return Ok(value);
            }
            self.bell.sleep(Some(every), request());
            look();
        }
    }

    /// Readable when there may be something to [`Self::poll`] for.
    pub fn descriptor(&self) -> RawFd {
        self.bell.descriptor()
    }
}

/// Runs a future on the worker threads and waits for it, interrupted like every wait of PostgreSQL's.
///
/// # Errors
/// When the backend can have no threads or sockets, or the future panicked.
pub fn run<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> Result<T> {
    Job::start(future, Waiter::Ours)?.wait()
}

/// Where the requests of this backend wait.
pub fn queue() -> Arc<Queue> {
    QUEUE.with(Arc::clone)
}

/// What the backend waits for while a task talks to Basecamp.
fn request() -> WaitEvent {
    if QUEUE.with(|queue| queue.is_held()) { WaitEvent::RateLimit } else { WaitEvent::Request }
}

/// Sleeps for a while in which another process does something about tokens, interrupted like every wait
/// of PostgreSQL's.
///
/// # Errors
/// When the backend can have no sockets.
pub fn pause(time: Duration) -> Result<()> {
    let (bell, _ringer) = Bell::new()?;
    bell.attend();
    bell.sleep(Some(time), WaitEvent::Token);
    Ok(())
}

fn ended() -> Error {
    let message = "the task that talks to Basecamp ended without a result";
    Error::new(Kind::ConnectionLost, message)
}

/// What a worker says.
type Message = Result<Option<Batch>>;

/// Rows that are being fetched by a task. Dropping it ends the task and its requests.
#[derive(Debug)]
pub struct Fetch {
    demand: mpsc::UnboundedSender<()>,
    messages: mpsc::UnboundedReceiver<Message>,
    bell: Bell,
    _task: Task,
    asked: usize,
    received: usize,
}

/// The worker's half. Fields drop in order: the channel first, and the closing of the socket then
/// wakes the backend, even after a panic.
struct Out {
    messages: mpsc::UnboundedSender<Message>,
    ringer: Arc<UnixStream>,
}

impl Out {
    fn send(&self, message: Message) {
        if self.messages.send(message).is_ok() {
            ring(&self.ringer);
        }
    }
}

impl Fetch {
    /// Starts a task that reads rows as they are asked for.
    ///
    /// # Errors
    /// When the backend can have no threads or sockets.
    pub fn start(mut rows: Rows, waiter: Waiter) -> Result<Self> {
        let (demand, mut demanded) = mpsc::unbounded_channel();
        let (sender, messages) = mpsc::unbounded_channel();
        let (bell, ringer) = Bell::new()?;
        let out = Out { messages: sender, ringer };
        let task = handle()?.spawn(async move {
            while demanded.recv().await.is_some() {
                let message = waiter.during(rows.next(), &out.ringer).await;
                out.send(message);
            }
        });
        Ok(Self { demand, messages, bell, _task: Task(task.abort_handle()), asked: 0, received: 0 })
    }

    /// Has the next batch asked for, without waiting for it.
    pub fn ask(&mut self) {
        self.ask_up_to(self.received + 1);
    }

    /// The next batch, if it has come; `None` at the end. Has it asked for otherwise.
    ///
    /// # Errors
    /// Whatever the scan met.
    pub fn poll(&mut self) -> Result<Poll<Option<Batch>>> {
        self.ask();
        self.bell.attend();
        match self.messages.try_recv() {
            Ok(message) => {
                self.received += 1;
                // The consumer came back for more than one page: fetch on while it works.
                if self.received > 1 && matches!(message, Ok(Some(_))) {
                    self.ask_up_to(self.received + 1);
                }
                message.map(Poll::Ready)
            }
            Err(mpsc::error::TryRecvError::Empty) => Ok(Poll::Pending),
            Err(mpsc::error::TryRecvError::Disconnected) => Err(ended()),
        }
    }

    /// The next batch; `None` at the end. Waits, with a look at something from time to time, and is
    /// interrupted like every wait of PostgreSQL's.
    ///
    /// # Errors
    /// As [`Self::poll`].
    pub fn wait_looking(
        &mut self,
        every: Duration,
        look: &mut dyn FnMut(),
    ) -> Result<Option<Batch>> {
        loop {
            if let Poll::Ready(batch) = self.poll()? {
                return Ok(batch);
            }
            self.bell.sleep(Some(every), request());
            look();
        }
    }

    /// Readable when there may be something to [`Self::poll`] for.
    pub fn descriptor(&self) -> RawFd {
        self.bell.descriptor()
    }

    fn ask_up_to(&mut self, count: usize) {
        while self.asked < count {
            self.asked += 1;
            // Fails only after the task ended, which the next receive reports.
            let _ = self.demand.send(());
        }
    }
}
