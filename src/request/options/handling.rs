//! Options that decide how the result is kept and answered, not what it looks like.

use super::ledger::Ledger;
use super::values::{Invalid, at_most, boolean, given, only};
use crate::request::base64url;
use crate::transform::ask::Choice;

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
        decode_name(text)?
    } else {
        text.to_owned()
    };
    if name.chars().any(char::is_control) {
        return Err(Invalid::value(text, "free of control characters"));
    }
    ledger.choose(Choice::Filename(name));
    Ok(())
}

fn decode_name(text: &str) -> Result<String, Invalid> {
    base64url::decode(text)
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(|| Invalid::value(text, "text in URL-safe base64"))
}

/// `return_attachment:ON`.
pub(super) fn return_attachment(ledger: &mut Ledger, args: &[&str]) -> Result<(), Invalid> {
    ledger.choose(Choice::ReturnAttachment(boolean(only(args)?)));
    Ok(())
}
