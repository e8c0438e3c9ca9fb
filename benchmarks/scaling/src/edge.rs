//! A cache in front of all origins that keeps each answer for some seconds (`nginx/optional/edge-cache.conf`).
//!
//! It has room for whatever is asked for in that time.

use crate::images::VARIANTS;

/// When each variant was last fetched.
#[derive(Debug)]
pub(crate) struct Edge {
    keep_seconds: u32,
    /// Seconds from midnight, and one more: 0 is never.
    fetched: Vec<u32>,
}

impl Edge {
    /// A cache that keeps answers for so many seconds; none if that is 0.
    pub(crate) fn new(keep_seconds: u32, sources: usize) -> Self {
        let variants = if keep_seconds == 0 {
            0
        } else {
            sources * VARIANTS as usize
        };
        Self {
            keep_seconds,
            fetched: vec![0; variants],
        }
    }

    /// Whether the cache answers; if not, the variant is fetched and kept.
    pub(crate) fn has(&mut self, variant: u32, second: u32) -> bool {
        let Some(fetched) = self.fetched.get_mut(variant as usize) else {
            return false;
        };
        let is_kept = *fetched > 0 && second + 1 - *fetched < self.keep_seconds;
        if !is_kept {
            *fetched = second + 1;
        }
        is_kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_kept_for_its_seconds() {
        let mut edge = Edge::new(10, 1);
        assert_eq!(
            [0, 0, 9, 10, 15, 20].map(|second| edge.has(3, second)),
            [false, true, true, false, true, false]
        );
        assert!(!edge.has(4, 20));
    }

    #[test]
    fn without_seconds_there_is_none() {
        let mut edge = Edge::new(0, 1);
        assert!(!edge.has(0, 0) && !edge.has(0, 0));
    }
}
