//! Options that decide how the result is kept and answered, not what it looks like.

use super::ledger::Ledger;
use super::values::{Invalid, at_most, boolean, encoded_text, first, given, only};
use crate::request::names;
use crate::transform::ask::{Choice, HashKind, Hashsum};

/// Most tags of one request, and most characters of one tag.
const MAX_TAGS: usize = 16;
const MAX_TAG_CHARACTERS: usize = 64;

/// `raw:ON`.
pub(super) fn raw(ledger: &mut Ledger, args: &[&str]) -> Result<(), Invalid> {
    ledger.choose(Choice::Raw(boolean(only(args)?)));
    Ok(())
}

/// `cachebuster:TEXT`; blank switches it off.
pub(super) fn cachebuster(ledger: &mut Ledger, args: &[&str]) -> Result<(), Invalid> {
    ledger.choose(Choice::Cachebuster(only(args)?.to_owned()));
    Ok(())
}

/// `expires:UNIX_SECONDS`; 0 or less is never.
pub(super) fn expires(ledger: &mut Ledger, args: &[&str]) -> Result<(), Invalid> {
    let text = only(args)?;
    let seconds = text
        .parse()
        .map_err(|_| Invalid::value(text, "a Unix time in whole seconds"))?;
    ledger.choose(Choice::Expires(seconds));
    Ok(())
}

/// `filename:NAME`, `filename:BASE64URL:1`.
pub(super) fn filename(ledger: &mut Ledger, args: &[&str]) -> Result<(), Invalid> {
    at_most(args, 2)?;
    let text = args.first().copied().unwrap_or_default();
    let name = if given(args, 1).is_some_and(boolean) {
        encoded_text(text)?
    } else {
        text.to_owned()
    };
    if name.chars().any(char::is_control) {
        return Err(Invalid::value(text, "free of control characters"));
    }
    ledger.choose(Choice::Filename(name));
    Ok(())
}

/// `return_attachment:ON`.
pub(super) fn return_attachment(ledger: &mut Ledger, args: &[&str]) -> Result<(), Invalid> {
    ledger.choose(Choice::ReturnAttachment(boolean(only(args)?)));
    Ok(())
}

/// `fallback_image_url:BASE64URL`; blank switches it off.
pub(super) fn fallback_image_url(ledger: &mut Ledger, args: &[&str]) -> Result<(), Invalid> {
    ledger.choose(Choice::FallbackImageUrl(encoded_text(only(args)?)?));
    Ok(())
}

/// `hashsum:TYPE:HEX`; a type that is blank or `none` switches it off.
pub(super) fn hashsum(ledger: &mut Ledger, args: &[&str]) -> Result<(), Invalid> {
    at_most(args, 2)?;
    let hashsum = match first(args)? {
        "" | "none" => None,
        name => Some(parse_hashsum(
            hash_kind(name)?,
            given(args, 1).unwrap_or_default(),
        )?),
    };
    ledger.choose(Choice::Hashsum(hashsum));
    Ok(())
}

fn parse_hashsum(kind: HashKind, text: &str) -> Result<Hashsum, Invalid> {
    let digest = hex::decode(text)
        .ok()
        .filter(|digest| digest.len() == digest_bytes(kind))
        .ok_or_else(|| Invalid::value(text, "a checksum of its type in hexadecimal"))?;
    Ok(Hashsum { kind, digest })
}

/// The kind of checksum of a name.
pub(super) fn hash_kind(name: &str) -> Result<HashKind, Invalid> {
    names::hash_kind(name).ok_or_else(|| Invalid::value(name, "md5, sha1, sha256 or sha512"))
}

const fn digest_bytes(kind: HashKind) -> usize {
    match kind {
        HashKind::Md5 => 16,
        HashKind::Sha1 => 20,
        HashKind::Sha256 => 32,
        HashKind::Sha512 => 64,
    }
}

/// `bypass_cache:ON`.
pub(super) fn bypass_cache(ledger: &mut Ledger, args: &[&str]) -> Result<(), Invalid> {
    ledger.choose(Choice::BypassCache(boolean(only(args)?)));
    Ok(())
}

/// `cache_tags:TAG[:TAG…]`, in the place of earlier ones; one blank tag is none.
pub(super) fn cache_tags(ledger: &mut Ledger, args: &[&str]) -> Result<(), Invalid> {
    let tags = match args {
        [""] => &[],
        tags => tags,
    };
    at_most(tags, MAX_TAGS)?;
    if let Some(bad) = tags.iter().find(|tag| !is_tag(tag)) {
        return Err(Invalid::value(
            bad,
            "a tag of 1 to 64 letters, digits, `.`, `_` and `-`",
        ));
    }
    let mut tags: Vec<String> = tags.iter().map(|&tag| tag.to_owned()).collect();
    tags.sort_unstable();
    tags.dedup();
    ledger.choose(Choice::CacheTags(tags));
    Ok(())
}

/// Tags become words of a header, which caches divide at spaces and commas.
fn is_tag(tag: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    (1..=MAX_TAG_CHARACTERS).contains(&tag.len()) && tag.bytes().all(fits)
}
