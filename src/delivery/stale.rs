//! What is held and not as it should be: it answers at once and is made anew behind the answer, or the other way
//! round.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{Ask, Delivered, Delivery, Error};
use crate::cache::{Entry, Grace, Hit, StaleReason};
use crate::telemetry::Outcome;

/// Stale entries that are renewed behind their answers at once.
const RENEWALS: usize = 32;
/// Requests that wait for the source of what was purged softly at once; past it what is held answers.
const CONFIRMATIONS: usize = 32;

/// Who may ask for what is stale to be made anew; past them it stays as it is, and a later request will ask.
pub(super) struct Turns {
    /// Entries of an old recipe are remade one at a time.
    remakes: Arc<Semaphore>,
    /// Entries past their time are renewed behind their answers, this many at once.
    renewals: Arc<Semaphore>,
    /// Requests ask the source of what was purged softly before they are answered, this many at once.
    confirmations: Arc<Semaphore>,
}

impl Default for Turns {
    fn default() -> Self {
        let turns = |most| Arc::new(Semaphore::new(most));
        Self {
            remakes: turns(1),
            renewals: turns(RENEWALS),
            confirmations: turns(CONFIRMATIONS),
        }
    }
}

impl Turns {
    /// The turn to ask a source before what is held answers. After a soft purge, of everything above all, only so many
    /// requests at a time ask, or every origin would be asked for everything at once; `None` is for the others.
    fn confirmation(&self, reason: StaleReason, grace: Grace) -> Option<OwnedSemaphorePermit> {
        let is_counted = reason == StaleReason::Purged && grace == Grace::OnError;
        take(&self.confirmations, u32::from(is_counted))
    }
}

/// Takes as many of the turns, if there are; none are always there.
fn take(turns: &Arc<Semaphore>, count: u32) -> Option<OwnedSemaphorePermit> {
    Arc::clone(turns).try_acquire_many_owned(count).ok()
}

impl Delivery {
    /// What is held, or what is made in its place.
    pub(super) async fn deliver_stale(
        self: &Arc<Self>,
        ask: &Ask,
        hit: Hit,
        (reason, grace): (StaleReason, Grace),
    ) -> Result<Delivered, Error> {
        match (reason, grace) {
            (StaleReason::Recipe, _) => self.remake_later(ask),
            (_, Grace::AtOnce) => self.renew_later(ask, confirmable(&hit, reason)),
            _ => return self.renew_first(ask, hit, (reason, grace)).await,
        }
        self.held(ask, hit, Outcome::Stale)
    }

    /// Asks the source anew; what is held answers where its turn has not come, and where the source fails for now.
    async fn renew_first(
        self: &Arc<Self>,
        ask: &Ask,
        hit: Hit,
        (reason, grace): (StaleReason, Grace),
    ) -> Result<Delivered, Error> {
        let Some(_turn) = self.turns.confirmation(reason, grace) else {
            return self.held(ask, hit, Outcome::Stale);
        };
        match self.make(ask, confirmable(&hit, reason)).await {
            Err(error) if grace == Grace::OnError && error.is_passing() => {
                self.held(ask, hit, Outcome::Stale)
            }
            made => made,
        }
    }

    /// Asks the source anew behind the stale answer, unless a flight does already.
    fn renew_later(self: &Arc<Self>, ask: &Ask, held: Option<Arc<Entry>>) {
        let flight = (ask.flight, self.era(ask).floor());
        if !self.flights.is_under_way(&flight)
            && let Some(turn) = take(&self.turns.renewals, 1)
        {
            self.make_behind(turn, ask, held);
        }
    }

    /// Makes the entry anew behind the stale answer, from its source as it is now.
    fn remake_later(self: &Arc<Self>, ask: &Ask) {
        if let Some(turn) = take(&self.turns.remakes, 1) {
            self.make_behind(turn, ask, None);
        }
    }

    fn make_behind(
        self: &Arc<Self>,
        turn: OwnedSemaphorePermit,
        ask: &Ask,
        held: Option<Arc<Entry>>,
    ) {
        let (delivery, ask) = (Arc::clone(self), ask.clone());
        self.parts.runtime.spawn(async move {
            if let Err(error) = delivery.make(&ask, held).await {
                tracing::info!(%error, "what was answered stale was not made anew");
            }
            drop(turn);
        });
    }
}

/// The entry, where a 304 of its source would confirm it.
fn confirmable(hit: &Hit, reason: StaleReason) -> Option<Arc<Entry>> {
    matches!(reason, StaleReason::Expired | StaleReason::Purged).then(|| Arc::clone(&hit.entry))
}
