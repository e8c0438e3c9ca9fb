//! Telling others of purges: caches in front of us, and whoever else the operator names.
//!
//! Every hook has a task and a queue of its own, so that one that does not answer holds up no other. A purge is told
//! at once, again where that fails, and once more when every request that was under way at the time has ended: what
//! such a request brings may be older than the purge.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, request};
use http_body_util::Full;
use serde_json::json;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout};
use url::Url;

use super::http::Client;
use super::order::{Order, Target};
use crate::cache::Force;

/// Most purges that a hook has not been told yet; past them they are dropped for it.
const MAX_WAITING: usize = 4096;
/// How often one is tried.
const ATTEMPTS: u32 = 6;
/// What is waited after the first failure; twice as long after each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// For a whole request.
const PATIENCE: Duration = Duration::from_secs(5);

/// How a hook is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// `PURGE` with the surrogate keys in `xkey-purge` or `xkey-softpurge`, as Varnish's xkey takes them.
    Xkey,
    /// `PURGE` of the path that was ordered; orders of anything else than a URL are not told.
    Path,
    /// `POST` of the order and the surrogate keys as JSON.
    Json,
}

/// Who is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hook {
    /// How.
    pub form: Form,
    /// Where.
    pub url: Url,
}

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

/// What has become of telling one hook.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HookCounts {
    /// Requests that it answered with success.
    pub sent: u64,
    /// Requests that failed; each is tried again a few times.
    pub failed: u64,
    /// Purges that it was never told: given up, without room to wait, or with no key that covers them.
    pub dropped: u64,
    /// Purges that it is still to be told.
    pub waiting: u64,
}

/// What is told.
#[derive(Clone, Debug)]
pub(super) struct Told {
    pub(super) order: Order,
    /// The keys of all answers that are concerned.
    pub(super) keys: Vec<String>,
}

/// The hooks, each with its task.
pub(super) struct Hooks(Vec<Teller>);

struct Teller {
    form: Form,
    queue: mpsc::Sender<Arc<Told>>,
    counts: Arc<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    sent: AtomicU64,
    failed: AtomicU64,
    dropped: AtomicU64,
    waiting: AtomicU64,
}

impl Form {
    /// The form as settings name it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Xkey => "xkey",
            Self::Path => "path",
            Self::Json => "json",
        }
    }
}

impl Hook {
    /// Reads `FORM=URL`, such as `xkey=http://127.0.0.1:6081`.
    pub fn parse(text: &str) -> Option<Self> {
        let (form, url) = text.split_once('=')?;
        let mut forms = [Form::Xkey, Form::Path, Form::Json].into_iter();
        let form = forms.find(|known| known.name() == form.trim())?;
        let url = Url::parse(url.trim()).ok()?;
        let is_plain = url.username().is_empty() && url.password().is_none();
        let fits = matches!(url.scheme(), "http" | "https") && url.has_host() && is_plain;
        fits.then_some(Self { form, url })
    }

    /// The request that tells of a purge; `None` where there is nothing to say.
    fn request(&self, told: &Told, authorization: Option<&str>) -> Option<Request<Full<Bytes>>> {
        let purge =
            || request::Builder::new().method(Method::from_bytes(b"PURGE").expect("a token"));
        let request = match self.form {
            Form::Xkey if told.keys.is_empty() => return None,
            Form::Xkey => purge()
                .uri(self.url.as_str())
                .header(xkey_header(told.order.force), told.keys.join(" "))
                .body(Full::default()),
            Form::Path => purge()
                .uri(self.under(&told.order.target)?)
                .body(Full::default()),
            Form::Json => {
                let mut body = told.order.to_json();
                body["keys"] = json!(told.keys);
                let mut post = Request::post(self.url.as_str())
                    .header(CONTENT_TYPE, HeaderValue::from_static("application/json"));
                if let Some(value) = authorization {
                    post = post.header(AUTHORIZATION, value);
                }
                post.body(Full::from(body.to_string()))
            }
        };
        request.ok()
    }

    fn under(&self, target: &Target) -> Option<String> {
        match target {
            Target::Url(path) => Some(format!("{}{path}", self.url.as_str().trim_end_matches('/'))),
            _ => None,
        }
    }

