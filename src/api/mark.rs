//! Keys and digests of answers that sessions share. May import nothing of ours.
//!
//! A key has the Authorization header in it, and with a password that is a secret which can be guessed.
//! It is hashed with a secret of the cluster's, so that who gets hold of a key alone cannot try guesses.

use std::sync::atomic::{AtomicU64, Ordering};

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

/// A secret in words of shared memory, made by whoever needs it first.
#[derive(Debug, Clone, Copy)]
pub struct Secret<'a>(pub &'a [AtomicU64]);

/// A key: whose answer, and to what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark([u64; 4]);

/// What a key and an answer hash to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Digest([u64; 4]);

/// Whom an answer is for: a role, and how it is connected.
#[derive(Debug, Clone, Copy)]
pub struct Reader {
    /// The role's number, not that of whom it shares a user mapping with.
    pub(super) role: u64,
    /// Of the server, the mapping and their options: an answer from before they changed is not for
    /// who comes after.
    pub(super) connection: [u8; 32],
}

impl Reader {
    /// A role by its number, and everything that makes its connection.
    pub fn new(role: u64, connection: &[u8]) -> Self {
        Self { role, connection: Sha256::digest(connection).into() }
    }
}

impl Secret<'_> {
    /// Words that it takes.
    pub const WORDS: usize = 4;

    /// The key of some parts, which nobody can mistake for others: each has its length in front.
    pub fn mark(&self, parts: &[&[u8]]) -> Option<Mark> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.bytes()?).ok()?;
        for part in parts {
            mac.update(&(part.len() as u64).to_le_bytes());
            mac.update(part);
        }
        Some(Mark(words(&mac.finalize().into_bytes())))
    }

    fn bytes(&self) -> Option<Vec<u8>> {
        let words = self.0.iter().map(settled);
        words.map(|word| word.map(u64::to_le_bytes)).collect::<Option<Vec<_>>>().map(|w| w.concat())
    }
}

/// A word of the secret: random if it is still 0, and the same for all.
fn settled(word: &AtomicU64) -> Option<u64> {
    let present = word.load(Ordering::Acquire);
    if present != 0 {
        return Some(present);
    }
    let random = getrandom::u64().ok()?.max(1);
    let settled = word.compare_exchange(0, random, Ordering::AcqRel, Ordering::Acquire);
    Some(settled.map_or_else(|earlier| earlier, |_| random))
}

impl Mark {
    /// As it lies in memory.
    pub const fn words(&self) -> [u64; 4] {
        self.0
    }

    /// By which it is looked for.
    pub const fn number(&self) -> u64 {
        self.0[0]
    }

    /// By which most others are told apart at once.
    pub const fn tag(&self) -> u64 {
        self.0[1] >> 48
    }

    /// The digest of an answer under this key, in one piece or in several.
    pub fn digest(&self, sizes: u64, content: &[&[u8]]) -> Digest {
        let mut hasher = hashing(self.0.into_iter().chain([sizes]));
        content.iter().for_each(|part| hasher.update(part));
        Digest(words(&hasher.finalize()))
    }
}

impl Digest {
    /// The same from its words.
    pub const fn of(words: [u64; 4]) -> Self {
        Self(words)
    }

    /// As it lies in memory.
    pub const fn words(&self) -> [u64; 4] {
        self.0
    }

    /// Tells whether words belong together, and to this answer.
    pub fn seal(&self, of: [u64; 3]) -> u64 {
        words(&hashing(self.0.into_iter().chain(of)).finalize())[0]
    }
}

fn hashing(words: impl Iterator<Item = u64>) -> Sha256 {
    words.fold(Sha256::new(), |hasher, word| hasher.chain_update(word.to_le_bytes()))
}

/// A hash as words.
fn words(hash: &[u8]) -> [u64; 4] {
    let mut words = [0; 4];
    for (word, bytes) in words.iter_mut().zip(hash.chunks(size_of::<u64>())) {
        *word = bytes.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
    }
    words
}
