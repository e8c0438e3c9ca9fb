//! The header of Jxl.

use super::bytes::{Extent, Halt};
use super::{Facts, Format};

/// What the header declares.
pub(super) fn facts(_head: &[u8], _extent: Extent) -> Result<Facts, Halt> {
    Err(Halt::Unread(Format::Jxl))
}
