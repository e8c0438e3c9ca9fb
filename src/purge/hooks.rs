//! Telling others of purges: caches in front of us, and whoever else the operator names.
//!
//! Every hook has a task and a queue of its own, so that one that does not answer holds up no other. A purge is told
//! at once, again where that fails, and once more when every request that was under way at the time has ended: what
//! such a request brings may be older than the purge.

mod counts;
mod form;
mod task;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, watch};

use super::http::Client;
use super::order::Order;
use counts::Counts;
pub use counts::HookCounts;
pub use form::{Form, Hook};
use task::{Parts, Task};

/// Most purges that a hook has not been told yet; past them they are dropped for it.
const MAX_WAITING: usize = 4096;

/// Who is told, and how.
#[derive(Clone, Default)]
pub struct HookConfig {
    /// Who is told, each on its own.
    pub hooks: Vec<Hook>,
    /// The value of `Authorization` that those get which are told in JSON.
    pub authorization: Option<String>,
    /// After this time each is told once more.
    pub longest_request: Duration,
}

/// What is told.
#[derive(Clone, Debug)]
pub(super) struct Told {
    pub(super) order: Order,
    /// The keys of all answers that are concerned.
    pub(super) keys: Vec<String>,
}

/// The hooks, each with its task.
pub(super) struct Hooks {
    tellers: Vec<Teller>,
    /// Is true once nothing is put off any more.
    hurry: watch::Sender<bool>,
}

struct Teller {
    form: Form,
    queue: mpsc::Sender<Arc<Told>>,
    counts: Arc<Counts>,
}

impl fmt::Debug for HookConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HookConfig")
            .field("hooks", &self.hooks)
            .finish_non_exhaustive()
    }
}

impl Hooks {
    pub(super) fn start(config: HookConfig, runtime: &Handle) -> Self {
        let client = Client::default();
        let hurry = watch::Sender::new(false);
        let tellers = config.hooks.into_iter().map(|hook| {
            let (queue, inbox) = mpsc::channel(MAX_WAITING);
            let counts = Arc::new(Counts::default());
            let form = hook.form;
            let parts = Parts {
                hook,
                client: client.clone(),
                authorization: config.authorization.clone(),
                longest_request: config.longest_request,
                counts: Arc::clone(&counts),
                hurry: hurry.subscribe(),
            };
            runtime.spawn(Task::new(parts).run(inbox));
            Teller {
                form,
                queue,
                counts,
            }
        });
        Self {
            tellers: tellers.collect(),
            hurry,
        }
    }

    /// Has every hook told of a purge; does not wait.
    pub(super) fn tell(&self, told: &Told) {
        let told = Arc::new(told.clone());
        for teller in &self.tellers {
            let counts = &teller.counts;
            // Before its task may have told it.
            counts.came();
            if teller.queue.try_send(Arc::clone(&told)).is_err() {
                counts.went();
                counts.dropped();
            }
        }
    }

    /// Has every hook told now what it is to be told later too, and waits until all are told or given up. For a time
    /// when no request is under way any more.
    pub(super) async fn settled(&self) {
        self.hurry.send_replace(true);
        join_all(self.tellers.iter().map(|teller| teller.counts.settled())).await;
    }

    /// What has become of telling the hooks of each form.
    pub(super) fn counts(&self) -> Vec<(Form, HookCounts)> {
        let mut forms: Vec<(Form, HookCounts)> = Vec::new();
        for teller in &self.tellers {
            let counts = teller.counts.read();
            match forms.iter_mut().find(|(form, _)| *form == teller.form) {
                Some((_, sum)) => *sum = sum.plus(counts),
                None => forms.push((teller.form, counts)),
            }
        }
        forms
    }
}
