//! Sealing: what rests on a disk is unreadable without the key, and useless in another place.
//!
//! AES-256-GCM with a fresh random nonce for each sealing. The associated data say whose a sealed
//! value is, so that a row or a file that was moved to somebody else does not open. (Not "vault":
//! Basecamp has Vaults.) May import `error`.

pub mod key_file;
mod passphrase;
pub mod private;

use std::fmt;

use aes_gcm::aead::{Aead as _, Generate as _, Payload};
use aes_gcm::{Aes256Gcm, KeyInit as _};
use hmac::{Hmac, Mac as _};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

pub use passphrase::{open_with_passphrase, seal_with_passphrase};

use crate::error::{Error, Kind, Result};

/// Bytes of a key: AES-256.
const KEY_LENGTH: usize = 32;
/// Bytes of a nonce, as GCM is specified for.
const NONCE_LENGTH: usize = 12;
/// Bytes of a key's hash that name it: enough to tell keys apart, useless to find one.
const ID_LENGTH: usize = 8;

/// A key. Its memory is wiped when it is dropped, and it prints as its id.
#[derive(Clone)]
pub struct Key(Zeroizing<[u8; KEY_LENGTH]>);

impl Key {
    /// Makes a random key.
    pub fn generate() -> Self {
        let generated = aes_gcm::Key::<Aes256Gcm>::generate();
        Self(Zeroizing::new(generated.into()))
    }

    /// Takes the bytes of a key.
    ///
    /// # Errors
    /// When there are not exactly 32.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let exact = <[u8; KEY_LENGTH]>::try_from(bytes).map_err(|_| {
            Error::new(Kind::Configuration, "an encryption key has 32 bytes")
                .detail(format!("This one has {}.", bytes.len()))
        })?;
        Ok(Self(Zeroizing::new(exact)))
    }

    /// The bytes of the key, to store it.
    pub fn expose(&self) -> &[u8; KEY_LENGTH] {
        &self.0
    }

    /// Names the key without telling it: the start of its SHA-256.
    pub fn id(&self) -> String {
        hex(&Sha256::digest(*self.0)[..ID_LENGTH])
    }

    /// A keyed hash, to compare secrets without storing them. Nobody without the key can try
    /// candidates against it.
    pub fn fingerprint(&self, bytes: &[u8]) -> String {
        // The label keeps a fingerprint from being a MAC for anything else.
        let mac = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(&*self.0)
            .map(|mac| mac.chain_update(b"basecamp_fdw fingerprint\0").chain_update(bytes));
        mac.map_or_else(|_| String::new(), |mac| hex(&mac.finalize().into_bytes()))
    }

    fn cipher(&self) -> Aes256Gcm {
        Aes256Gcm::new(&(*self.0).into())
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", self.id())
    }
}

/// A sealed value, as it may be stored where others read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// The key that opens it: [`Key::id`].
    pub key_id: String,
    /// The nonce, used once.
    pub nonce: Vec<u8>,
    /// The value and its authentication tag.
    pub ciphertext: Vec<u8>,
}

/// Seals a value. `associated` is not stored: whoever opens it must say the same.
///
/// # Errors
/// When the system has no random numbers.
pub fn seal(key: &Key, plain: &[u8], associated: &[u8]) -> Result<Sealed> {
    let nonce: [u8; NONCE_LENGTH] = random()?;
    let payload = Payload { msg: plain, aad: associated };
    let ciphertext = key
        .cipher()
        .encrypt(&nonce.into(), payload)
        .map_err(|_| Error::new(Kind::Configuration, "could not encrypt the value"))?;
    Ok(Sealed { key_id: key.id(), nonce: nonce.to_vec(), ciphertext })
}

/// Opens a sealed value.
///
/// # Errors
/// When it was sealed with another key, was changed, or belongs elsewhere.
pub fn open(key: &Key, sealed: &Sealed, associated: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
    if sealed.key_id != key.id() {
        return Err(Error::new(
            Kind::Configuration,
            "the value was encrypted with another key",
        )
        .detail(format!(
            "It needs the key {}; the key file holds {}.",
            printable(&sealed.key_id),
            key.id()
        ))
        .hint(
            "Put the key file back that was there when the value was stored, or authorize again.",
        ));
    }
    let nonce = <[u8; NONCE_LENGTH]>::try_from(&*sealed.nonce).map_err(|_| damaged())?;
    let payload = Payload { msg: &sealed.ciphertext, aad: associated };
    let opened = key.cipher().decrypt(&nonce.into(), payload);
    opened.map(Zeroizing::new).map_err(|_| damaged())
}

