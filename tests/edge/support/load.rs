//! Clients who ask all the time, and what they were told.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::bodies::{Bodies, Rest};
use super::{Answer, Client, Edge, Fault, PICTURES, eventually};

const CLIENTS: usize = 4;
/// Each client asks so often, where it is answered sooner.
const ASK_EVERY: Duration = Duration::from_millis(80);
/// How long a client waits, as people do.
const PEOPLES_PATIENCE: Duration = Duration::from_secs(20);
/// Who measures for how long nobody was answered asks more often, and waits for less.
const PROBE_EVERY: Duration = Duration::from_millis(20);
const PROBE_PATIENCE: Duration = Duration::from_millis(200);

const WIDTHS: [u32; 4] = [16, 32, 48, 64];

/// What became of requests.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) asked: usize,
    /// Requests that were not answered, or by an error.
    pub(crate) failed: Vec<String>,
    /// Bodies that ended before their length.
    pub(crate) cut: usize,
    /// Of both, those that failed again when the client asked once more.
    pub(crate) failed_again: Vec<String>,
    /// Bodies, and parts of bodies, that are not those of what was asked for.
    pub(crate) wrong: usize,
    /// Answers that completed what a client had of a body.
    pub(crate) completed: usize,
    /// Answers from the start to somebody who had a part of what is refined by now.
    pub(crate) begun_anew: usize,
    pub(crate) slowest: Duration,
    /// The longest time in which nobody was answered who asks every [`PROBE_EVERY`].
    pub(crate) silence: Duration,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (asked, cut, wrong) = (self.asked, self.cut, self.wrong);
        let (completed, anew) = (self.completed, self.begun_anew);
        let (failed, again) = (counted(&self.failed), counted(&self.failed_again));
        let (slowest, silence) = (self.slowest.as_millis(), self.silence.as_millis());
        write!(
            f,
            "{asked} asked, failed: {failed}; {cut} cut, failed again: {again}; {wrong} wrong, \
             {completed} completed, {anew} begun anew, slowest {slowest} ms, silent for {silence} ms"
        )
    }
}

/// How often each reason is there.
fn counted(reasons: &[String]) -> String {
    let mut counts = BTreeMap::new();
    for reason in reasons {
        *counts.entry(reason.as_str()).or_insert(0) += 1;
    }
    let texts: Vec<String> = counts
        .iter()
        .map(|(reason, count)| format!("{count} ({reason})"))
        .collect();
    match texts.is_empty() {
        true => "0".to_owned(),
        false => texts.join(", "),
    }
}

/// What the threads share.
struct Shared {
    client: Client,
    /// By their paths; the first ones are from before anything broke.
    bodies: Mutex<HashMap<String, Bodies>>,
    paths: Vec<String>,
    answers: AtomicUsize,
    has_ended: AtomicBool,
    tally: Mutex<Tally>,
}

/// Clients; they go on until they are stopped.
pub(crate) struct Load {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

impl Load {
    /// Learns what every path answers, and has clients ask for them from then on.
    pub(crate) fn start(edge: &Edge) -> Self {
        let paths: Vec<String> = (0..PICTURES)
            .flat_map(|source| WIDTHS.map(|width| edge.path(source, width)))
            .collect();
        let client = edge.client().with_patience(PEOPLES_PATIENCE);
        let learn = |path: &String| (path.clone(), Bodies::learn(&client, path));
        let bodies = edge
            .client_machine
            .within(|| paths.iter().map(learn).collect());
        let shared = Arc::new(Shared {
            client,
            bodies: Mutex::new(bodies),
            paths,
            answers: AtomicUsize::default(),
            has_ended: AtomicBool::default(),
            tally: Mutex::default(),
        });
        let asking = (0..CLIENTS).map(|number| {
            let (shared, machine) = (Arc::clone(&shared), edge.client_machine.clone());
            thread::spawn(move || {
                machine.enter();
                shared.ask_on(number);
            })
        });
        let mut threads: Vec<_> = asking.collect();
        let (probing, machine) = (Arc::clone(&shared), edge.client_machine.clone());
        threads.push(thread::spawn(move || {
            machine.enter();
            probing.probe();
        }));
        let load = Self { shared, threads };
        load.wait_for(20);
        load
    }

    /// Waits until so many more requests were answered.
    #[track_caller]
    pub(crate) fn wait_for(&self, more: usize) {
        let answers = || self.shared.answers.load(Ordering::Relaxed);
        let enough = answers() + more;
        eventually("clients are answered", || answers() >= enough);
    }

