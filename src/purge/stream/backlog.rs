//! Purges that Redis has not taken yet, in their order.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, oneshot, watch};

use super::entry::Id;
use super::health::Able;
use crate::cache::{Force, Purge};

/// Most purges that wait; past them all of them become purges of everything.
const MAX_WAITING: usize = 16 * 1024;

/// A purge to be sent.
#[derive(Debug)]
struct Item {
    number: u64,
    purge: Purge,
    marks: Marks,
    reply: Option<oneshot::Sender<Sent>>,
}

/// What became of a purge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sent {
    pub(super) id: Id,
    /// Whether it is on a replica, where there is one.
    pub(super) replicated: Able,
}

/// What became of a purge beside its waiting, told by others.
#[derive(Clone, Debug, Default)]
pub(super) struct Marks(Arc<Flags>);

#[derive(Debug, Default)]
struct Flags {
    applied: AtomicBool,
    written: AtomicBool,
    sent: AtomicBool,
}

#[derive(Debug, Default)]
pub(super) struct Backlog {
    waiting: Mutex<Waiting>,
    /// Told when there is something to send.
    filled: Notify,
    /// Told when there is nothing more.
    emptied: Notify,
    /// Is true once somebody waits for the end of it.
    hurry: watch::Sender<bool>,
}

#[derive(Debug, Default)]
struct Waiting {
    items: VecDeque<Item>,
    last: u64,
}

impl Backlog {
    /// Adds a purge. What it returns is told when Redis has it, or dropped when that fails.
    pub(super) fn push(&self, purge: Purge) -> (Marks, oneshot::Receiver<Sent>) {
        let (reply, told) = oneshot::channel();
        let marks = Marks::default();
        let mut waiting = self.lock();
        if waiting.items.len() >= MAX_WAITING {
            waiting.fold();
        }
        waiting.push(purge, marks.clone(), Some(reply));
        drop(waiting);
        self.filled.notify_one();
        (marks, told)
    }

    /// Adds purges that are in force here and were written down by a process before this one.
    pub(super) fn adopt(&self, purges: impl IntoIterator<Item = Purge>) {
        for purge in purges {
            let (marks, _) = self.push(purge);
            marks.mark_applied();
            marks.mark_written();
        }
    }

    pub(super) fn len(&self) -> usize {
        self.lock().items.len()
    }

    /// The first purges, `most` of them, each with whether it is in force here; and the number of the last.
    pub(super) fn first(&self, most: usize) -> (Vec<(Purge, bool)>, u64) {
        let waiting = self.lock();
        let items = waiting.items.iter().take(most);
        let last = items.clone().next_back().map_or(0, |item| item.number);
        let purges = items.map(|item| (item.purge, item.marks.is_applied()));
        (purges.collect(), last)
    }

    /// Takes out what was sent, up to number `last`, and tells those who wait for it. Answers what of it is written
    /// down, and needs to be no longer.
    pub(super) fn sent(&self, (ids, last): (&[Id], u64), replicated: Able) -> Vec<Purge> {
        let mut written = Vec::new();
        let mut waiting = self.lock();
        let gone = waiting.items.iter().take_while(|item| item.number <= last);
        let gone = gone.count();
        for (item, &id) in waiting.items.drain(..gone).zip(ids) {
            written.extend(item.marks.mark_sent().then_some(item.purge));
            // Nobody may wait for it any more.
            let _ = item.reply.map(|reply| reply.send(Sent { id, replicated }));
        }
        if waiting.items.is_empty() {
            self.emptied.notify_waiters();
        }
        written
    }

    /// Has nobody wait for what could not be sent; it stays.
    pub(super) fn give_up_waiting(&self) {
        for item in &mut self.lock().items {
            item.reply = None;
        }
    }

    /// Waits until there is something to send.
    pub(super) async fn filled(&self) {
        while self.len() == 0 {
            self.filled.notified().await;
        }
    }

    /// Waits until somebody waits for the end of it.
    pub(super) async fn hurried(&self) {
        let mut hurry = self.hurry.subscribe();
        hurry
            .wait_for(|hurry| *hurry)
            .await
            .expect("we hold the sender");
    }

