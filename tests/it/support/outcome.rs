//! What `Cache-Status` says became of a request.

use super::Reply;

pub(crate) const MISS: &str = "Inkfish; fwd=uri-miss; stored";
pub(crate) const COALESCED: &str = "Inkfish; fwd=uri-miss; collapsed";
pub(crate) const MEMORY: &str = "Inkfish; hit; detail=hit_memory";
pub(crate) const DISK: &str = "Inkfish; hit; detail=hit_disk";
pub(crate) const STALE: &str = "Inkfish; hit; detail=stale";
pub(crate) const REVALIDATED: &str = "Inkfish; fwd=stale; fwd-status=304";
pub(crate) const BYPASS: &str = "Inkfish; fwd=bypass";

/// What became of a request that was not refused.
#[track_caller]
pub(crate) fn status(reply: &Reply) -> &str {
    assert!(reply.status < 400, "{} {}", reply.status, reply.text());
    reply.header("cache-status").unwrap_or("none")
}

/// Whether an image was made for this request, or for another one at the same time.
#[track_caller]
pub(crate) fn is_made(reply: &Reply) -> bool {
    status(reply).contains("fwd=uri-miss")
}
