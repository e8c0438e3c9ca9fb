//! Signatures of URLs: HMAC-SHA256 over salt and path, truncated, in URL-safe base64.

use std::fmt;

use hmac::{Hmac, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use super::path::{cut_query, repair};
use super::{Error, Fault, base64url};

/// Bytes of a signature that is not truncated.
pub const FULL_SIZE: usize = 32;

/// A key and the salt that goes with it. Its debug text shows neither.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyPair {
    /// The key of the HMAC; not empty.
    pub key: Vec<u8>,
    /// What is hashed before the path; not empty.
    pub salt: Vec<u8>,
}

impl fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyPair(..)")
    }
}

/// Makes and checks signatures.
///
/// ```
/// use inkfish::request::{KeyPair, Signer};
///
/// let pair = KeyPair { key: b"secret".to_vec(), salt: b"hello".to_vec() };
/// let signer = Signer::try_new(&[pair], 32).unwrap();
/// assert_eq!(
///     signer.sign("/plain/http://example.com/images/curiosity.jpg"),
///     "tLvEboG5BrUsclTgTUEGnYHTECamEGJN0sAxY2br4Qw",
/// );
/// ```
#[derive(Clone)]
pub struct Signer {
    /// For each key pair the state in which its salt has been hashed; at least one.
    states: Vec<Hmac<Sha256>>,
    size: usize,
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signer(..)")
    }
}

impl Signer {
    /// A signer that signs with the first pair and accepts every pair; `size` is the length of a signature in
    /// bytes before base64, 1..=32.
    ///
    /// # Errors
    ///
    /// A fault for each of: no pair, a pair with an empty half, a size out of range.
    pub fn try_new(pairs: &[KeyPair], size: usize) -> Result<Self, Vec<Fault>> {
        let faults = faults(pairs, size);
        if !faults.is_empty() {
            return Err(faults);
        }
        Ok(Self {
            states: pairs.iter().map(keyed).collect(),
            size,
        })
    }

    /// The signature for a path, `/OPTIONS/SOURCE`; its leading slash may be left out.
    ///
    /// A query is not signed. The path is repaired first as that of a request would be, so that a request
    /// with this very path and this signature is accepted.
    pub fn sign(&self, path: &str) -> String {
        let path = repair(cut_query(path));
        let state = self.states.first().expect("a signer has a key");
        base64url::encode(&digest(state, &path)[..self.size])
    }

    /// Whether `signature` is one for `path`, which is repaired and without its leading slash.
    ///
    /// The time it takes depends on lengths and the number of keys alone.
    pub(super) fn accepts(&self, signature: &str, path: &str) -> bool {
        // The decoder wants room for a few bytes more than a full signature has.
        let mut decoded = [0; FULL_SIZE + 16];
        let Some(length) = base64url::decode_into(signature, &mut decoded) else {
            return false;
        };
        self.states.iter().fold(false, |accepted, state| {
            let expected = digest(state, path);
            accepted | bool::from(expected[..self.size].ct_eq(&decoded[..length]))
        })
    }
}

fn digest(state: &Hmac<Sha256>, path: &str) -> [u8; FULL_SIZE] {
    let mut mac = state.clone();
    mac.update(b"/");
    mac.update(path.as_bytes());
    mac.finalize().into_bytes().into()
}

fn keyed(pair: &KeyPair) -> Hmac<Sha256> {
    let mut mac = Hmac::new_from_slice(&pair.key).expect("HMAC takes keys of any length");
    mac.update(&pair.salt);
    mac
}

fn faults(pairs: &[KeyPair], size: usize) -> Vec<Fault> {
    let empty = |half: fn(&KeyPair) -> &Vec<u8>| pairs.iter().any(|pair| half(pair).is_empty());
    [
        (pairs.is_empty(), "KEY", "no key is set"),
        (empty(|pair| &pair.key), "KEY", "a key is empty"),
        (empty(|pair| &pair.salt), "SALT", "a salt is empty"),
        (
            !(1..=FULL_SIZE).contains(&size),
            "SIGNATURE_SIZE",
            "must be from 1 to 32 bytes",
        ),
    ]
    .into_iter()
    .filter(|row| row.0)
    .map(|(_, setting, reason)| Fault {
        setting,
        reason: reason.to_owned(),
    })
    .collect()
}

/// What the signature segment of a request must be.
#[derive(Debug)]
pub(super) enum Gate {
    /// A signature of one of the keys, or one of the trusted texts.
    Signed {
        signer: Signer,
        trusted: Vec<String>,
    },
    /// Any text that does not look like a forgotten signature.
    Unsigned,
}

impl Gate {
    /// Judges the signature of a request; `path` is repaired and without its leading slash.
    pub(super) fn admit(&self, signature: &str, path: &str) -> Result<(), Error> {
        match self {
            Self::Unsigned if signature.contains(':') => Err(Error::LooksUnsigned),
            Self::Unsigned => Ok(()),
            Self::Signed { signer, trusted } => {
                if is_trusted(trusted, signature) || signer.accepts(signature, path) {
                    Ok(())
                } else {
                    Err(Error::Forbidden)
                }
            }
        }
    }
}

