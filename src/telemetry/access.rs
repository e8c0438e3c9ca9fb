//! The access log: one line a request, on standard output.
//!
//! Lines are handed to a thread of its own through a bounded channel. Where the reader of standard output
//! is slower than the requests, lines are dropped and counted; a request never waits.

mod line;

use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use super::Format;

pub use line::Line;

/// Lines that wait for the writer, at most; about 4 MiB of them.
const CHANNEL_LINES: usize = 8_192;

/// How lines are written.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// The form of a line.
    pub format: Format,
    /// The prefix of image paths, to know where the signature stands.
    pub path_prefix: String,
}

/// Takes lines and has them written; clones share one writer.
#[derive(Clone, Debug)]
pub struct AccessLog {
    sender: SyncSender<Message>,
    dropped: Arc<AtomicU64>,
    writer: Arc<Mutex<Option<JoinHandle<()>>>>,
}

#[derive(Debug)]
enum Message {
    Line(Box<Line>),
    Stop,
}

impl AccessLog {
    /// Starts the thread that writes to `out`.
    ///
    /// # Errors
    /// Where the system gives no more threads.
    pub fn start(config: Config, out: impl Write + Send + 'static) -> io::Result<Self> {
        let (sender, receiver) = sync_channel(CHANNEL_LINES);
        let dropped = Arc::new(AtomicU64::new(0));
        let pen = Pen {
            config,
            out,
            text: String::new(),
            dropped: Arc::clone(&dropped),
        };
        let writer = thread::Builder::new()
            .name("access-log".to_owned())
            .spawn(move || pen.write_all(&receiver))?;
        Ok(Self {
            sender,
            dropped,
            writer: Arc::new(Mutex::new(Some(writer))),
        })
    }

    /// Has a line written, or drops and counts it if the writer is too far behind.
    pub fn log(&self, line: Line) {
        let message = Message::Line(Box::new(line));
        if self.sender.try_send(message).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Lines that were dropped since the start.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Blocks until all lines so far are written; later ones are dropped.
    pub fn stop(&self) {
        let writer = self
            .writer
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(writer) = writer {
            // Both fail only if the thread has ended: then there is nothing to wait for.
            let _ = self.sender.send(Message::Stop);
            let _ = writer.join();
        }
    }
}

/// The writing end, in its thread.
struct Pen<W> {
    config: Config,
    out: W,
    text: String,
    dropped: Arc<AtomicU64>,
}

impl<W: Write> Pen<W> {
    /// Writes until told to stop, or until every [`AccessLog`] is gone; what came together is written together.
    fn write_all(mut self, receiver: &Receiver<Message>) {
        while let Ok(first) = receiver.recv() {
            let mut lines = 0;
            let mut stopped = false;
            for message in std::iter::once(first).chain(receiver.try_iter().take(CHANNEL_LINES)) {
                let Message::Line(line) = message else {
                    stopped = true;
                    break;
                };
                line.write(&self.config, &mut self.text);
                lines += 1;
            }
            self.flush(lines);
            if stopped {
                return;
            }
        }
    }

    fn flush(&mut self, lines: u64) {
        let written = self.out.write_all(self.text.as_bytes());
        if written.and_then(|()| self.out.flush()).is_err() {
            self.dropped.fetch_add(lines, Ordering::Relaxed);
        }
        self.text.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    /// A writer that says what it was given, each time only after it was told to go on.
    struct Gated {
        said: mpsc::Sender<String>,
        gate: Receiver<()>,
    }

    impl Write for Gated {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.said
                .send(String::from_utf8(bytes.to_vec()).unwrap())
                .unwrap();
            self.gate.recv().map_err(io::Error::other)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn gated() -> (AccessLog, Receiver<String>, mpsc::Sender<()>) {
        let (said, heard) = mpsc::channel();
        let (open, gate) = mpsc::channel();
        let log = AccessLog::start(Config::default(), Gated { said, gate }).unwrap();
        (log, heard, open)
    }

    #[test]
    fn a_writer_that_stands_still_costs_lines_and_no_time() {
        let (log, heard, open) = gated();
        log.log(Line::sample());
        // Now the writer holds the first line, and the channel is empty.
        heard.recv().unwrap();
        for _ in 0..CHANNEL_LINES + 3 {
            log.log(Line::sample());
        }
        assert_eq!(log.dropped(), 3);
        open.send(()).unwrap();
        let rest = heard.recv().unwrap();
        assert!(rest.lines().count() > 1, "the rest is written together");
    }

    #[test]
    fn stopping_writes_what_came_before_and_nothing_after() {
        let (log, heard, open) = gated();
        open.send(()).unwrap();
        log.log(Line::sample());
        log.stop();
        log.log(Line::sample());
        log.stop();
        assert_eq!(heard.iter().count(), 1);
        assert_eq!(log.dropped(), 1);
    }

    #[test]
    fn lines_that_could_not_be_written_count_as_dropped() {
        let (log, _heard, open) = gated();
        drop(open);
        log.log(Line::sample());
        log.stop();
        assert_eq!(log.dropped(), 1);
    }
}
