//! The log: sentences with fields, on standard error.

use std::io::{self, IsTerminal};

use tracing::Level;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};
use tracing_subscriber::{Registry, fmt};

use super::Format;

/// What is logged, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// The form of a line.
    pub format: Format,
    /// The least weight of our own lines; those of libraries are kept from `warn` up.
    pub level: Level,
}

/// Sends the log of the whole process to standard error.
///
/// # Errors
/// If the process has a log already.
pub fn install(config: Config) -> Result<(), TryInitError> {
    let layer = match (config.format, io::stderr().is_terminal()) {
        (Format::Json, _) => json(io::stderr),
        (Format::Human, colours) => fmt::layer()
            .with_ansi(colours)
            .with_writer(io::stderr)
            .boxed(),
    };
    tracing_subscriber::registry()
        .with(layer.with_filter(targets(config.level)))
        .try_init()
}

fn json<W>(writer: W) -> Box<dyn Layer<Registry> + Send + Sync>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    fmt::layer()
        .json()
        .flatten_event(true)
        .with_writer(writer)
        .boxed()
}

fn targets(level: Level) -> Targets {
    Targets::new()
        .with_default(level.min(Level::WARN))
        .with_target(env!("CARGO_PKG_NAME"), level)
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[test]
    fn libraries_are_heard_from_warn_up_and_we_from_the_level_that_is_set() {
        for (target, event, level, heard) in [
            ("inkfish::cache", Level::INFO, Level::INFO, true),
            ("inkfish::cache", Level::DEBUG, Level::INFO, false),
            ("inkfish", Level::DEBUG, Level::DEBUG, true),
            ("hyper", Level::INFO, Level::DEBUG, false),
            ("hyper", Level::WARN, Level::DEBUG, true),
            ("hyper", Level::WARN, Level::ERROR, false),
        ] {
            let would = targets(level).would_enable(target, &event);
            assert_eq!(would, heard, "{target} {event} at {level}");
        }
    }

    #[derive(Clone, Default)]
    struct Page(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Page {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_json_line_holds_the_sentence_and_the_fields_side_by_side() {
        let page = Page::default();
        let writer = page.clone();
        let subscriber = Registry::default().with(json(move || writer.clone()));
        tracing::subscriber::with_default(subscriber, || {
            tracing::warn!(source.host = "shop.example", "source is unreachable");
        });
        let bytes = page.0.lock().unwrap();
        let line: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(line["level"], "WARN");
        assert_eq!(line["message"], "source is unreachable");
        assert_eq!(line["source.host"], "shop.example");
    }
}
