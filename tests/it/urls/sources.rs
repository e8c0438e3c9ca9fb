//! The three forms of a source.

use aes::cipher::block_padding::Pkcs7;
use aes::cipher::{BlockEncryptMut, KeyIvInit};
use base64::Engine;
use base64::engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD};

use super::{SIGNED, invalid_url, served, signed, signed_with, verdict};
use crate::support::{Gallery, Origin, Response, Server, fixture};

#[test]
fn plain_sources_are_unescaped_once() {
    let origin = Origin::start();
    let server = Server::start(&[]);
    for (written, fetched) in [
        ("/cat.png", "/cat.png"),
        ("/a+b.png", "/a+b.png"),
        ("/a%2Bb.png", "/a+b.png"),
        ("/a%2520b.png", "/a%20b.png"),
        ("/cat.png%3Fsize=1&v=2", "/cat.png?size=1&v=2"),
        ("/c%40t.png", "/c@t.png"),
        ("/a/./b/../cat.png", "/a/cat.png"),
        ("/%C3%A9.png", "/%C3%A9.png"),
        ("/cat.png@png", "/cat.png"),
        ("/cat.png@", "/cat.png"),
    ] {
        origin.serve(fetched, Response::ok("image/png", fixture("png/rgb-8.png")));
        let before = origin.hits(fetched);
        let reply = server.get(&format!(
            "/_/cb:{}/plain/{}",
            written.len(),
            origin.url(written)
        ));
        assert_eq!(verdict(&reply), served(), "{written}");
        let after = origin.hits(fetched);
        // Sources that are kept already are not fetched again.
        assert!(after > before || after == 1, "{written} asks for {fetched}");
    }
}

#[test]
fn base64_sources_may_be_cut_anywhere_and_padded() {
    let gallery = Gallery::open(&[]);
    let source = "local:///png/rgb-8.png";
    let (bare, padded) = (URL_SAFE_NO_PAD.encode(source), URL_SAFE.encode(source));
    assert_ne!(bare, padded);
    let cut: Vec<&str> = bare
        .as_bytes()
        .chunks(5)
        .map(|part| std::str::from_utf8(part).unwrap())
        .collect();
    let cut = cut.join("/");
    for (part, media_type) in [
        (bare.clone(), "image/png"),
        (padded, "image/png"),
        (cut.clone(), "image/png"),
        (format!("{bare}.webp"), "image/webp"),
        (format!("{cut}.jpg"), "image/jpeg"),
        (format!("{bare}."), "image/png"),
    ] {
        let reply = gallery.server.get(&format!("/_/w:9/{part}"));
        assert_eq!(verdict(&reply), served(), "{part}");
        assert_eq!(reply.header("content-type"), Some(media_type), "{part}");
    }
    let named = Gallery::open(&[("BASE64_URL_INCLUDES_FILENAME", "true")]);
    for part in [
        format!("{bare}/puppy.png"),
        format!("{cut}.jpg/a b.c.d"),
        bare,
    ] {
        let reply = named
            .server
            .get(&format!("/_/w:9/{}", part.replace(' ', "%20")));
        assert_eq!(verdict(&reply), served(), "{part}");
    }
}

fn encrypted(key: &str, source: &str) -> String {
    let (key, iv) = (hex::decode(key).unwrap(), [7_u8; 16]);
    let text = source.as_bytes();
    let body = match key.len() {
        16 => cbc::Encryptor::<aes::Aes128>::new_from_slices(&key, &iv)
            .unwrap()
            .encrypt_padded_vec_mut::<Pkcs7>(text),
        24 => cbc::Encryptor::<aes::Aes192>::new_from_slices(&key, &iv)
            .unwrap()
            .encrypt_padded_vec_mut::<Pkcs7>(text),
        _ => cbc::Encryptor::<aes::Aes256>::new_from_slices(&key, &iv)
            .unwrap()
            .encrypt_padded_vec_mut::<Pkcs7>(text),
    };
    URL_SAFE_NO_PAD.encode([&iv[..], &body].concat())
}

#[test]
fn encrypted_sources_are_read_with_keys_of_every_length() {
    for bytes in [16, 24, 32] {
        let key = "5e".repeat(bytes);
        let gallery = Gallery::open(&signed_with("SOURCE_URL_ENCRYPTION_KEY", &key));
        let text = encrypted(&key, "local:///png/rgb-8.png");
        let (front, back) = text.split_at(20);
        let mut broken = text.clone().into_bytes();
        let middle = broken.len() - 8;
        broken[middle] = if broken[middle] == b'A' { b'B' } else { b'A' };
        let broken = String::from_utf8(broken).unwrap();
        for (part, expected) in [
            (text.clone(), served()),
            (format!("{text}.webp"), served()),
            (format!("{front}/{back}"), served()),
            (
                encrypted(&"5f".repeat(bytes), "local:///png/rgb-8.png"),
                invalid_url(),
            ),
            (broken, invalid_url()),
            (front.to_owned(), invalid_url()),
            ("AAAA".to_owned(), invalid_url()),
        ] {
            let reply = gallery.server.get(&signed(&format!("/w:9/enc/{part}")));
            assert_eq!(verdict(&reply), expected, "{part}");
        }
    }
    let keyless = Gallery::open(&SIGNED);
    let text = encrypted(&"5e".repeat(16), "local:///png/rgb-8.png");
    let reply = keyless.server.get(&signed(&format!("/enc/{text}")));
    assert_eq!(verdict(&reply), invalid_url());
}
