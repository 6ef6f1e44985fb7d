//! A text that a passphrase opens, to carry tokens from one machine to another.
//!
//! The key is argon2id of the passphrase; its parameters travel in front of the ciphertext and are
//! authenticated with it. They are bounded when a text is opened, so that a text from a stranger
//! cannot take the memory of the server.

use aes_gcm::aead::{Aead as _, Payload};
use argon2::{Algorithm, Argon2, Params, Version};
use secrecy::{ExposeSecret as _, SecretString};
use zeroize::Zeroizing;

use super::{KEY_LENGTH, Key, NONCE_LENGTH, random};
use crate::error::{Error, Kind, Result};

/// What the armour says that is inside.
const LABEL: &str = "BASECAMP OAUTH SETTINGS";
/// The layout of the bytes: version, memory, passes, salt, nonce, ciphertext.
const FORMAT: u8 = 1;
/// Bytes of salt, as RFC 9106 recommends.
const SALT_LENGTH: usize = 16;
/// Memory in KiB: 64 MiB, the second recommendation of RFC 9106.
const MEMORY: u32 = 65_536;
/// Passes over the memory: the second recommendation of RFC 9106.
const PASSES: u32 = 3;
/// The most memory and passes that a text may ask for: no export asks for more, and whoever makes one
/// that does wants to keep the server busy.
const MOST_MEMORY: u32 = MEMORY;
const MOST_PASSES: u32 = PASSES;
/// Lanes: the work is done by one thread.
const LANES: u32 = 1;
/// Shorter passphrases are refused: guessing costs nothing once the text is out.
const SHORTEST: usize = 8;
/// Bytes in front of the ciphertext.
const HEAD: usize = 1 + 4 + 4 + SALT_LENGTH + NONCE_LENGTH;

/// Seals a value under a passphrase, as a text that can be copied by hand.
///
/// # Errors
/// When the passphrase is shorter than 8 characters.
pub fn seal_with_passphrase(plain: &[u8], passphrase: &SecretString) -> Result<String> {
    if passphrase.expose_secret().chars().count() < SHORTEST {
        return Err(Error::new(
            Kind::Invalid,
            format!("the passphrase must have {SHORTEST} characters or more"),
        ));
    }
    let salt: [u8; SALT_LENGTH] = random()?;
    let nonce: [u8; NONCE_LENGTH] = random()?;
    let mut bytes = vec![FORMAT];
    bytes.extend(MEMORY.to_be_bytes());
    bytes.extend(PASSES.to_be_bytes());
    bytes.extend(salt);
    bytes.extend(nonce);
    let key = derive(passphrase, &salt, MEMORY, PASSES)?;
    let payload = Payload { msg: plain, aad: &bytes };
    let ciphertext = key
        .cipher()
        .encrypt(&nonce.into(), payload)
        .map_err(|_| Error::new(Kind::Configuration, "could not encrypt the value"))?;
    bytes.extend(ciphertext);
    Ok(pem::encode(&pem::Pem::new(LABEL, bytes)))
}

/// Opens a text that [`seal_with_passphrase`] made.
///
/// # Errors
/// When it is not such a text, was changed, or the passphrase is another.
pub fn open_with_passphrase(text: &str, passphrase: &SecretString) -> Result<Zeroizing<Vec<u8>>> {
    let parsed = pem::parse(text.trim()).map_err(|_| unreadable("it is not whole"))?;
    if parsed.tag() != LABEL {
        return Err(unreadable("it is something else"));
    }
    let bytes = parsed.contents();
    let (head, ciphertext) =
        bytes.split_at_checked(HEAD).ok_or_else(|| unreadable("it is too short"))?;
    if head[0] != FORMAT {
        return Err(unreadable("it is from a newer version of basecamp_fdw"));
    }
    let number = |place: usize| {
        let four = head[place..place + 4].try_into();
        four.map_or(0, u32::from_be_bytes)
    };
    let (memory, passes) = (number(1), number(5));
    if memory > MOST_MEMORY || passes > MOST_PASSES {
        return Err(unreadable("it asks for too much memory or time"));
    }
    let (salt, nonce) = head[9..].split_at(SALT_LENGTH);
    let key = derive(passphrase, salt, memory, passes)?;
    let nonce = <[u8; NONCE_LENGTH]>::try_from(nonce).map_err(|_| unreadable("it is too short"))?;
    let payload = Payload { msg: ciphertext, aad: head };
    let opened = key.cipher().decrypt(&nonce.into(), payload);
    opened.map(Zeroizing::new).map_err(|_| {
        Error::new(
            Kind::Invalid,
            "the passphrase is not the right one, or the exported settings were changed",
        )
    })
}

