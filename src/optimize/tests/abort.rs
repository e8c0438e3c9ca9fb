use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use super::*;

#[test]
fn searches_give_way_before_each_file_and_may_be_stopped_there() {
    for (stops_at, is_found) in [(usize::MAX, true), (2, false)] {
        let asked = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&asked);
        let abort = Abort::giving_way(move |abort| {
            if counter.fetch_add(1, Ordering::Relaxed) + 1 == stops_at {
                abort.stop();
            }
        });
        let goal = goal(Stage::Fast);
        let found = optimize(&photo(200, 150), &[(&way(Format::Jpeg), &goal)], &abort);
        assert_eq!(found.is_ok(), is_found);
        assert!(asked.load(Ordering::Relaxed) >= 2);
    }
}

#[test]
fn a_caller_may_stop_the_work() {
    let abort = Abort::default();
    abort.stop();
    let pixels = photo(200, 150);
    for format in [Format::Jpeg, Format::WebP, Format::Png, Format::Gif] {
        let goal = goal(Stage::Fast);
        let stopped = optimize(&pixels, &[(&way(format), &goal)], &abort);
        assert!(matches!(stopped, Err(Error::Aborted)), "{format:?}");
    }
}
