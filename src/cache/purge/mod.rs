//! Stub.
use super::entry::Sequence;
/// The newest purges.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Floor {
    /// Hard.
    pub hard: Sequence,
    /// Soft.
    pub soft: Sequence,
}