fn derive(passphrase: &SecretString, salt: &[u8], memory: u32, passes: u32) -> Result<Key> {
    let refused = |_| unreadable("its parameters make no sense");
    let parameters = Params::new(memory, passes, LANES, Some(KEY_LENGTH)).map_err(refused)?;
    let mut key = Zeroizing::new([0; KEY_LENGTH]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters)
        .hash_password_into(passphrase.expose_secret().as_bytes(), salt, &mut *key)
        .map_err(refused)?;
    Key::from_bytes(&*key)
}

fn unreadable(why: &str) -> Error {
    Error::new(
        Kind::Invalid,
        format!("the exported settings cannot be read: {why}"),
    )
    .hint("Copy the whole text that basecamp.export_oauth_settings gave, first and last line included.")
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;

    use super::{FORMAT, LABEL, open_with_passphrase, seal_with_passphrase};
    use crate::error::Kind;

    fn phrase(text: &str) -> SecretString {
        text.to_owned().into()
    }

    #[test]
    fn an_exported_text_opens_with_its_passphrase_alone() {
        let right = phrase("correct horse");
        let text = seal_with_passphrase(b"tokens", &right).expect("sealed");
        assert!(text.starts_with(&format!("-----BEGIN {LABEL}-----")), "{text}");
        assert_eq!(*open_with_passphrase(&text, &right).expect("opens"), b"tokens");
        let pasted = format!("\n  {}\n\n", text.replace('\n', "\r\n"));
        assert!(open_with_passphrase(&pasted, &right).is_ok(), "{pasted}");
        let error = open_with_passphrase(&text, &phrase("correct house")).expect_err("wrong");
        assert_eq!(error.kind(), Kind::Invalid);
        assert!(!error.message().contains("house"), "{error}");
        assert_ne!(text, seal_with_passphrase(b"tokens", &right).expect("again"));
    }

    #[test]
    fn a_text_that_was_changed_or_cut_does_not_open() {
        let right = phrase("correct horse");
        let text = seal_with_passphrase(b"tokens", &right).expect("sealed");
        let sealed = pem::parse(&text).expect("armoured").into_contents();
        // A bit of every part but the parameters, which are tried below.
        for place in [9, 25, 37, sealed.len() - 1] {
            let mut changed = sealed.clone();
            changed[place] ^= 1;
            let text = pem::encode(&pem::Pem::new(LABEL, changed));
            assert!(open_with_passphrase(&text, &right).is_err(), "byte {place}");
        }
        for text in ["", "tokens", &text[..60], &text.replace("OAUTH", "OTHER")] {
            let error = open_with_passphrase(text, &right).expect_err("not whole");
            assert!(error.message().contains("cannot be read"), "{error}");
        }
        let short = pem::encode(&pem::Pem::new(LABEL, vec![FORMAT; 20]));
        assert!(open_with_passphrase(&short, &right).is_err());
    }

    #[test]
    fn a_text_cannot_ask_for_all_the_memory() {
        let right = phrase("correct horse");
        let text = seal_with_passphrase(b"tokens", &right).expect("sealed");
        let sealed = pem::parse(&text).expect("armoured").into_contents();
        for (place, byte) in [(1, 0xff), (5, 0xff), (2, 0), (8, 0)] {
            let mut changed = sealed.clone();
            changed[place] = byte;
            let text = pem::encode(&pem::Pem::new(LABEL, changed));
            let error = open_with_passphrase(&text, &right).expect_err("bounded");
            assert!(error.message().contains("cannot be read"), "{error}");
        }
    }

    #[test]
    fn a_short_passphrase_is_refused() {
        let error = seal_with_passphrase(b"tokens", &phrase("seven77")).expect_err("short");
        assert!(error.message().contains("8 characters"), "{error}");
    }
}