    /// Whether a purge that comes to no request is one that the hook should have been told.
    fn misses(&self, told: &Told) -> bool {
        match self.form {
            Form::Xkey => true,
            Form::Path => matches!(told.order.target, Target::Url(_)),
            Form::Json => true,
        }
    }
}

const fn xkey_header(force: Force) -> &'static str {
    match force {
        Force::Hard => "xkey-purge",
        Force::Soft => "xkey-softpurge",
    }
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
        let tellers = config.hooks.into_iter().map(|hook| {
            let (queue, inbox) = mpsc::channel(MAX_WAITING);
            let counts = Arc::new(Counts::default());
            let form = hook.form;
            let task = Task {
                hook,
                client: client.clone(),
                authorization: config.authorization.clone(),
                longest_request: config.longest_request,
                counts: Arc::clone(&counts),
                due: BinaryHeap::new(),
                last: 0,
            };
            runtime.spawn(task.run(inbox));
            Teller {
                form,
                queue,
                counts,
            }
        });
        Self(tellers.collect())
    }

    /// Has every hook told of a purge; does not wait.
    pub(super) fn tell(&self, told: &Told) {
        let told = Arc::new(told.clone());
        for teller in &self.0 {
            let counts = &teller.counts;
            if teller.queue.try_send(Arc::clone(&told)).is_ok() {
                counts.waiting.fetch_add(1, Ordering::Relaxed);
            } else {
                counts.dropped.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// What has become of telling the hooks of each form.
    pub(super) fn counts(&self) -> Vec<(Form, HookCounts)> {
        let mut forms: Vec<(Form, HookCounts)> = Vec::new();
        for teller in &self.0 {
            let counts = teller.counts.read();
            match forms.iter_mut().find(|(form, _)| *form == teller.form) {
                Some((_, sum)) => *sum = sum.plus(counts),
                None => forms.push((teller.form, counts)),
            }
        }
        forms
    }
}

impl HookCounts {
    fn plus(self, other: Self) -> Self {
        Self {
            sent: self.sent + other.sent,
            failed: self.failed + other.failed,
            dropped: self.dropped + other.dropped,
            waiting: self.waiting + other.waiting,
        }
    }
}

impl Counts {
    fn read(&self) -> HookCounts {
        let load = |count: &AtomicU64| count.load(Ordering::Relaxed);
        HookCounts {
            sent: load(&self.sent),
            failed: load(&self.failed),
            dropped: load(&self.dropped),
            waiting: load(&self.waiting),
        }
    }
}

/// Tells one hook.
struct Task {
    hook: Hook,
    client: Client,
    authorization: Option<String>,
    longest_request: Duration,
    counts: Arc<Counts>,
    due: BinaryHeap<Reverse<Due>>,
    last: u64,
}

/// Something to be told at a time.
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

impl Task {
    async fn run(mut self, mut inbox: mpsc::Receiver<Arc<Told>>) {
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
            }
        }
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
        let authorization = self.authorization.as_deref();
        let Some(request) = self.hook.request(&due.told, authorization) else {
            if self.hook.misses(&due.told) {
                self.drop("no key on answers covers it", &due.told);
            }
            self.done();
            return;
        };
        let reply = timeout(PATIENCE, self.client.send(request)).await;
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
        self.counts.sent.fetch_add(1, Ordering::Relaxed);
        if due.round == Round::AtOnce {
            self.put(due.told, (0, Round::Again), self.longest_request);
        } else {
            self.done();
        }
    }

    fn failed(&mut self, due: Due, reason: &str) {
        self.counts.failed.fetch_add(1, Ordering::Relaxed);
        let attempt = due.attempt + 1;
        if attempt < ATTEMPTS {
            let pause = FIRST_PAUSE * 2_u32.pow(due.attempt);
            self.put(due.told, (attempt, due.round), pause);
        } else {
            self.drop(reason, &due.told);
            self.done();
        }
    }

    fn drop(&self, reason: &str, told: &Told) {
        self.counts.dropped.fetch_add(1, Ordering::Relaxed);
        let (hook, order) = (self.hook.url.as_str(), told.order.to_json());
        tracing::warn!(hook, %order, reason, "a cache in front was not told of a purge");
    }

    fn done(&self) {
        self.counts.waiting.fetch_sub(1, Ordering::Relaxed);
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
mod tests;