    /// Has what waits sent without long pauses from now on, and waits until there is nothing more.
    pub(super) async fn emptied(&self) {
        self.hurry.send_replace(true);
        loop {
            let emptied = self.emptied.notified();
            if self.len() == 0 {
                return;
            }
            emptied.await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    fn push(&mut self, purge: Purge, marks: Marks, reply: Option<oneshot::Sender<Sent>>) {
        self.last += 1;
        self.items.push_back(Item {
            number: self.last,
            purge,
            marks,
            reply,
        });
    }

    /// Makes room: a purge of everything for each force that occurs. Those who wait go on alone. What is written down
    /// stays so.
    fn fold(&mut self) {
        let folded = std::mem::take(&mut self.items);
        for force in [Force::Soft, Force::Hard] {
            if folded.iter().any(|item| item.purge.force == force) {
                self.push(Purge::all(force), Marks::of_applied(), None);
            }
        }
    }
}

impl Marks {
    fn of_applied() -> Self {
        let marks = Self::default();
        marks.mark_applied();
        marks
    }

    /// It is in force here, and needs not come back.
    pub(super) fn mark_applied(&self) {
        self.0.applied.store(true, Ordering::Release);
    }

    /// It is written down. Answers whether it was sent before that, and nobody else takes it out again.
    pub(super) fn mark_written(&self) -> bool {
        self.0.written.store(true, Ordering::SeqCst);
        self.0.sent.load(Ordering::SeqCst) && self.0.written.swap(false, Ordering::SeqCst)
    }

    /// It was sent. Answers whether it was written down before that, and nobody else takes it out again.
    fn mark_sent(&self) -> bool {
        self.0.sent.store(true, Ordering::SeqCst);
        self.0.written.swap(false, Ordering::SeqCst)
    }

    fn is_applied(&self) -> bool {
        self.0.applied.load(Ordering::Acquire)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::{Extent, Scope};

    fn purge(number: u64, force: Force) -> Purge {
        Purge::of(Scope::from_number(number), force)
    }

    fn id(millis: u64) -> Id {
        Id { millis, count: 0 }
    }

    #[test]
    fn purges_leave_in_their_order_and_tell_who_waits() {
        let backlog = Backlog::default();
        let (first, mut one) = backlog.push(purge(1, Force::Hard));
        let (_, mut two) = backlog.push(purge(2, Force::Soft));
        first.mark_applied();
        let (purges, last) = backlog.first(1);
        assert_eq!(purges, [(purge(1, Force::Hard), true)]);
        backlog.sent((&[id(7)], last), Able::Yes);
        let sent = Sent {
            id: id(7),
            replicated: Able::Yes,
        };
        assert_eq!(one.try_recv(), Ok(sent));
        assert!(two.try_recv().is_err());
        backlog.give_up_waiting();
        assert_eq!(two.try_recv(), Err(oneshot::error::TryRecvError::Closed));
        assert_eq!(backlog.first(9).0, [(purge(2, Force::Soft), false)]);
    }

    #[test]
    fn what_there_is_no_room_for_becomes_purges_of_everything() {
        let backlog = Backlog::default();
        (0..MAX_WAITING as u64).for_each(|at| drop(backlog.push(purge(at, Force::Soft))));
        let (_, last) = backlog.first(3);
        drop(backlog.push(purge(9, Force::Hard)));
        let (purges, _) = backlog.first(9);
        assert_eq!(
            purges,
            [
                (Purge::all(Force::Soft), true),
                (purge(9, Force::Hard), false)
            ]
        );
        backlog.sent((&[id(1), id(2), id(3)], last), Able::Yes);
        assert_eq!(
            backlog.len(),
            2,
            "what was sent before is not what waits now"
        );
        assert_eq!(purges[0].0.extent, Extent::All);
    }

    #[test]
    fn what_is_written_down_and_sent_is_taken_out_by_one_of_the_two() {
        let backlog = Backlog::default();
        let (early, _) = backlog.push(purge(1, Force::Hard));
        let (late, _) = backlog.push(purge(2, Force::Hard));
        backlog.adopt([purge(3, Force::Soft)]);
        assert!(!early.mark_written());
        let (purges, last) = backlog.first(9);
        assert_eq!(purges[2], (purge(3, Force::Soft), true));
        let written = backlog.sent((&[id(1), id(2), id(3)], last), Able::Yes);
        assert_eq!(written, [purge(1, Force::Hard), purge(3, Force::Soft)]);
        assert!(late.mark_written());
    }

    #[tokio::test]
    async fn waiting_for_its_end_ends_when_all_is_sent() {
        let backlog = Backlog::default();
        backlog.emptied().await;
        drop(backlog.push(purge(1, Force::Hard)));
        backlog.filled().await;
        let (_, last) = backlog.first(1);
        let sent = async { backlog.sent((&[id(1)], last), Able::Yes) };
        tokio::join!(backlog.emptied(), sent);
    }
}
