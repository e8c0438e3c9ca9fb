//! Writing behind: what is there is looked at first, and replaced only as it was seen.

use std::sync::Arc;

use bytes::Bytes;

use super::access::{Seen, Written};
use super::error::SharedError;
use super::health::Event;
use super::item::{Item, Verdict};
use super::name::Name;
use super::{Core, FIRST_LOOK_BYTES, Job};

/// Tries of one write; others were faster each time.
const TRIES: usize = 2;

/// What a look at an object says about an item that would replace it.
enum Look {
    Stays,
    /// It may be replaced as it was seen; `None`: it is absent.
    GivesWay(Option<Seen>),
}

impl Core {
    /// Does what the queue holds, one job after another, for ever.
    pub(super) async fn write_behind(self: Arc<Self>) {
        loop {
            let job = self.queue.next().await;
            self.work(&job).await;
        }
    }

    async fn work(&self, job: &Job) {
        let Some(attempt) = self.writing.ask() else {
            self.tally.count(Event::Dropped);
            return;
        };
        let outcome = match job {
            Job::Write(item) => self.write(item).await,
            Job::Remove(name, seen) => self.remove(*name, seen).await,
        };
        attempt.end(&outcome);
        match (outcome, job) {
            (Ok(Event::Written), Job::Write(item)) => self.tally.wrote(item.body_bytes()),
            (Ok(event), _) => self.tally.count(event),
            (Err(error), _) => return self.tally.failed(Event::WriteError, &error),
        }
        self.tally.recovered();
    }

    async fn write(&self, item: &Item) -> Result<Event, SharedError> {
        let parts = self.encoded(item).await?;
        let mut outcome = Ok(Event::Outrun);
        for _ in 0..TRIES {
            let Look::GivesWay(seen) = self.look(item).await? else {
                return Ok(Event::Superseded);
            };
            let (name, parts) = (item.name(), parts.clone());
            let writing = self.access.write(name, parts, seen, self.write_limits);
            outcome = match writing.await {
                Ok(Written::Done) => return Ok(Event::Written),
                Ok(Written::Outrun) => Ok(Event::Outrun),
                // Who refuses a condition early may hang up on the body, and his answer is lost.
                Err(error @ SharedError::Refused(_)) => Err(error),
                Err(error) => return Err(error),
            };
        }
        outcome
    }

    /// The object that `item` becomes. Long bodies are hashed in blocks, away from other tasks.
    async fn encoded(&self, item: &Item) -> Result<[Bytes; 2], SharedError> {
        self.write_limits.check(item.body_bytes() as u64)?;
        let item = item.clone();
        let encoding = self.runtime.spawn_blocking(move || item.encode());
        let parts = encoding.await.map_err(|_| SharedError::Stopped)??;
        let bytes = parts.iter().map(|part| part.len() as u64).sum();
        self.write_limits.check(bytes)?;
        Ok(parts)
    }

    async fn look(&self, item: &Item) -> Result<Look, SharedError> {
        let mut most = FIRST_LOOK_BYTES;
        loop {
            let peeked = self.access.peek(item.name(), most, self.write_limits);
            let Some(object) = peeked.await? else {
                return Ok(Look::GivesWay(None));
            };
            match item.against(&object.bytes, self.age()) {
                Verdict::Stay => return Ok(Look::Stays),
                Verdict::Unclear(wanted) if wanted > most => most = wanted,
                // It is shorter than it says.
                Verdict::Unclear(_) | Verdict::Replace => {
                    return Ok(Look::GivesWay(Some(object.seen)));
                }
            }
        }
    }

    /// Removes an object unless somebody replaced it since it was `seen`.
    ///
    /// Stores know no such condition for removals. One that is written between the look and the removal goes too,
    /// which costs a miss.
    async fn remove(&self, name: Name, seen: &Seen) -> Result<Event, SharedError> {
        let peeked = self.access.peek(name, 1, self.write_limits).await?;
        if peeked.is_none_or(|object| object.seen != *seen) {
            return Ok(Event::Superseded);
        }
        self.access.remove(name, self.write_limits).await?;
        Ok(Event::Removed)
    }
}
