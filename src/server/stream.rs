//! A body that is read from the cache's folder while it is sent.

use std::future::Future;
use std::ops::Range;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use super::body::StreamError;
use crate::cache;
use crate::delivery::FilePayload;

/// Bytes of a file, a reading at a time: the next begins when the last was taken, so that no more is in memory than
/// a client takes. What the cache cannot vouch for ends the stream with an error, and so the connection.
pub(super) struct FileStream {
    file: FilePayload,
    /// What is still to be sent.
    rest: Range<u64>,
    reading: Option<Reading>,
}

type Reading = Pin<Box<dyn Future<Output = Result<Bytes, cache::Error>> + Send>>;

impl FileStream {
    /// The bytes `range` of `file`, which must lie within it.
    pub(super) fn new(file: FilePayload, range: Range<u64>) -> Self {
        Self {
            file,
            rest: range,
            reading: None,
        }
    }

    fn read(&self) -> Reading {
        let (file, range) = (self.file.clone(), self.rest.clone());
        Box::pin(async move { file.read(range).await })
    }

    fn broken(&mut self, error: cache::Error) -> StreamError {
        tracing::warn!(%error, "an answer was broken off");
        self.rest = 0..0;
        error.into()
    }
}

impl Body for FileStream {
    type Data = Bytes;
    type Error = StreamError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, StreamError>>> {
        if self.rest.is_empty() {
            return Poll::Ready(None);
        }
        let mut reading = match self.reading.take() {
            Some(reading) => reading,
            None => self.read(),
        };
        let Poll::Ready(read) = reading.as_mut().poll(cx) else {
            self.reading = Some(reading);
            return Poll::Pending;
        };
        Poll::Ready(Some(match read {
            Ok(bytes) => {
                self.rest.start += bytes.len() as u64;
                Ok(Frame::data(bytes))
            }
            Err(error) => Err(self.broken(error)),
        }))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.rest.end - self.rest.start)
    }
}
