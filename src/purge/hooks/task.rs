//! The task of one hook: what it is to be told, in the order of when.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until, timeout};

use super::counts::Counts;
use super::form::Hook;
use super::{MAX_WAITING, Told};
use crate::purge::http::Client;

/// How often one is tried.
const ATTEMPTS: u32 = 6;
/// What is waited after the first failure; twice as long after each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// For a whole request.
const PATIENCE: Duration = Duration::from_secs(5);

/// Tells one hook.
pub(super) struct Task {
    parts: Parts,
    due: BinaryHeap<Reverse<Due>>,
    last: u64,
    pace: Pace,
}

/// What it works with.
pub(super) struct Parts {
    pub(super) hook: Hook,
    pub(super) client: Client,
    pub(super) authorization: Option<String>,
    /// After this time all that was under way has ended.
    pub(super) longest_request: Duration,
    pub(super) counts: Arc<Counts>,
    /// Becomes true when nothing is under way any more.
    pub(super) hurry: watch::Receiver<bool>,
}

/// Something to be told at a time.
#[derive(Clone)]
struct Due {
    at: Instant,
    /// Of two at one time the earlier goes first.
    number: u64,
    told: Arc<Told>,
    attempt: u32,
    round: Round,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Round {
    AtOnce,
    Again,
}

/// Whether what is under way is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pace {
    Even,
    Hurried,
}

impl Task {
    pub(super) fn new(parts: Parts) -> Self {
        Self {
            parts,
            due: BinaryHeap::new(),
            last: 0,
            pace: Pace::Even,
        }
    }

    pub(super) async fn run(mut self, mut inbox: mpsc::Receiver<Arc<Told>>) {
        loop {
            let next = self.due.peek().map(|Reverse(due)| due.at);
            tokio::select! {
                biased;
                () = sleep_until(next.unwrap_or_else(Instant::now)), if next.is_some() => {
                    let Reverse(due) = self.due.pop().expect("it was there");
                    self.tell(due).await;
                }
                told = inbox.recv(), if self.due.len() < MAX_WAITING => match told {
                    Some(told) => self.put(told, (0, Round::AtOnce), Duration::ZERO),
                    None => return,
                },
                Ok(()) = self.parts.hurry.changed(), if self.pace == Pace::Even => self.hurry(),
            }
        }
    }

    /// What waits is due now.
    fn hurry(&mut self) {
        self.pace = Pace::Hurried;
        let now = Instant::now();
        let due = std::mem::take(&mut self.due).into_iter();
        self.due = due
            .map(|Reverse(due)| Reverse(Due { at: now, ..due }))
            .collect();
    }

    fn put(&mut self, told: Arc<Told>, (attempt, round): (u32, Round), after: Duration) {
        self.last += 1;
        self.due.push(Reverse(Due {
            at: Instant::now() + after,
            number: self.last,
            told,
            attempt,
            round,
        }));
    }

    async fn tell(&mut self, due: Due) {
        let Parts { hook, client, .. } = &self.parts;
        let authorization = self.parts.authorization.as_deref();
        let Some(request) = hook.request(&due.told, authorization) else {
            if hook.misses(&due.told) {
                self.drop("no key on answers covers it", &due.told);
            }
            self.parts.counts.went();
            return;
        };
        let reply = timeout(PATIENCE, client.send(request)).await;
        let failure = match reply {
            Ok(Ok(reply)) if reply.is_success() => None,
            Ok(Ok(reply)) => Some(format!("it answers {}", reply.status)),
            Ok(Err(error)) => Some(error),
            Err(_) => Some("it does not answer in time".to_owned()),
        };
        match failure {
            None => self.told(due),
            Some(reason) => self.failed(due, &reason),
        }
    }

    fn told(&mut self, due: Due) {
        self.parts.counts.sent();
        if due.round == Round::AtOnce && self.pace == Pace::Even {
            let after = self.parts.longest_request;
            self.put(due.told, (0, Round::Again), after);
        } else {
            self.parts.counts.went();
        }
    }

    fn failed(&mut self, due: Due, reason: &str) {
        self.parts.counts.failed();
        let attempt = due.attempt + 1;
        if attempt < ATTEMPTS {
            let pause = FIRST_PAUSE * 2_u32.pow(due.attempt);
            self.put(due.told, (attempt, due.round), pause);
        } else {
            self.drop(reason, &due.told);
            self.parts.counts.went();
        }
    }

    fn drop(&self, reason: &str, told: &Told) {
        self.parts.counts.dropped();
        let (hook, order) = (self.parts.hook.url.as_str(), told.order.to_json());
        tracing::warn!(hook, %order, reason, "a cache in front was not told of a purge");
    }
}

impl Ord for Due {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.number).cmp(&(other.at, other.number))
    }
}

impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Due {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

impl Eq for Due {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::Force;
    use crate::purge::order::{Order, Target};

    fn told() -> Arc<Told> {
        let (target, force) = (Target::All, Force::Hard);
        Arc::new(Told {
            order: Order { target, force },
            keys: Vec::new(),
        })
    }

    /// The task of a hook that nobody answers for; told to hurry by the sender.
    fn task() -> (Task, watch::Sender<bool>) {
        let (hurry, hurried) = watch::channel(false);
        let parts = Parts {
            hook: Hook::parse("json=http://127.0.0.1:9/").unwrap(),
            client: Client::default(),
            authorization: None,
            longest_request: Duration::from_secs(60),
            counts: Arc::default(),
            hurry: hurried,
        };
        (Task::new(parts), hurry)
    }

    #[test]
    fn what_is_due_first_goes_first_and_in_a_hurry_what_came_first() {
        let (mut task, _hurry) = task();
        for millis in [5000, 1000, 1000] {
            task.put(told(), (0, Round::AtOnce), Duration::from_millis(millis));
        }
        let numbers = |task: &Task| -> Vec<u64> {
            let mut due = task.due.clone();
            std::iter::from_fn(|| Some(due.pop()?.0.number)).collect()
        };
        assert_eq!(numbers(&task), [2, 3, 1]);
        task.hurry();
        assert_eq!(numbers(&task), [1, 2, 3]);
        assert!(task.due.iter().all(|due| due.0.at <= Instant::now()));
    }

    #[test]
    fn a_purge_is_told_twice_but_once_in_a_hurry() {
        let (mut task, _hurry) = task();
        let due = |task: &mut Task| {
            task.parts.counts.came();
            task.put(told(), (0, Round::AtOnce), Duration::ZERO);
            task.due.pop().unwrap().0
        };
        let first = due(&mut task);
        task.told(first);
        let again = task.due.pop().unwrap().0;
        assert_eq!(again.round, Round::Again);
        task.told(again);
        task.hurry();
        let only = due(&mut task);
        task.told(only);
        assert!(task.due.is_empty());
        let counts = task.parts.counts.read();
        assert_eq!((counts.sent, counts.waiting), (3, 0));
    }
}
