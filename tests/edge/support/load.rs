//! Clients who ask all the time, and what they were told.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::{Answer, Client, Edge, Fault, PICTURES, eventually};

const CLIENTS: u64 = 4;
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
    /// Bodies that are not those of what was asked for.
    pub(crate) wrong: usize,
    pub(crate) slowest: Duration,
    /// The longest time in which nobody was answered who asks every [`PROBE_EVERY`].
    pub(crate) silence: Duration,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (asked, cut, wrong) = (self.asked, self.cut, self.wrong);
        let (failed, again) = (counted(&self.failed), counted(&self.failed_again));
        let (slowest, silence) = (self.slowest.as_millis(), self.silence.as_millis());
        write!(
            f,
            "{asked} asked, failed: {failed}; {cut} cut, failed again: {again}; {wrong} wrong, \
             slowest {slowest} ms, silent for {silence} ms"
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
    /// The bodies by their paths, as they were before anything broke.
    bodies: HashMap<String, Vec<u8>>,
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
        let bodies: HashMap<String, Vec<u8>> = edge.client_machine.within(|| {
            let learn = |path: &String| (path.clone(), client.get(path).unwrap().body);
            paths.iter().map(learn).collect()
        });
        let different: HashSet<&Vec<u8>> = bodies.values().collect();
        assert_eq!(different.len(), paths.len(), "no two are the same");
        let shared = Arc::new(Shared {
            client,
            bodies,
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
        self.shared.tally.lock().unwrap().clone()
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.shared.has_ended.store(true, Ordering::Relaxed);
    }
}

impl Shared {
    fn ask_on(&self, number: u64) {
        let mut next = number as usize;
        while !self.has_ended.load(Ordering::Relaxed) {
            let begun = Instant::now();
            self.ask(&self.paths[next % self.paths.len()]);
            next += 1;
            thread::sleep(ASK_EVERY.saturating_sub(begun.elapsed()));
        }
    }

    fn ask(&self, path: &str) {
        let begun = Instant::now();
        let first = self.client.get(path);
        let took = begun.elapsed();
        let outcome = verdict(&first);
        let again = match outcome {
            Ok(()) => None,
            Err(_) => Some(self.client.get(path)),
        };
        let mut tally = self.tally.lock().unwrap();
        tally.asked += 1;
        tally.slowest = tally.slowest.max(took);
        match outcome {
            Ok(()) => {}
            Err(Failure::Cut) => tally.cut += 1,
            Err(Failure::Told(why)) => tally.failed.push(why),
        }
        for answer in [Some(&first), again.as_ref()]
            .into_iter()
            .flatten()
            .flatten()
        {
            let is_wrong = answer.status == 200 && answer.body != self.bodies[path];
            tally.wrong += usize::from(is_wrong);
        }
        if let Some(Err(Failure::Told(why))) = again.as_ref().map(verdict) {
            tally.failed_again.push(why);
        }
        self.answers.fetch_add(1, Ordering::Relaxed);
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
        Ok(answer) if answer.status == 200 => Ok(()),
        Ok(answer) => Err(Failure::Told(answer.status.to_string())),
        Err(Fault::Cut) => Err(Failure::Cut),
        Err(Fault::Unanswered(why)) => Err(Failure::Told(why.clone())),
    }
}
