//! Encrypted sources: AES-CBC with PKCS #7 padding, the initialisation vector in front.

use std::fmt;

use aes::{Aes128, Aes192, Aes256};
use cbc::Decryptor;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockCipher, BlockDecryptMut, KeyInit, KeyIvInit};

const BLOCK_BYTES: usize = 16;

/// The key of encrypted sources; its length picks AES-128, AES-192 or AES-256. Its debug text does not show it.
pub(super) struct SourceKey(Vec<u8>);

impl fmt::Debug for SourceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SourceKey(..)")
    }
}

impl SourceKey {
    /// A key of 16, 24 or 32 bytes; `None` for any other length.
    pub(super) fn try_new(key: Vec<u8>) -> Option<Self> {
        matches!(key.len(), 16 | 24 | 32).then_some(Self(key))
    }

    /// The text behind an initialisation vector and the blocks after it.
    ///
    /// `None`, without a reason, for everything that does not decrypt. The signature, which is checked first,
    /// is what keeps this from answering questions about the padding.
    pub(super) fn decrypt(&self, data: &[u8]) -> Option<Vec<u8>> {
        let (vector, blocks) = data.split_at_checked(BLOCK_BYTES)?;
        match self.0.len() {
            16 => decrypt_with::<Aes128>(&self.0, vector, blocks),
            24 => decrypt_with::<Aes192>(&self.0, vector, blocks),
            _ => decrypt_with::<Aes256>(&self.0, vector, blocks),
        }
    }
}

fn decrypt_with<C>(key: &[u8], vector: &[u8], blocks: &[u8]) -> Option<Vec<u8>>
where
    C: BlockDecryptMut + BlockCipher + KeyInit,
{
    Decryptor::<C>::new_from_slices(key, vector)
        .ok()?
        .decrypt_padded_vec_mut::<Pkcs7>(blocks)
        .ok()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use cbc::Encryptor;
    use cbc::cipher::BlockEncryptMut;

    /// What a client sends: the vector, then the encrypted text.
    pub(in crate::request) fn encrypt(key: &[u8], vector: [u8; 16], text: &[u8]) -> Vec<u8> {
        fn blocks<C: BlockEncryptMut + BlockCipher + KeyInit>(
            key: &[u8],
            vector: [u8; 16],
            text: &[u8],
        ) -> Vec<u8> {
            Encryptor::<C>::new_from_slices(key, &vector)
                .unwrap()
                .encrypt_padded_vec_mut::<Pkcs7>(text)
        }
        let blocks = match key.len() {
            16 => blocks::<Aes128>(key, vector, text),
            24 => blocks::<Aes192>(key, vector, text),
            _ => blocks::<Aes256>(key, vector, text),
        };
        [vector.to_vec(), blocks].concat()
    }

    fn key(hex_key: &str) -> SourceKey {
        SourceKey::try_new(hex::decode(hex_key).unwrap()).unwrap()
    }

    /// Made with `openssl enc -aes-N-cbc`.
    #[test]
    fn vectors_of_openssl_decrypt() {
        for (hex_key, data) in OPENSSL {
            let data = hex::decode(data).unwrap();
            let text = key(hex_key).decrypt(&data).unwrap();
            assert_eq!(text, b"http://example.com/images/curiosity.jpg");
        }
    }

    const OPENSSL: [(&str, &str); 3] = [
        (
            "000102030405060708090a0b0c0d0e0f",
            concat!(
                "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
                "e4ac114fe4d7090e2442a1a581949b7af71cb8133f9491e8ad349fc059e975c6704c785fb06c84f7b40598081d41d0db"
            ),
        ),
        (
            "000102030405060708090a0b0c0d0e0f1011121314151617",
            concat!(
                "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
                "6aa7882f957f7568ad51f63bc0eed4d7f1119d4401fb06a41aee9621ee6e6cbc1375cf18dcbefc12346d3fe45d8b10ea"
            ),
        ),
        (
            "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
            concat!(
                "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
                "580a656bd6aa0bc89e42e77ca88d31aa82860d64ac09521b52b699f3caa38daa1e3d921c040bfce65ddebe43eb246ca9"
            ),
        ),
    ];

    #[test]
    fn every_key_length_reads_what_was_encrypted_with_it() {
        for length in [16, 24, 32] {
            let bytes: Vec<u8> = (0..length).collect();
            let data = encrypt(&bytes, [7; 16], b"https://a/b.jpg");
            let key = SourceKey::try_new(bytes).unwrap();
            assert_eq!(key.decrypt(&data).unwrap(), b"https://a/b.jpg");
        }
    }

    #[test]
    fn keys_of_other_lengths_are_refused() {
        for length in [0, 8, 15, 17, 31, 33, 64] {
            assert!(SourceKey::try_new(vec![1; length]).is_none(), "{length}");
        }
    }

    #[test]
    fn what_does_not_decrypt_is_nothing() {
        let key = SourceKey::try_new(vec![1; 32]).unwrap();
        let good = encrypt(&[1; 32], [2; 16], b"https://a/b.jpg");
        for data in [&[][..], &good[..15], &good[..16], &good[..31], &good[1..]] {
            assert_eq!(key.decrypt(data), None);
        }
        let other = SourceKey::try_new(vec![3; 32]).unwrap();
        assert_ne!(
            other.decrypt(&good).as_deref(),
            Some(&b"https://a/b.jpg"[..])
        );
    }
}
