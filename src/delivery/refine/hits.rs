//! How often entries were hit, until that is often enough.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::cache::Key;

/// Entries that are counted at once; past them counting begins anew.
const MOST: usize = 64 * 1024;

/// Hits by key.
#[derive(Debug, Default)]
pub(super) struct Hits(Mutex<HashMap<Key, u32>>);

impl Hits {
    /// Counts a hit; answers whether it was the last of `wanted`. Then that key's begin anew.
    pub(super) fn reaches(&self, key: Key, wanted: u32) -> bool {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() >= MOST && !counts.contains_key(&key) {
            counts.clear();
        }
        let count = counts.entry(key).or_default();
        *count += 1;
        let reaches = *count >= wanted;
        if reaches {
            counts.remove(&key);
        }
        reaches
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_so_many_hits_reach_what_is_wanted() {
        let hits = Hits::default();
        let [one, other] = [[1; 32], [2; 32]].map(Key::from_bytes);
        let reached: Vec<bool> = (0..6).map(|_| hits.reaches(one, 3)).collect();
        assert_eq!(reached, [false, false, true, false, false, true]);
        assert!(hits.reaches(other, 1));
    }
}
