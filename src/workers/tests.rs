use std::sync::mpsc;

use tokio::sync::oneshot;

use super::*;
use crate::identify::{Identified, identify};
use crate::image::testing::{options, picture};
use crate::image::{Format, Layout, encode};
use crate::transform::ask::{Autoquality, AutoqualityMethod, Transform, Variant};
use crate::transform::plan::Defaults;

const ONE: Config = Config {
    threads: 1,
    queue: 1,
    pixel_memory_bytes: 1 << 30,
};

fn workers() -> Arc<Workers> {
    Arc::new(Workers::start(ONE).unwrap())
}

/// A JPEG whose quality is searched, or is not.
fn job(method: AutoqualityMethod) -> Job {
    let pixels = picture(200, 150, Layout::Rgb);
    let source = encode::encode(&pixels, &options(Format::Png)).unwrap();
    let Identified::Image(facts) = identify(&source, true) else {
        unreachable!("it was just written");
    };
    let transform = Transform {
        format: Some(Format::Jpeg),
        autoquality: Some(Autoquality {
            method,
            target: None,
            min: None,
            max: None,
            error: None,
        }),
        ..Transform::default()
    };
    let (defaults, variant) = (Defaults::default(), Variant::default());
    let plan = Plan::new(&transform, &defaults, &facts, variant).unwrap();
    Job {
        source: source.into(),
        facts,
        task: Task::Image {
            plan: Box::new(plan),
            mark: None,
        },
    }
}

#[tokio::test]
async fn a_search_ends_where_the_workers_are_told_to_stop_and_other_work_goes_on() {
    for (method, ends) in [
        (AutoqualityMethod::Ssimulacra2, true),
        (AutoqualityMethod::None, false),
    ] {
        let (workers, others) = (workers(), workers());
        assert!(others.run(job(method), || true).await.is_ok(), "{method:?}");
        let halted = Arc::clone(&workers);
        let on_start = move || {
            halted.halt();
            true
        };
        let told = workers.run(job(method), on_start).await;
        assert_eq!(matches!(told, Err(Error::Stopped)), ends, "{method:?}");
        assert_eq!(told.is_ok(), !ends, "{method:?}");
        let after = workers.run(job(method), || true).await;
        assert!(matches!(after, Err(Error::Stopped)), "{method:?}");
    }
}

#[tokio::test]
async fn searches_of_the_lowest_stand_still_while_others_work_and_may_be_stopped() {
    let others = workers();
    let (end, ended) = mpsc::channel();
    let (start, started) = oneshot::channel();
    let busy = Arc::clone(&others);
    let held = tokio::spawn(async move {
        let on_start = move || start.send(()).is_ok() && ended.recv().is_ok();
        busy.run(job(AutoqualityMethod::None), on_start).await
    });
    started.await.unwrap();
    let lowest = Arc::new(Workers::start_lowest(ONE, others).unwrap());
    let (start, started) = oneshot::channel();
    let searching = Arc::clone(&lowest);
    let search = tokio::spawn(async move {
        let on_start = move || start.send(()).is_ok();
        searching
            .run(job(AutoqualityMethod::Ssimulacra2), on_start)
            .await
    });
    started.await.unwrap();
    // In this time it would be over.
    let quick = workers();
    for _ in 0..3 {
        let searched = quick.run(job(AutoqualityMethod::Ssimulacra2), || true);
        assert!(searched.await.is_ok());
    }
    assert_eq!(lowest.gauges().running, 1, "it stands still");
    lowest.halt();
    assert!(matches!(search.await.unwrap(), Err(Error::Stopped)));
    end.send(()).unwrap();
    assert!(held.await.unwrap().is_ok());
}

#[test]
fn retry_after_is_whole_seconds_within_bounds() {
    for (wait_millis, secs) in [(0, 1), (999, 1), (1_001, 2), (29_500, 30), (900_000, 30)] {
        let wait = Duration::from_millis(wait_millis);
        assert_eq!(retry_after(wait), Duration::from_secs(secs), "{wait:?}");
    }
}