fn damaged() -> Error {
    Error::new(
        Kind::Configuration,
        "could not decrypt the value: it was changed, or belongs to another server or user",
    )
    .hint("Restore it from a backup, or authorize again.")
}

/// An id that came from a file or a row, short and without characters that could deceive.
fn printable(id: &str) -> String {
    let plain = id.chars().filter(char::is_ascii_alphanumeric);
    format!("\"{}\"", plain.take(2 * ID_LENGTH).collect::<String>())
}

fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| {
        Error::new(Kind::Configuration, "the system has no random numbers")
            .detail(format!("{error}."))
    })?;
    Ok(bytes)
}

fn hex(bytes: &[u8]) -> String {
    use fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::{Key, Sealed, open, seal};
    use crate::error::Kind;

    const PLAIN: &[u8] = b"the token of the house";
    const MINE: &[u8] = b"server 1, user 2";

    #[test]
    fn what_was_sealed_opens_again() {
        let key = Key::generate();
        for plain in [PLAIN, b"", &[0xff; 100_000]] {
            let sealed = seal(&key, plain, MINE).expect("seals");
            assert_eq!(*open(&key, &sealed, MINE).expect("opens"), plain);
        }
    }

    #[test]
    fn the_same_value_never_looks_the_same() {
        let key = Key::generate();
        let first = seal(&key, PLAIN, MINE).expect("seals");
        let second = seal(&key, PLAIN, MINE).expect("seals");
        assert_ne!(first.nonce, second.nonce);
        assert_ne!(first.ciphertext, second.ciphertext);
        let seen = |sealed: &Sealed| sealed.ciphertext.windows(5).any(|part| part == &PLAIN[..5]);
        assert!(!seen(&first));
    }

    #[test]
    fn another_key_is_named_in_the_error() {
        let (key, other) = (Key::generate(), Key::generate());
        let sealed = seal(&key, PLAIN, MINE).expect("seals");
        let error = open(&other, &sealed, MINE).expect_err("another key");
        assert_eq!(error.kind(), Kind::Configuration);
        let detail = error.detail_text().expect("a detail");
        assert!(detail.contains(&key.id()) && detail.contains(&other.id()));
        // Even with the id forged, it does not open.
        let forged = Sealed { key_id: other.id(), ..sealed };
        assert!(open(&other, &forged, MINE).is_err());
    }

    #[test]
    fn a_row_moved_to_another_user_does_not_open() {
        let key = Key::generate();
        let sealed = seal(&key, PLAIN, MINE).expect("seals");
        let error = open(&key, &sealed, b"server 1, user 3").expect_err("moved");
        assert!(error.message().contains("belongs to another"), "{error}");
    }

    #[test]
    fn every_changed_bit_and_every_shorter_text_is_noticed() {
        let key = Key::generate();
        let sealed = seal(&key, PLAIN, MINE).expect("seals");
        for place in 0..sealed.ciphertext.len() {
            let mut changed = sealed.clone();
            changed.ciphertext[place] ^= 1;
            assert!(open(&key, &changed, MINE).is_err(), "byte {place}");
            changed.ciphertext.truncate(place);
            assert!(open(&key, &changed, MINE).is_err(), "{place} bytes");
        }
        for length in [0, 11, 13] {
            let mut changed = sealed.clone();
            changed.nonce.resize(length, 0);
            assert!(open(&key, &changed, MINE).is_err(), "nonce of {length}");
        }
    }

    #[test]
    fn a_key_prints_its_id_and_nothing_else() {
        let key = Key::from_bytes(&[7; 32]).expect("32 bytes");
        let printed = format!("{key:?}");
        assert_eq!(printed, format!("Key({})", key.id()));
        assert_eq!(key.id().len(), 16);
        assert!(!printed.contains("0707"));
        assert!(Key::from_bytes(&[7; 31]).is_err());
    }

    #[test]
    fn fingerprints_tell_secrets_apart_and_depend_on_the_key() {
        let (key, other) = (Key::generate(), Key::generate());
        assert_eq!(key.fingerprint(b"a"), key.fingerprint(b"a"));
        assert_ne!(key.fingerprint(b"a"), key.fingerprint(b"b"));
        assert_ne!(key.fingerprint(b"a"), other.fingerprint(b"a"));
        assert_eq!(key.fingerprint(b"a").len(), 64);
    }
}
