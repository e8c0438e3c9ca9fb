//! Which paths of a log are to be asked for, and as what.

use anyhow::anyhow;
use http::uri::PathAndQuery;

use crate::config::Config;
use crate::request::{Fault, Named, Parser, Signer};

/// What stands in a log of ours where the signature was.
const NO_SIGNATURE: &str = "-";

/// Tells paths of images from others.
pub(super) struct Reader {
    parser: Parser,
    /// Signs paths whose signature is not in the log; `None` where none is asked for.
    signer: Option<Signer>,
    prefix: String,
}

impl Reader {
    /// Reads paths as a server with these settings does.
    ///
    /// # Errors
    /// Settings with which no server would start.
    pub(super) fn try_new(config: &Config) -> anyhow::Result<Self> {
        let request = &config.request;
        let listed = |faults: Vec<Fault>| {
            let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
            anyhow!(faults.join("; "))
        };
        let signer = match request.keys.is_empty() {
            true => None,
            false => Some(Signer::try_new(&request.keys, request.signature_size).map_err(listed)?),
        };
        Ok(Self {
            parser: Parser::try_new(request.clone()).map_err(listed)?,
            signer,
            prefix: request.path_prefix.clone(),
        })
    }

    /// The path that is to be asked for where a log has `path`; `None` where it names no image that is kept.
    pub(super) fn image(&self, path: &str) -> Option<Box<str>> {
        let Named::Image(request) = self.parser.parse_unsigned(path).ok()? else {
            return None;
        };
        let is_kept = !request.answer.raw && !request.answer.bypass_cache;
        let path = is_kept.then(|| self.signed(path))?;
        // What no client could ask for was not asked for.
        path.parse::<PathAndQuery>().is_ok().then_some(path)
    }

    fn signed(&self, path: &str) -> Box<str> {
        let below = path.strip_prefix(&self.prefix).unwrap_or(path);
        let unsigned = below.trim_start_matches('/').split_once('/');
        match (&self.signer, unsigned) {
            (Some(signer), Some((NO_SIGNATURE, rest))) => {
                format!("{}/{}/{rest}", self.prefix, signer.sign(rest)).into()
            }
            _ => path.into(),
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::config::{Inputs, Settings};

    /// A reader with these settings.
    fn reader(variables: &[(&str, &str)]) -> Reader {
        let pairs = variables.iter();
        let inputs = Inputs {
            variables: pairs
                .map(|(name, text)| ((*name).into(), (*text).into()))
                .collect(),
            file: None,
        };
        let config = Settings::gather(&inputs).resolve().ok().unwrap();
        Reader::try_new(&config).unwrap()
    }

    /// A reader where no signature is asked for.
    pub(in crate::cli::warm) fn unsigned() -> Reader {
        reader(&[("INKFISH_ALLOW_UNSIGNED", "true")])
    }

    #[test]
    fn a_path_of_our_own_log_gets_its_signature_back() {
        let reader = reader(&[
            ("INKFISH_KEY", "736563726574"),
            ("INKFISH_SALT", "68656c6c6f"),
            ("INKFISH_PATH_PREFIX", "/img"),
        ]);
        let rest = "plain/http://example.com/images/curiosity.jpg";
        let signed = format!("/img/tLvEboG5BrUsclTgTUEGnYHTECamEGJN0sAxY2br4Qw/{rest}");
        assert_eq!(*reader.signed(&format!("/img/-/{rest}")), *signed);
        assert_eq!(*reader.signed(&signed), *signed);
        let path = "/-/w:1/plain/http://a/b";
        assert_eq!(*unsigned().signed(path), *path);
    }
}
