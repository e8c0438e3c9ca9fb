//! Exact LRU by bytes: what the table is held against.

use std::collections::{BTreeMap, HashMap};

/// Things by their last use.
#[derive(Debug, Default)]
pub(crate) struct Lru {
    uses: HashMap<u32, u64>,
    order: BTreeMap<u64, (u32, u32)>,
    now: u64,
    blocks: u64,
}

impl Lru {
    /// Asks for a thing of a size, with room for `room` blocks; answers whether it was there.
    pub(crate) fn ask(&mut self, id: u32, blocks: u32, room: u64) -> bool {
        self.now += 1;
        let before = self.uses.insert(id, self.now);
        if let Some(before) = before {
            self.order.remove(&before);
        } else {
            self.blocks += u64::from(blocks);
        }
        self.order.insert(self.now, (id, blocks));
        while self.blocks > room {
            let Some((_, (id, blocks))) = self.order.pop_first() else {
                break;
            };
            self.uses.remove(&id);
            self.blocks -= u64::from(blocks);
        }
        before.is_some()
    }
}
