//! Sources passed through untouched, for the `raw` option.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::header::{
    ACCEPT_ENCODING, ACCEPT_RANGES, CONTENT_ENCODING, CONTENT_RANGE, CONTENT_TYPE, ETAG,
    IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED, RANGE,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::io::{AsyncRead, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

use super::answer::Answer;
use super::deadline::{Deadline, timed_out};
use super::gate::Pass;
use super::intake::Bounds;
use super::local::{LOCAL_HOST, Opened};
use super::{Error, Phase, Validators};

/// Headers of the client that a streamed source is asked with.
pub const FORWARDED_HEADERS: [HeaderName; 4] =
    [IF_NONE_MATCH, IF_MODIFIED_SINCE, ACCEPT_ENCODING, RANGE];

/// Headers of the origin that a streamed source keeps.
pub const KEPT_HEADERS: [HeaderName; 6] = [
    CONTENT_TYPE,
    CONTENT_ENCODING,
    CONTENT_RANGE,
    ACCEPT_RANGES,
    LAST_MODIFIED,
    ETAG,
];

/// Bytes of a file that are handed over at a time.
const CHUNK: usize = 64 << 10;

/// A source as its origin sends it, errors of the origin included.
#[derive(Debug)]
pub struct Streamed {
    /// The status of the origin.
    pub status: StatusCode,
    /// Those of [`KEPT_HEADERS`] that the origin sent.
    pub headers: HeaderMap,
    /// The body.
    pub body: StreamedBody,
}

/// The body of a [`Streamed`].
///
/// It ends with an error past the limit of bytes, and when the origin has kept us waiting for longer than a
/// download may take; time in which nobody reads is not the origin's and is not counted. It holds the place of the
/// fetch; dropping it closes the connection to the origin.
#[derive(Debug)]
pub struct StreamedBody {
    bytes: Origin,
    host: String,
    left_bytes: u64,
    max_bytes: u64,
    patience: Patience,
    _pass: Pass,
}

#[derive(Debug)]
enum Origin {
    Http(Incoming),
    File { file: tokio::fs::File, size: u64 },
}

/// A time limit that runs only while somebody waits.
#[derive(Debug)]
struct Patience {
    left: Duration,
    waiting: Option<(Instant, Pin<Box<Sleep>>)>,
}

/// Those of `headers` that `names` lists.
pub(super) fn only(headers: &HeaderMap, names: &[HeaderName]) -> HeaderMap {
    headers
        .iter()
        .filter(|(name, _)| names.contains(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

impl Streamed {
    /// The stream of a response.
    pub(super) fn from_http(
        answer: Answer,
        bounds: &Bounds,
        deadline: &Deadline,
    ) -> Result<Self, Error> {
        let (head, body) = answer.response.into_parts();
        bounds.check_length(body.size_hint().lower())?;
        Ok(Self {
            status: head.status,
            headers: only(&head.headers, &KEPT_HEADERS),
            body: StreamedBody {
                bytes: Origin::Http(body),
                host: answer.host,
                left_bytes: bounds.max_bytes,
                max_bytes: bounds.max_bytes,
                patience: Patience::new(deadline.remaining()),
                _pass: answer.pass,
            },
        })
    }

    /// The stream of a file: whole, or a 304 without a body where `asked` names its version.
    pub(super) fn from_file(
        opened: Opened,
        asked: &HeaderMap,
        (bounds, deadline): (&Bounds, &Deadline),
    ) -> Result<Self, Error> {
        let is_held = opened.is_version(&held_by_client(asked));
        let size = if is_held { 0 } else { opened.size };
        bounds.check_length(size)?;
        Ok(Self {
            status: if is_held {
                StatusCode::NOT_MODIFIED
            } else {
                StatusCode::OK
            },
            headers: file_headers(&opened.validators),
            body: StreamedBody {
                bytes: Origin::File {
                    file: opened.file.into(),
                    size,
                },
                host: LOCAL_HOST.to_owned(),
                left_bytes: size,
                max_bytes: bounds.max_bytes,
                patience: Patience::new(deadline.remaining()),
                _pass: opened.pass,
            },
        })
    }
}

/// The validators that a client sent as its conditions.
fn held_by_client(asked: &HeaderMap) -> Validators {
    let text = |name| Some(asked.get(name)?.to_str().ok()?.to_owned());
    Validators {
        etag: text(IF_NONE_MATCH),
        last_modified: text(IF_MODIFIED_SINCE),
    }
}

fn file_headers(validators: &Validators) -> HeaderMap {
    let pairs = [
        (ETAG, &validators.etag),
        (LAST_MODIFIED, &validators.last_modified),
    ];
    pairs
        .into_iter()
        .filter_map(|(name, value)| Some((name, HeaderValue::from_str(value.as_deref()?).ok()?)))
        .collect()
}

impl StreamedBody {
    /// Counts `data` against the limit of bytes.
    fn admit(&mut self, data: &Bytes) -> Result<(), Error> {
        let left = self.left_bytes.checked_sub(data.len() as u64);
        self.left_bytes = left.ok_or(Error::TooLarge {
            limit: self.max_bytes,
        })?;
        Ok(())
    }

    fn received(&self) -> u64 {
        self.max_bytes.saturating_sub(self.left_bytes)
    }
}

impl Body for StreamedBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let body = &mut *self;
        let Poll::Ready(read) = body.bytes.poll_data(cx) else {
            ready!(body.patience.poll_end(cx));
            return Poll::Ready(Some(Err(timed_out(&body.host, Phase::Download))));
        };
        body.patience.rest();
        Poll::Ready(match read {
            None => None,
            Some(Ok(data)) => Some(body.admit(&data).map(|()| Frame::data(data))),
            Some(Err(())) => Some(Err(Error::Incomplete {
                received: body.received(),
            })),
        })
    }

    fn is_end_stream(&self) -> bool {
        match &self.bytes {
            Origin::Http(body) => body.is_end_stream(),
            Origin::File { .. } => self.left_bytes == 0,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.bytes {
            Origin::Http(body) => body.size_hint(),
            Origin::File { .. } => SizeHint::with_exact(self.left_bytes),
        }
    }
}

impl Origin {
    /// The next bytes; `Err` where the origin broke off.
    fn poll_data(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, ()>>> {
        match self {
            Self::Http(body) => poll_http(body, cx),
            Self::File { file, size } => poll_file(file, size, cx),
        }
    }
}

fn poll_http(body: &mut Incoming, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, ()>>> {
    loop {
        match ready!(Pin::new(&mut *body).poll_frame(cx)) {
            None => return Poll::Ready(None),
            Some(Err(_)) => return Poll::Ready(Some(Err(()))),
            // Trailers are not kept.
            Some(Ok(frame)) => {
                if let Ok(data) = frame.into_data() {
                    return Poll::Ready(Some(Ok(data)));
                }
            }
        }
    }
}

/// The next bytes of a file, no more than the `left` that its length promised.
fn poll_file(
    file: &mut tokio::fs::File,
    left: &mut u64,
    cx: &mut Context<'_>,
) -> Poll<Option<Result<Bytes, ()>>> {
    let wanted = usize::try_from(*left).unwrap_or(CHUNK).min(CHUNK);
    if wanted == 0 {
        return Poll::Ready(None);
    }
    let mut chunk = BytesMut::zeroed(wanted);
    let mut buf = ReadBuf::new(&mut chunk);
    let read = ready!(Pin::new(file).poll_read(cx, &mut buf));
    let count = buf.filled().len();
    if read.is_err() || count == 0 {
        return Poll::Ready(Some(Err(())));
    }
    *left -= count as u64;
    chunk.truncate(count);
    Poll::Ready(Some(Ok(chunk.freeze())))
}

impl Patience {
    fn new(left: Duration) -> Self {
        Self {
            left,
            waiting: None,
        }
    }

    /// Waits, and is ready when the time is used up.
    fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let left = self.left;
        let (_, end) = self
            .waiting
            .get_or_insert_with(|| (Instant::now(), Box::pin(sleep(left))));
        end.as_mut().poll(cx)
    }

    /// Stops waiting.
    fn rest(&mut self) {
        if let Some((since, _)) = self.waiting.take() {
            self.left = self.left.saturating_sub(since.elapsed());
        }
    }
}
