//! The table against a map, under random scripts.

use std::collections::BTreeMap;

use proptest::prelude::{Just, Strategy, prop_oneof};
use proptest::{collection, prop_assert, prop_assert_eq, proptest};

use super::*;

#[derive(Clone, Copy, Debug)]
enum Step {
    Add(u32, u32),
    Use(u32),
    Note(u32),
    TakeUses,
    Remove(u32),
    Evict(usize),
    Free(u64, u64),
    Limit(u64, u64),
    Reload,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (0..60_u32, 0..40_u32).prop_map(|(number, blocks)| Step::Add(number, blocks)),
        4 => (0..60_u32).prop_map(Step::Use),
        2 => (0..60_u32).prop_map(Step::Note),
        1 => Just(Step::TakeUses),
        1 => (0..60_u32).prop_map(Step::Remove),
        4 => (0..40_usize).prop_map(Step::Evict),
        1 => (0..300_u64, 0..20_u64).prop_map(|(blocks, entries)| Step::Free(blocks, entries)),
        1 => (0..600_u64, 0..50_u64).prop_map(|(blocks, entries)| Step::Limit(blocks, entries)),
        1 => Just(Step::Reload),
    ]
}

/// A map of what is held, what was added last, and the most that was ever held.
struct Model {
    files: BTreeMap<Key, u32>,
    latest: Option<Key>,
    limits: Limits,
    peak: usize,
}

impl Model {
    fn bytes(&self) -> u64 {
        self.files
            .values()
            .map(|&blocks| u64::from(blocks))
            .sum::<u64>()
            * BLOCK_BYTES
    }

    fn keeps_limits(&self) -> bool {
        self.bytes() <= self.limits.bytes && self.files.len() as u64 <= self.limits.entries
    }

    fn added(&mut self, key: Key, blocks: u32) {
        let large = u64::from(blocks) * BLOCK_BYTES > self.limits.bytes;
        let new = self.files.insert(key, blocks).is_none();
        match large {
            true if self.latest == Some(key) => self.latest = None,
            true => self.latest = self.latest.filter(|_| !new),
            false if new => self.latest = Some(key),
            false => (),
        }
        self.peak = self.peak.max(self.files.len());
    }

    /// Takes the victims out; false where one is not held, or was added last with others left.
    fn allows(&mut self, victims: &[Weighed]) -> bool {
        victims.iter().all(|victim| {
            let spared = self.latest == Some(victim.key) && self.files.len() > 1;
            let held = self.files.remove(&victim.key) == Some(victim.blocks);
            held && !spared
        })
    }
}

proptest! {
    #[test]
    fn the_table_equals_a_map(steps in collection::vec(step(), 1..400)) {
        let start = limits(300, 25);
        let mut recency = Recency::new(start);
        let uses = Uses::new();
        let mut model = Model { files: BTreeMap::new(), latest: None, limits: start, peak: 0 };
        for step in steps {
            match step {
                Step::Add(number, blocks) => {
                    recency.added(key(number), blocks);
                    model.added(key(number), blocks);
                }
                Step::Use(number) => recency.used(&key(number)),
                Step::Note(number) => uses.note(&key(number)),
                Step::TakeUses => recency.take_uses(&uses),
                Step::Remove(number) => {
                    recency.removed(&key(number));
                    model.files.remove(&key(number));
                }
                Step::Evict(most) => {
                    let victims = recency.victims(Need::default(), most);
                    let full = victims.len() == most;
                    prop_assert!(victims.len() <= most);
                    prop_assert!(!model.keeps_limits() || victims.is_empty());
                    prop_assert!(model.allows(&victims));
                    prop_assert!(full || model.keeps_limits());
                }
                Step::Free(blocks, entries) => {
                    let need = Need { bytes: blocks * BLOCK_BYTES, entries };
                    let before = model.bytes();
                    let victims = recency.victims(need, usize::MAX);
                    prop_assert!(model.allows(&victims));
                    let freed = before - model.bytes();
                    let met = freed >= need.bytes && victims.len() as u64 >= entries;
                    prop_assert!(met || model.files.is_empty());
                }
                Step::Limit(blocks, entries) => {
                    model.limits = limits(blocks, entries);
                    recency.limit(model.limits);
                }
                Step::Reload => {
                    let mut file = Vec::new();
                    recency.save(&mut file, Timestamp::default()).unwrap();
                    let loaded = Recency::load(model.limits, &mut &file[..]);
                    prop_assert_eq!(loaded.lost, 0);
                    recency = loaded.recency;
                    model.latest = None;
                    model.peak = model.files.len();
                }
            }
            prop_assert_eq!(recency.held().bytes, model.bytes());
            prop_assert_eq!(recency.held().entries, model.files.len() as u64);
            prop_assert!((0..60).all(|n| recency.holds(&key(n)) == model.files.contains_key(&key(n))));
            // Two first segments, and then 60 bytes for each.
            prop_assert!(recency.memory_bytes() <= 4096 * 60 + 1024 + 60 * model.peak);
        }
    }
}
