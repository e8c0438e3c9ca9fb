//! What people see while a part of the edge is gone, and when it comes back.
//!
//! What is printed was measured; what decides is what must hold however busy the machine is.

use std::slice::SliceIndex;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::support::{
    Balancer, EXTERNAL_1, EXTERNAL_2, Edge, Fault, INTERNAL_1, INTERNAL_2, LARGE, Load, Origins,
    PATIENCE, Site, eventually, is_long, turn,
};

/// Answers for which clients go on when something has changed.
const A_WHILE: usize = 60;

/// What people may lose.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Losses {
    Nothing,
    /// What was on its way to them, which they see by its length.
    CutBodies,
    /// What was under way when the address moved.
    UnderWay,
}

/// Breaks something under load, and says what clients were told.
fn under_load(what: &str, losses: Losses, act: impl FnOnce(&mut Edge, &Load)) {
    under_load_of(Origins::Inkfish, what, losses, act);
}

fn under_load_of(origins: Origins, what: &str, losses: Losses, act: impl FnOnce(&mut Edge, &Load)) {
    let _turn = turn();
    let Some(mut edge) = Edge::try_start(origins) else {
        return;
    };
    let load = Load::start(&edge);
    act(&mut edge, &load);
    let tally = load.stop();
    println!("{what}: {tally}");
    assert_eq!(tally.wrong, 0, "bodies of something else");
    assert!(tally.completed > 0, "{tally}");
    assert!(tally.silence < PATIENCE, "{tally}");
    if losses != Losses::UnderWay {
        assert!(tally.failed.is_empty(), "{tally}");
        assert!(tally.failed_again.is_empty(), "{tally}");
    }
    if losses == Losses::Nothing {
        assert_eq!(tally.cut, 0, "{tally}");
    }
}

/// Waits until the address is at one balancer and nowhere else, and says how long that took.
#[track_caller]
fn moved_to(edge: &Edge, balancer: usize) -> Duration {
    let name = edge.balancers[balancer].machine.name();
    let took = eventually(&format!("{name} alone has the address"), || {
        edge.holder() == Some(balancer)
    });
    println!("  the address is at {name} after {} ms", took.as_millis());
    took
}

/// Breaks the first external under load, and mends it when the other one alone has had the address for a while.
fn the_other_external_has_the_address_until_it_is_mended(
    what: &str,
    break_first: impl FnOnce(&mut Edge),
    mend_first: impl FnOnce(&mut Edge),
) {
    under_load(what, Losses::UnderWay, |edge, load| {
        break_first(edge);
        moved_to(edge, EXTERNAL_2);
        load.wait_for(A_WHILE);
        mend_first(edge);
        moved_to(edge, EXTERNAL_1);
        load.wait_for(A_WHILE);
    });
}

/// Waits until every one of these balancers has been answered by the server at `address` again: one that was away is
/// passed by for `fail_timeout`.
fn wait_until_asked(
    edge: &Edge,
    address: &str,
    balancers: impl SliceIndex<[Balancer], Output = [Balancer]>,
) {
    for balancer in &edge.balancers[balancers] {
        let before = balancer.answers_of(address);
        eventually(&format!("{address} is asked again"), || {
            balancer.answers_of(address) > before
        });
    }
}

#[test]
fn nobody_notices_the_death_of_an_origin() {
    under_load("an origin is killed", Losses::CutBodies, |edge, load| {
        edge.origins[0].kill();
        load.wait_for(A_WHILE);
        edge.origins[0].start(Origins::Inkfish);
        edge.origins[0].wait_until_it_listens();
        load.wait_for(A_WHILE);
    });
}

#[test]
fn nobody_gets_a_mixture_where_an_origin_dies_while_images_are_refined() {
    let origins = Origins::Refining;
    let what = "an origin is killed while images are refined";
    under_load_of(origins, what, Losses::CutBodies, |edge, load| {
        for number in 0..2 {
            load.wait_until_refined();
            edge.origins[number].kill();
            load.wait_for(A_WHILE);
            edge.origins[number].start(origins);
            wait_until_asked(edge, &edge.origins[number].address(), INTERNAL_1..);
            load.wait_for(A_WHILE);
        }
    });
}