fn is_trusted(trusted: &[String], signature: &str) -> bool {
    trusted.iter().fold(false, |found, text| {
        found | bool::from(text.as_bytes().ct_eq(signature.as_bytes()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(key: &str, salt: &str) -> KeyPair {
        KeyPair {
            key: hex::decode(key).unwrap(),
            salt: hex::decode(salt).unwrap(),
        }
    }

    fn secret() -> KeyPair {
        pair("736563726574", "68656c6c6f")
    }

    fn test_key() -> KeyPair {
        pair("746573742d6b6579", "746573742d73616c74")
    }

    fn signer(pairs: &[KeyPair], size: usize) -> Signer {
        Signer::try_new(pairs, size).unwrap()
    }

    /// Vectors 1 to 6 of the URL contract.
    fn vectors() -> [(KeyPair, &'static str, usize, &'static str); 6] {
        let base64 =
            "/rs:fill:300:400:0/g:sm/aHR0cDovL2V4YW1w/bGUuY29tL2ltYWdl/cy9jdXJpb3NpdHku/anBn.png";
        let plain = "/rs:fill:300:400:0/g:sm/plain/http://example.com/images/curiosity.jpg@png";
        let bare = "/plain/http://example.com/images/curiosity.jpg";
        let fit = "/rs:fit:300:300/plain/http://example.com/images/curiosity.jpg";
        let local = "/rs:fill:4:4/plain/local:///test1.png";
        [
            (
                secret(),
                base64,
                32,
                "oKfUtW34Dvo2BGQehJFR4Nr0_rIjOtdtzJ3QFsUcXH8",
            ),
            (
                secret(),
                plain,
                32,
                "v4il5rmSYrVOW341NliE_MPcqrwWLyWyeHNDz9YGFBs",
            ),
            (
                secret(),
                bare,
                32,
                "tLvEboG5BrUsclTgTUEGnYHTECamEGJN0sAxY2br4Qw",
            ),
            (secret(), fit, 8, "ZRAxEAfmt34"),
            (test_key(), local, 10, "My9d3xq_PYpVHg"),
            (
                test_key(),
                local,
                32,
                "My9d3xq_PYpVHsPrCyww0Kh1w5KZeZhIlWhsa4az1TI",
            ),
        ]
    }

    #[test]
    fn the_vectors_of_the_contract_are_made_and_accepted() {
        for (pair, path, size, signature) in vectors() {
            let signer = signer(&[pair], size);
            assert_eq!(signer.sign(path), signature, "{path}");
            assert_eq!(signer.sign(path.trim_start_matches('/')), signature);
            assert!(signer.accepts(signature, &path[1..]), "{path}");
            assert!(!signer.accepts(signature, &path[2..]), "{path}");
        }
    }

    #[test]
    fn any_key_of_the_list_is_accepted_and_the_first_one_signs() {
        let both = signer(&[secret(), test_key()], 32);
        assert!(both.accepts(&signer(&[test_key()], 32).sign("/w:1/x"), "w:1/x"));
        assert_eq!(both.sign("/w:1/x"), signer(&[secret()], 32).sign("/w:1/x"));
    }

    #[test]
    fn a_signature_of_another_length_is_refused() {
        let full = signer(&[secret()], 32);
        let short = signer(&[secret()], 8);
        assert!(!short.accepts(&full.sign("/a"), "a"));
        assert!(!full.accepts(&short.sign("/a"), "a"));
    }

    #[test]
    fn padding_foreign_characters_and_length_are_refused() {
        let signer = signer(&[secret()], 32);
        let good = signer.sign("/a");
        for bad in [
            format!("{good}="),
            format!(" {good}"),
            good.replace('_', "/"),
            good.repeat(2),
            "A".repeat(4000),
            String::new(),
            "é".to_owned(),
            good[1..].to_owned(),
        ] {
            assert!(!signer.accepts(&bad, "a") || bad == good, "{bad}");
        }
    }

    #[test]
    fn trailing_bits_of_the_last_character_do_not_matter() {
        let signer = signer(&[test_key()], 32);
        let path = "rs:fill:4:4/plain/local:///test1.png";
        // The last of 43 characters carries four bits: I and K differ in the two that carry none.
        assert!(signer.accepts("My9d3xq_PYpVHsPrCyww0Kh1w5KZeZhIlWhsa4az1TK", path));
        assert!(!signer.accepts("My9d3xq_PYpVHsPrCyww0Kh1w5KZeZhIlWhsa4az1TM", path));
    }

    #[test]
    fn trusted_texts_pass_as_they_are() {
        let gate = Gate::Signed {
            signer: signer(&[secret()], 32),
            trusted: vec!["insecure".to_owned()],
        };
        assert_eq!(gate.admit("insecure", "a"), Ok(()));
        assert_eq!(gate.admit("insecur", "a"), Err(Error::Forbidden));
        assert_eq!(gate.admit("Insecure", "a"), Err(Error::Forbidden));
    }

    #[test]
    fn unsigned_any_text_without_a_colon_passes() {
        assert_eq!(Gate::Unsigned.admit("unsafe", "a"), Ok(()));
        assert_eq!(Gate::Unsigned.admit("_", "a"), Ok(()));
        assert_eq!(
            Gate::Unsigned.admit("w:100", "a"),
            Err(Error::LooksUnsigned)
        );
    }

    #[test]
    fn bad_keys_and_sizes_are_faults() {
        let settings = |pairs: &[KeyPair], size| -> Vec<&str> {
            let faults = Signer::try_new(pairs, size).unwrap_err();
            faults.iter().map(|fault| fault.setting).collect()
        };
        assert_eq!(settings(&[], 32), ["KEY"]);
        assert_eq!(
            settings(&[pair("", "")], 0),
            ["KEY", "SALT", "SIGNATURE_SIZE"]
        );
        assert_eq!(settings(&[secret()], 33), ["SIGNATURE_SIZE"]);
    }

    #[test]
    fn debug_texts_show_no_secret() {
        let text = format!("{:?} {:?}", secret(), signer(&[secret()], 32));
        assert_eq!(text, "KeyPair(..) Signer(..)");
    }
}
