//! Who may ask for what: signatures, paths, sources, presets and options of the URL.

mod options;
mod presets;
mod refusals;
mod signatures;
mod sources;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::support::Reply;

/// "secret" and "hello".
const KEY: &str = "736563726574";
const SALT: &str = "68656c6c6f";
const SIGNED: [(&str, &str); 3] = [("ALLOW_UNSIGNED", "false"), ("KEY", KEY), ("SALT", SALT)];

const FLAG: &str = "plain/local:///png/rgb-8.png";

/// What is said of a reply here: the status, and the phrase of a refusal.
fn verdict(reply: &Reply) -> (u16, String) {
    let phrase = if reply.status == 200 {
        String::new()
    } else {
        reply.text()
    };
    (reply.status, phrase)
}

fn invalid_url() -> (u16, String) {
    (404, "Invalid URL".to_owned())
}

fn forbidden() -> (u16, String) {
    (403, "Forbidden".to_owned())
}

fn served() -> (u16, String) {
    (200, String::new())
}

fn signature(key: &str, salt: &str, path: &str, size: usize) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(&hex::decode(key).unwrap()).unwrap();
    mac.update(&hex::decode(salt).unwrap());
    mac.update(path.as_bytes());
    URL_SAFE_NO_PAD.encode(&mac.finalize().into_bytes()[..size])
}

fn signed(path: &str) -> String {
    format!("/{}{path}", signature(KEY, SALT, path, 32))
}

/// Settings of signed URLs and one more.
fn signed_with<'a>(name: &'a str, value: &'a str) -> Vec<(&'a str, &'a str)> {
    let mut settings = SIGNED.to_vec();
    settings.push((name, value));
    settings
}