#[test]
fn a_body_that_a_death_cuts_off_is_known_by_its_length_and_whole_when_asked_for_again() {
    let _turn = turn();
    let Some(mut edge) = Edge::try_start(Origins::Inkfish) else {
        return;
    };
    let (client, path) = (edge.client(), edge.raw_path(LARGE));
    let machine = edge.client_machine.clone();
    let whole = machine.within(|| client.get(&path)).unwrap();
    assert_eq!(whole.status, 200);
    let home = edge.home_of(&path);
    let begun = machine.within(|| client.begin(&path, 1000));
    edge.origins[home].kill();
    assert_eq!(begun.finish().unwrap_err(), Fault::Cut);
    let again = machine.within(|| client.get(&path)).unwrap();
    assert!(again.body == whole.body, "{}", again.head);
}

#[test]
fn nobody_notices_origins_that_drain_and_start_again_one_by_one() {
    under_load("origins are restarted", Losses::Nothing, |edge, load| {
        for number in 0..2 {
            edge.origins[number].drain();
            load.wait_for(A_WHILE / 2);
            edge.origins[number].start(Origins::Inkfish);
            wait_until_asked(edge, &edge.origins[number].address(), INTERNAL_1..);
        }
        for origin in &edge.origins {
            assert_eq!(origin.dropped_connections(), "0");
        }
    });
}

#[test]
fn nobody_notices_balancers_that_read_their_files_again_or_are_restarted_behind() {
    if !is_long() {
        return;
    }
    under_load("balancers are restarted", Losses::Nothing, |edge, load| {
        for balancer in &edge.balancers {
            balancer.reload();
            load.wait_for(A_WHILE / 2);
        }
        for (internal, address) in [
            (INTERNAL_1, "10.0.0.11:8080"),
            (INTERNAL_2, "10.0.0.12:8080"),
        ] {
            edge.balancers[internal].drain_nginx();
            load.wait_for(A_WHILE / 2);
            edge.balancers[internal].start();
            wait_until_asked(edge, address, EXTERNAL_1..EXTERNAL_2);
        }
    });
}

#[test]
fn nobody_notices_the_death_of_an_internal() {
    under_load("an internal is killed", Losses::CutBodies, |edge, load| {
        edge.balancers[INTERNAL_1].kill_nginx();
        load.wait_for(A_WHILE);
        edge.balancers[INTERNAL_1].start();
        load.wait_for(A_WHILE);
    });
}

#[test]
fn the_other_external_takes_the_address_and_gives_it_back() {
    the_other_external_has_the_address_until_it_is_mended(
        "the Nginx of an external is killed",
        |edge| edge.balancers[EXTERNAL_1].kill_nginx(),
        |edge| edge.balancers[EXTERNAL_1].start(),
    );
}

#[test]
fn internals_take_the_address_when_both_externals_are_gone_and_give_it_back() {
    under_load(
        "both externals lose their power",
        Losses::UnderWay,
        |edge, load| {
            edge.lose_power(EXTERNAL_1);
            edge.lose_power(EXTERNAL_2);
            moved_to(edge, INTERNAL_1);
            load.wait_for(A_WHILE);
            if is_long() {
                edge.start_again(EXTERNAL_2);
                moved_to(edge, EXTERNAL_2);
                load.wait_for(A_WHILE);
            }
            edge.start_again(EXTERNAL_1);
            moved_to(edge, EXTERNAL_1);
            load.wait_for(A_WHILE);
        },
    );
}

#[test]
fn an_external_whose_cable_is_pulled_is_replaced() {
    if !is_long() {
        return;
    }
    the_other_external_has_the_address_until_it_is_mended(
        "an external's cable is pulled",
        |edge| edge.cut(EXTERNAL_1),
        |edge| edge.mend(EXTERNAL_1),
    );
}

#[test]
fn an_internal_whose_cable_is_pulled_is_passed_by() {
    if !is_long() {
        return;
    }
    under_load(
        "an internal's cable is pulled",
        Losses::CutBodies,
        |edge, load| {
            edge.cut(INTERNAL_1);
            load.wait_for(4 * A_WHILE);
            edge.mend(INTERNAL_1);
            load.wait_for(A_WHILE);
        },
    );
}

