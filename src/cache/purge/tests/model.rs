//! Random scripts against a map.

use super::*;
use proptest::prelude::*;
use std::collections::HashMap;

#[derive(Clone, Debug)]
enum Step {
    Add(usize, Vec<Purge>),
    Numbered(usize, u64, Purge),
    Refresh(usize),
    Reopen(usize),
    Remove,
}

/// What was purged, as one would write it down.
#[derive(Default)]
struct Model(HashMap<Purge, Sequence>);

impl Model {
    fn floor(&self, scopes: &[Scope]) -> Floor {
        let newest = |force| {
            scopes
                .iter()
                .map(|scope| Purge::of(*scope, force))
                .chain([Purge::all(force)])
                .filter_map(|purge| self.0.get(&purge).copied())
                .max()
                .unwrap_or_default()
        };
        Floor {
            hard: newest(HARD),
            soft: newest(SOFT),
        }
    }

    fn newest(&self) -> Sequence {
        self.0.values().copied().max().unwrap_or_default()
    }
}

fn purges() -> impl Strategy<Value = Purge> {
    let force = prop_oneof![Just(HARD), Just(SOFT)];
    (0..200_u64, force).prop_map(|(number, force)| match number {
        0 => Purge::all(force),
        number => of(number, force),
    })
}

fn steps() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..2_usize, prop::collection::vec(purges(), 1..20))
            .prop_map(|(handle, purges)| Step::Add(handle, purges)),
        2 => (0..2_usize, 1..3_000_000_u64, purges())
            .prop_map(|(handle, number, purge)| Step::Numbered(handle, number, purge)),
        2 => (0..2_usize).prop_map(Step::Refresh),
        1 => (0..2_usize).prop_map(Step::Reopen),
        1 => Just(Step::Remove),
    ]
}

/// Runs a script on two handles and one folder; `judge` compares a handle that knows all with the model.
fn run(steps: &[Step], table_bytes: u64, judge: impl Fn(&Purges, &Model)) {
    let dir = tempfile::tempdir().unwrap();
    let open = || {
        Purges::open(
            Some(dir.path()),
            PurgeConfig {
                table_bytes,
                ..config()
            },
        )
        .unwrap()
    };
    let mut handles = [open(), open()];
    let mut model = Model::default();
    for step in steps {
        match step {
            Step::Add(handle, purges) => {
                let last = handles[*handle].add(purges).unwrap();
                let first = last.0 + 1 - purges.len() as u64;
                model
                    .0
                    .extend(purges.iter().copied().zip((first..).map(Sequence)));
                judge(&handles[*handle], &model);
            }
            Step::Numbered(handle, number, purge) => {
                handles[*handle].refresh().unwrap();
                let known = model.0.get(purge).is_some_and(|held| held.0 >= *number);
                let before = model.newest();
                let after = handles[*handle]
                    .add_numbered(&[(Sequence(*number), *purge)])
                    .unwrap();
                if after > before {
                    model.0.insert(*purge, after);
                    assert!(!known && (after.0 == *number || *number <= before.0));
                }
                judge(&handles[*handle], &model);
            }
            Step::Refresh(handle) => {
                handles[*handle].refresh().unwrap();
                judge(&handles[*handle], &model);
            }
            Step::Reopen(handle) => {
                handles[*handle] = open();
                judge(&handles[*handle], &model);
            }
            // Only where all know all: what nobody knows would be lost.
            Step::Remove => {
                handles.iter().for_each(|handle| handle.refresh().unwrap());
                fs::remove_file(log_of(dir.path())).unwrap();
                let number = handles[0].add(&[Purge::all(SOFT)]).unwrap();
                model.0.insert(Purge::all(SOFT), number);
            }
        }
    }
}

fn samples() -> impl Iterator<Item = Vec<Scope>> {
    (0..200).map(|at| vec![scope(at), scope(at / 2), scope(1000 + at)])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases / 8, ..ProptestConfig::default() })]

    #[test]
    fn floors_are_those_of_a_map(steps in prop::collection::vec(steps(), 1..40)) {
        run(&steps, 1 << 20, |purges, model| {
            assert_eq!(purges.newest(), model.newest());
            for scopes in samples() {
                assert_eq!(purges.floor(&scopes), model.floor(&scopes));
            }
        });
    }

    #[test]
    fn past_the_bound_floors_are_never_below_those_of_a_map_nor_above_the_newest(
        steps in prop::collection::vec(steps(), 1..40),
    ) {
        run(&steps, 0, |purges, model| {
            assert_eq!(purges.newest(), model.newest());
            for scopes in samples() {
                let (floor, least) = (purges.floor(&scopes), model.floor(&scopes));
                assert_eq!(floor.max(least), floor);
                assert!(floor.hard.max(floor.soft) <= purges.newest());
            }
            assert!(purges.usage().records <= 48);
        });
    }

    #[test]
    fn arbitrary_bytes_for_a_log_purge_everything_or_stop_the_start(
        bytes in prop::collection::vec(any::<u8>(), 0..400),
    ) {
        let dir = tempfile::tempdir().unwrap();
        fs::write(log_of(dir.path()), &bytes).unwrap();
        let purges = Purges::open(Some(dir.path()), config());
        prop_assert!(purges.is_err_and(|_| true) || open(dir.path()).floor(&[]).hard > Sequence(0));
    }
}
