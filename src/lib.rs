//! Basecamp in SQL: a PostgreSQL foreign data wrapper for Basecamp 2, 3, 4 and 5.
//!
//! # The map
//!
//! ```text
//! functions ──> fdw ──> rows ──> plan ──> catalog ──> value
//!                │        └────> api ──> oauth, value     oauth ──> seal   error: imported by all
//!                └────> option ──> api, catalog, plan     api, oauth ──> address, refusal, transport
//! ```
//!
//! `catalog` says what exists: tables, their columns, where rows come from and what can be written, as
//! literals. `plan` decides what to ask: conditions and wanted columns become a tree of steps with its
//! price. `api` speaks HTTP and knows no table. `oauth` gets tokens and renews them; `seal` encrypts
//! what rests on a disk. `address` says where credentials may go, `transport` sets the HTTP library up,
//! `names` resolves the hosts for it and `refusal` reads what a server says when it refuses, for both. `rows` is the joint: a plan and a client become a stream of rows. `option` is what may
//! be configured, `text` makes rich text readable and `reference` puts the catalogue into words. `fdw`
//! is the fence: everything that touches PostgreSQL's own structures; `functions` are what people call
//! in SQL. Both are compiled only with the feature `postgres`, and then everything else is private, so
//! that the compiler names what only tests would use. The rest is safe Rust and tests without any
//! PostgreSQL: `cargo test --no-default-features`.
//!
//! # One SELECT
//!
//! ```text
//! SELECT content FROM bc.todos WHERE todolist_id = 7 AND NOT completed LIMIT 20
//! ```
//!
//! `fdw::scan` reads each clause once (`todolist_id` is fixed to 7; the condition on `completed` holds
//! for `false` alone), `plan::choose` prices every source that gives the answer, and PostgreSQL's path
//! carries the cheapest plan as one text node. If PostgreSQL picks the path, that plan runs: the
//! executor starts a task on a worker thread that pulls `rows::Rows`, sleeps on its latch until a
//! batch has come, and stores one row after another. A second page is asked for only when the first is
//! used up. `docs/architecture.md` walks through it, file by file.
//!
//! # One UPDATE
//!
//! `fdw::modify` reads the named columns of the new row and what addresses the old one; `plan::change`
//! makes requests of them, as the operations of the catalogue say; `rows::Writer` reads what a body must
//! repeat, sends, and reads back what RETURNING wants. Nothing of it can be rolled back.
//!
//! # The words
//!
//! | word | is |
//! | --- | --- |
//! | account | one Basecamp account: what a foreign server points at |
//! | answer | what a request brought: a body with records in it |
//! | ask | the requests of one source |
//! | batch | rows that are handed to PostgreSQL together |
//! | binding | a column that a condition fixes to values |
//! | board | numbers that all sessions share |
//! | budget | the requests that may be sent in one window of time |
//! | cell | one wanted value of a row: a column of the foreign table |
//! | choice | which values of a domain conditions admit |
//! | domain | the few values of a column that listings are asked by |
//! | effect | whether a binding names what is meant, or only narrows it as a join does |
//! | fence | what options of a table fix and no condition widens |
//! | field | where in a record a value is |
//! | hole | a place in an address that a value fills |
//! | journal | what a statement has sent that changes something, request by request |
//! | keeper | what says which tokens win, when they are renewed and what is believed of a refusal |
//! | ledger | what a statement has written so far |
//! | listing | an address with many records, page after page |
//! | operation | one request that changes something |
//! | operand | where the values of a binding or a bound come from |
//! | parent | a record under which others are listed |
//! | plan | a tree of steps for one scan, with its price |
//! | queue | what the requests of one session wait for: their turn, or an answer |
//! | record | one JSON value of an answer, with what is known around it |
//! | resource | a kind of thing in the API, shown as a table |
//! | role | what a column means to planning: the id, the project, the status |
//! | scope | the part of the account that a query without conditions reads |
//! | shelf | answers that all sessions keep together |
//! | single | the address of one record by its id |
//! | source | one endpoint that can produce rows of a table |
//! | step | one node of a plan |
//! | turnstile | where the requests of a client wait for their turn and are counted |
//! | verb | a request that no statement can say, which is a function |
//! | walk | asking a source once for each parent |
//! | witness | a column that tells whether a record changed |
//! | write | an operation on one row, with its address and its body |

#![cfg_attr(
    feature = "postgres",
    expect(
        unused_imports,
        reason = "names that tests of the pure half use stand beside the others"
    )
)]

/// Modules of the pure half: open to tests, private in what is shipped.
macro_rules! pure {
    ($($module:ident)*) => {$(
        #[cfg(feature = "postgres")]
        mod $module;
        #[cfg(not(feature = "postgres"))]
        pub mod $module;
    )*};
}

pure! {
    address api catalog error names oauth option plan reference refusal rows seal text transport value
}

#[cfg(feature = "postgres")]
mod fdw;
#[cfg(feature = "postgres")]
mod functions;

#[cfg(feature = "postgres")]
::pgrx::pg_module_magic!(name, version);

/// Runs when PostgreSQL loads the library.
#[cfg(feature = "postgres")]
#[pgrx::pg_guard]
pub extern "C-unwind" fn _PG_init() {
    fdw::init();
}
