//! The body of an answer.

use std::ops::Range;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use http_body_util::combinators::UnsyncBoxBody;

use super::connection::InHand;
use super::stream::FileStream;
use crate::delivery::Payload;

/// Any error that a streamed body may end with.
pub(super) type StreamError = Box<dyn std::error::Error + Send + Sync>;

/// Bytes held in memory, or a stream.
///
/// hyper takes a whole body in one poll and drops it, long before the client has read it: what must live until
/// the bytes were written belongs into the bytes themselves (`Bytes::from_owner`).
pub(super) struct Body {
    content: Content,
    /// The request counts as in hand until the body was handed over.
    in_hand: Option<InHand>,
}

enum Content {
    Whole(Bytes),
    Stream(UnsyncBoxBody<Bytes, StreamError>),
}

impl Body {
    /// No bytes.
    pub(super) fn empty() -> Self {
        Self::whole(Bytes::new())
    }

    /// These bytes.
    pub(super) fn whole(bytes: impl Into<Bytes>) -> Self {
        Self {
            content: Content::Whole(bytes.into()),
            in_hand: None,
        }
    }

    /// The bytes `range` of `payload`, which must lie within it.
    pub(super) fn of(payload: Payload, range: Range<u64>) -> Self {
        match payload {
            Payload::Whole(bytes) => {
                Self::whole(bytes.slice(range.start as usize..range.end as usize))
            }
            Payload::File(file) => Self::stream(UnsyncBoxBody::new(FileStream::new(file, range))),
        }
    }

    /// A stream of bytes.
    pub(super) fn stream(stream: UnsyncBoxBody<Bytes, StreamError>) -> Self {
        Self {
            content: Content::Stream(stream),
            in_hand: None,
        }
    }

    /// Keeps the request in hand until the body was handed over.
    pub(super) fn in_hand(mut self, guard: InHand) -> Self {
        self.in_hand = Some(guard);
        self
    }

    /// The same headers' worth of body without its bytes, for HEAD.
    pub(super) fn without_bytes(mut self) -> Self {
        self.content = Content::Whole(Bytes::new());
        self
    }

    /// Bytes still to be sent, where that is known.
    pub(super) fn len(&self) -> Option<u64> {
        self.size_hint().exact()
    }
}

impl HttpBody for Body {
    type Data = Bytes;
    type Error = StreamError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, StreamError>>> {
        match &mut self.content {
            Content::Whole(bytes) if bytes.is_empty() => Poll::Ready(None),
            Content::Whole(bytes) => Poll::Ready(Some(Ok(Frame::data(std::mem::take(bytes))))),
            Content::Stream(stream) => Pin::new(stream).poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.content {
            Content::Whole(bytes) => bytes.is_empty(),
            Content::Stream(stream) => stream.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.content {
            Content::Whole(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Content::Stream(stream) => stream.size_hint(),
        }
    }
}