    /// Waits until one who had a part of an image has got all of what it is refined.
    #[track_caller]
    pub(crate) fn wait_until_refined(&self) {
        let anew = || self.shared.tally.lock().unwrap().begun_anew;
        eventually("an image is refined", || anew() > 0);
    }

    /// Lets clients go on for a time that a setting names.
    pub(crate) fn wait_for_time(&self, time: Duration) {
        thread::sleep(time);
    }

    /// Waits until all clients are done, and says what they were told since the start.
    pub(crate) fn stop(mut self) -> Tally {
        self.shared.has_ended.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            thread.join().unwrap();
        }
        self.shared.assert_different();
        self.shared.tally.lock().unwrap().clone()
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.shared.has_ended.store(true, Ordering::Relaxed);
    }
}

impl Shared {
    /// Asks for one path after the other, and for all again; every other client has the first half of each.
    fn ask_on(&self, number: usize) {
        let mut next = number;
        while !self.has_ended.load(Ordering::Relaxed) {
            let begun = Instant::now();
            let path = &self.paths[next % self.paths.len()];
            let turn = next / self.paths.len();
            let rest = || self.bodies.lock().unwrap()[path].rest(turn);
            self.ask(path, (number % 2 == 1).then(rest).as_ref());
            next += 1;
            thread::sleep(ASK_EVERY.saturating_sub(begun.elapsed()));
        }
    }

    fn ask(&self, path: &str, rest: Option<&Rest>) {
        let lines = rest.map_or("", |rest| &rest.lines);
        let ask = || self.client.request("GET", path, lines);
        let begun = Instant::now();
        let first = ask();
        let took = begun.elapsed();
        let failure = verdict(&first).err();
        let again = failure.is_some().then(ask);
        for answer in [Some(&first), again.as_ref()].into_iter().flatten() {
            self.compare(path, rest, answer);
        }
        let mut tally = self.tally.lock().unwrap();
        tally.asked += 1;
        tally.slowest = tally.slowest.max(took);
        match failure {
            None => {}
            Some(Failure::Cut) => tally.cut += 1,
            Some(Failure::Told(why)) => tally.failed.push(why),
        }
        if let Some(Err(Failure::Told(why))) = again.as_ref().map(verdict) {
            tally.failed_again.push(why);
        }
        self.answers.fetch_add(1, Ordering::Relaxed);
    }

    /// Looks whether what came, if anything did, is what was asked for.
    fn compare(&self, path: &str, rest: Option<&Rest>, outcome: &Result<Answer, Fault>) {
        let Some(answer) = outcome.as_ref().ok().filter(|answer| is_good(answer)) else {
            return;
        };
        let mut bodies = self.bodies.lock().unwrap();
        let bodies = bodies.get_mut(path).unwrap();
        let is_part = answer.status == 206;
        let is_right = match rest {
            Some(rest) => bodies.complete(rest, answer),
            None => !is_part && bodies.have(answer),
        };
        let mut tally = self.tally.lock().unwrap();
        tally.wrong += usize::from(!is_right);
        tally.completed += usize::from(is_part);
        tally.begun_anew += usize::from(rest.is_some() && !is_part);
    }

    /// No path has the body of another, or nobody would see it where it does not belong.
    fn assert_different(&self) {
        let bodies = self.bodies.lock().unwrap();
        let mut tags: Vec<&str> = bodies.values().flat_map(Bodies::tags).collect();
        tags.sort_unstable();
        assert!(tags.windows(2).all(|two| two[0] != two[1]), "{tags:?}");
    }

    fn probe(&self) {
        let client = self.client.with_patience(PROBE_PATIENCE);
        let mut answered = Instant::now();
        while !self.has_ended.load(Ordering::Relaxed) {
            let begun = Instant::now();
            if verdict(&client.get(&self.paths[0])).is_ok() {
                let mut tally = self.tally.lock().unwrap();
                tally.silence = tally.silence.max(answered.elapsed());
                answered = Instant::now();
            }
            thread::sleep(PROBE_EVERY.saturating_sub(begun.elapsed()));
        }
    }
}

/// Why an answer is none.
enum Failure {
    Cut,
    Told(String),
}

fn verdict(outcome: &Result<Answer, Fault>) -> Result<(), Failure> {
    match outcome {
        Ok(answer) if is_good(answer) => Ok(()),
        Ok(answer) => Err(Failure::Told(answer.status.to_string())),
        Err(Fault::Cut) => Err(Failure::Cut),
        Err(Fault::Unanswered(why)) => Err(Failure::Told(why.clone())),
    }
}

fn is_good(answer: &Answer) -> bool {
    matches!(answer.status, 200 | 206)
}