#[test]
fn externals_that_no_longer_hear_each_other_both_answer() {
    if !is_long() {
        return;
    }
    under_load("adverts are lost", Losses::UnderWay, |edge, load| {
        edge.balancers[EXTERNAL_1].lose("meta l4proto vrrp");
        eventually("both have the address", || {
            edge.balancers[EXTERNAL_1].has_address() && edge.balancers[EXTERNAL_2].has_address()
        });
        load.wait_for(A_WHILE);
        edge.balancers[EXTERNAL_1].lose_nothing();
        moved_to(edge, EXTERNAL_1);
        load.wait_for(A_WHILE);
    });
}

#[test]
fn an_external_that_stands_still_is_replaced_and_goes_on() {
    if !is_long() {
        return;
    }
    under_load(
        "an external stands still for 2 s",
        Losses::UnderWay,
        |edge, load| {
            let begun = Instant::now();
            edge.balancers[EXTERNAL_1].signal_all(Signal::STOP);
            eventually("the other one has the address", || {
                edge.balancers[EXTERNAL_2].has_address()
            });
            println!(
                "  the address is there after {} ms",
                begun.elapsed().as_millis()
            );
            load.wait_for_time(Duration::from_secs(2).saturating_sub(begun.elapsed()));
            edge.balancers[EXTERNAL_1].signal_all(Signal::CONT);
            moved_to(edge, EXTERNAL_1);
            load.wait_for(A_WHILE);
        },
    );
}

#[test]
fn nobody_notices_a_full_disk_or_a_dead_redis() {
    under_load(
        "the disks of origins are full and Redis is dead",
        Losses::Nothing,
        |edge, load| {
            for origin in &edge.origins {
                origin.fill_disk();
            }
            edge.kill_redis();
            load.wait_for(A_WHILE);
            let (client, path) = (edge.client(), edge.path(100, 20));
            let new = edge.client_machine.within(|| client.get(&path)).unwrap();
            assert_eq!(new.status, 200, "an image that nobody has asked for yet");
            assert_eq!(edge.holder(), Some(EXTERNAL_1));
            for origin in &edge.origins {
                eventually("an origin is ready and says what is wrong", || {
                    let told = origin.admin("/ready");
                    told.starts_with("ready") && told.contains("purge: unconfirmed")
                });
            }
        },
    );
}

#[test]
fn an_external_that_reaches_no_internal_lets_the_other_one_go_first() {
    if !is_long() {
        return;
    }
    the_other_external_has_the_address_until_it_is_mended(
        "an external reaches no internal",
        |edge| edge.balancers[EXTERNAL_1].lose("tcp dport 8080"),
        |edge| edge.balancers[EXTERNAL_1].lose_nothing(),
    );
}

#[test]
fn an_external_whose_keepalived_is_stopped_hands_the_address_over() {
    if !is_long() {
        return;
    }
    the_other_external_has_the_address_until_it_is_mended(
        "Keepalived of an external is stopped",
        |edge| edge.balancers[EXTERNAL_1].stop_keepalived(),
        |edge| edge.balancers[EXTERNAL_1].start(),
    );
}

#[test]
fn the_address_stays_where_it_is_while_no_origin_answers() {
    let _turn = turn();
    // Balancers do not learn it in one moment, which must move nothing either.
    let patient = |site: &Site| {
        site.replace("keepalived/site.conf", "_AFTER=1\n", "_AFTER=5\n");
    };
    let Some(mut edge) = Edge::try_start_with(Origins::Inkfish, patient) else {
        return;
    };
    for origin in &mut edge.origins {
        origin.kill();
    }
    for balancer in &edge.balancers {
        eventually("every balancer knows", || {
            balancer.log().contains("Script(upstream_answers) failed")
                || balancer.log().contains("upstream_answers) now returning")
        });
    }
    assert_eq!(edge.holder(), Some(EXTERNAL_1));
    let (client, path) = (edge.client(), edge.path(1, 16));
    let ask = || edge.client_machine.within(|| client.get(&path)).unwrap();
    assert_eq!(ask().status, 502);
    for origin in &mut edge.origins {
        origin.start(Origins::Inkfish);
    }
    eventually("images are answered again", || {
        edge.client_machine
            .within(|| client.get(&path))
            .is_ok_and(|answer| answer.status == 200)
    });
    assert_eq!(edge.holder(), Some(EXTERNAL_1));
}
