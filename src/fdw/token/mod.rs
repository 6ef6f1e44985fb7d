//! Tokens at rest, and those who work on them: the stores of [`crate::oauth::keeper`].
//!
//! A session reads, decides and waits. Whatever is presented to the authorization server is presented
//! by a background [`worker`], for the table and for a settings file alike, on a standby too. What it
//! brings is written to a file before anything else happens: the settings file itself, or a
//! [`rescue`] file, which the table's row then makes superfluous.
//!
//! # Whose a row is
//!
//! A row of `basecamp.oauth_tokens` is found by the name of its server and by its role. The role's
//! column is of type `regrole`: an oid in this cluster, which a renamed role keeps and no other role
//! gets, and a name in a dump, which becomes the oid of the role of that name where it is restored.
//! What is sealed says once more whose it is, with names and oids and the cluster that the oids are of
//! ([`crate::oauth::Owner`]); so a row that is moved by hand opens for nobody. A row that was restored,
//! or whose role or server got another name, is sealed anew at its next use.

pub mod authorize;
mod bench;
mod finish;
pub mod journal;
mod keyring;
mod lock;
mod log;
pub mod login;
mod process;
pub mod rename;
mod rescue;
pub mod rotation;
mod segment;
mod store;
mod table;
mod worker;

pub use keyring::has_key;
