//! What `pg_stat_activity` says that a session waits for.

use std::cell::Cell;
use std::ffi::CStr;

use super::compat;

/// What a wait of ours is for.
#[derive(Debug, Clone, Copy)]
pub enum WaitEvent {
    /// An answer, of Basecamp's or of an authorization server's.
    Request,
    /// A turn to ask: the rate limit, or a pause that Basecamp asked for.
    RateLimit,
    /// Another process, which renews or keeps tokens.
    Token,
}

thread_local! {
    /// PostgreSQL's numbers of them; 0: not asked for yet.
    static NUMBERS: [Cell<u32>; 3] = const { [const { Cell::new(0) }; 3] };
}

impl WaitEvent {
    const fn name(self) -> &'static CStr {
        match self {
            Self::Request => c"BasecampRequest",
            Self::RateLimit => c"BasecampRateLimit",
            Self::Token => c"BasecampToken",
        }
    }

    /// The number that PostgreSQL knows it by.
    pub fn number(self) -> u32 {
        NUMBERS.with(|numbers| {
            let known = &numbers[self as usize];
            if known.get() == 0 {
                known.set(compat::wait_event(self.name()));
            }
            known.get()
        })
    }
}
