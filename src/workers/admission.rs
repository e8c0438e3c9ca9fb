//! Who may start, in which order: the books of the pool, without threads and without waiting.
//!
//! Jobs start in the order in which they came. Memory is taken before a thread, both in one step, and given
//! back in one step: a job that waits for memory holds no thread, and one that waits for a thread no memory.
//! A large job at the head of the queue holds up smaller ones behind it, or it might never start.

use std::collections::VecDeque;

/// How much there is to give.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Jobs that run at the same time.
    pub(super) threads: usize,
    /// Jobs that wait because they cannot start at once.
    pub(super) queue: usize,
    /// Memory of all running jobs together.
    pub(super) memory_bytes: u64,
}

/// Why a job was not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It needs more than the whole budget: it could never start.
    TooLarge,
    /// It would have to wait, and the queue is full.
    Full,
}

/// A job between its coming and its start.
#[derive(Debug)]
struct Place<J> {
    number: u64,
    bytes: u64,
    job: J,
}

/// The queue, and what its jobs have taken.
#[derive(Debug)]
pub(super) struct Admission<J> {
    limits: Limits,
    /// Jobs for which there is no memory or no thread yet; the oldest is at the front.
    waiting: VecDeque<Place<J>>,
    /// Jobs that have both and that no thread has fetched yet.
    ready: VecDeque<Place<J>>,
    /// Threads taken, by ready jobs too.
    running: usize,
    /// Memory taken, by ready jobs too.
    reserved_bytes: u64,
    next_number: u64,
}

impl<J> Admission<J> {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            waiting: VecDeque::new(),
            ready: VecDeque::new(),
            running: 0,
            reserved_bytes: 0,
            next_number: 0,
        }
    }

    /// Lets a job in, or refuses it at once; the number returned is for [`Admission::withdraw`].
    pub(super) fn enter(&mut self, bytes: u64, job: J) -> Result<u64, Refusal> {
        if bytes > self.limits.memory_bytes {
            return Err(Refusal::TooLarge);
        }
        let starts = self.waiting.is_empty() && self.fits(bytes);
        if !starts && self.waiting.len() >= self.limits.queue {
            return Err(Refusal::Full);
        }
        let number = self.next_number;
        self.next_number += 1;
        self.waiting.push_back(Place { number, bytes, job });
        self.advance();
        Ok(number)
    }

    /// The oldest job that may start, and the memory it took: hand that back to [`Admission::leave`].
    pub(super) fn fetch(&mut self) -> Option<(J, u64)> {
        self.ready.pop_front().map(|place| (place.job, place.bytes))
    }

    /// Gives back the thread and the memory of a job that ended.
    pub(super) fn leave(&mut self, bytes: u64) {
        self.running -= 1;
        self.reserved_bytes -= bytes;
        self.advance();
    }

    /// Takes out a job that no thread has fetched; nothing if it was fetched already.
    pub(super) fn withdraw(&mut self, number: u64) -> Option<J> {
        if let Some(place) = take_out(&mut self.ready, number) {
            self.leave(place.bytes);
            return Some(place.job);
        }
        let place = take_out(&mut self.waiting, number)?;
        self.advance();
        Some(place.job)
    }

    /// Takes out every job that no thread has fetched.
    pub(super) fn withdraw_all(&mut self) -> Vec<J> {
        let waiting = std::mem::take(&mut self.waiting);
        let ready = std::mem::take(&mut self.ready);
        for place in &ready {
            self.leave(place.bytes);
        }
        ready
            .into_iter()
            .chain(waiting)
            .map(|place| place.job)
            .collect()
    }

    /// Whether the queue is full, so that whatever came now would be refused.
    pub(super) fn is_full(&self) -> bool {
        !self.waiting.is_empty() && self.waiting.len() >= self.limits.queue
    }

    /// Jobs that may start and that no thread has fetched yet.
    pub(super) fn ready(&self) -> usize {
        self.ready.len()
    }

    /// Jobs that cannot start yet.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Threads taken.
    pub(super) fn running(&self) -> usize {
        self.running
    }

    /// Memory taken, in bytes.
    pub(super) fn reserved_bytes(&self) -> u64 {
        self.reserved_bytes
    }

    /// What was given to [`Admission::new`].
    pub(super) fn limits(&self) -> Limits {
        self.limits
    }

    fn fits(&self, bytes: u64) -> bool {
        let free = self.limits.memory_bytes - self.reserved_bytes;
        self.running < self.limits.threads && bytes <= free
    }

    fn advance(&mut self) {
        while self
            .waiting
            .front()
            .is_some_and(|place| self.fits(place.bytes))
        {
            let place = self.waiting.pop_front().expect("it was just looked at");
            self.running += 1;
            self.reserved_bytes += place.bytes;
            self.ready.push_back(place);
        }
    }
}

fn take_out<J>(places: &mut VecDeque<Place<J>>, number: u64) -> Option<Place<J>> {
    let index = places
        .binary_search_by_key(&number, |place| place.number)
        .ok()?;
    places.remove(index)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn admission(threads: usize, queue: usize, memory_bytes: u64) -> Admission<&'static str> {
        Admission::new(Limits {
            threads,
            queue,
            memory_bytes,
        })
    }

    #[test]
    fn a_job_past_the_whole_budget_is_refused_even_when_all_is_free() {
        let mut admission = admission(1, 1, 100);
        assert_eq!(admission.enter(101, "large"), Err(Refusal::TooLarge));
        assert!(admission.enter(100, "whole").is_ok());
    }

    #[test]
    fn only_jobs_that_must_wait_count_against_the_queue() {
        let mut admission = admission(2, 1, 100);
        for job in ["first", "second", "third"] {
            assert!(admission.enter(10, job).is_ok(), "{job}");
        }
        assert_eq!(admission.enter(10, "fourth"), Err(Refusal::Full));
        assert_eq!((admission.waiting(), admission.running()), (1, 2));
    }

    #[test]
    fn a_queue_of_none_still_takes_what_can_start() {
        let mut admission = admission(1, 0, 100);
        assert!(admission.enter(10, "first").is_ok());
        assert_eq!(admission.enter(10, "second"), Err(Refusal::Full));
    }

    #[test]
    fn a_job_without_memory_takes_no_thread_and_nobody_overtakes_it() {
        let mut admission = admission(3, 9, 100);
        for (bytes, job) in [(70, "first"), (40, "large"), (1, "small")] {
            admission.enter(bytes, job).unwrap();
        }
        assert_eq!(admission.fetch(), Some(("first", 70)));
        assert_eq!(admission.fetch(), None);
        assert_eq!((admission.running(), admission.reserved_bytes()), (1, 70));
        admission.leave(70);
        assert_eq!(admission.fetch(), Some(("large", 40)));
        assert_eq!(admission.fetch(), Some(("small", 1)));
    }

    #[test]
    fn a_withdrawn_job_makes_room_for_those_behind_it() {
        let mut admission = admission(3, 9, 100);
        admission.enter(70, "first").unwrap();
        let large = admission.enter(40, "large").unwrap();
        admission.enter(1, "small").unwrap();
        assert_eq!(admission.fetch(), Some(("first", 70)));
        assert_eq!(admission.withdraw(large), Some("large"));
        assert_eq!(admission.withdraw(large), None);
        assert_eq!(admission.fetch(), Some(("small", 1)));
    }

    #[test]
    fn a_ready_job_that_is_withdrawn_gives_its_share_back() {
        let mut admission = admission(1, 9, 100);
        let first = admission.enter(70, "first").unwrap();
        admission.enter(60, "second").unwrap();
        assert_eq!(admission.withdraw(first), Some("first"));
        assert_eq!(admission.reserved_bytes(), 60);
        assert_eq!(admission.withdraw_all(), ["second"]);
        assert_eq!((admission.running(), admission.reserved_bytes()), (0, 0));
    }

    /// One step of a random script; indices are taken modulo what there is.
    #[derive(Clone, Debug)]
    enum Step {
        Enter(u64),
        Fetch,
        Leave(usize),
        Withdraw(usize),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            3 => (0..120_u64).prop_map(Step::Enter),
            2 => Just(Step::Fetch),
            2 => any::<usize>().prop_map(Step::Leave),
            1 => any::<usize>().prop_map(Step::Withdraw),
        ]
    }

    proptest! {
        #[test]
        fn whatever_happens_limits_hold_order_is_kept_and_nothing_is_lost(
            steps in prop::collection::vec(step(), 0..200),
        ) {
            let mut admission = Admission::new(Limits { threads: 3, queue: 4, memory_bytes: 100 });
            let mut entered = Vec::new();
            let mut fetched: Vec<u64> = Vec::new();
            let mut executing: Vec<u64> = Vec::new();
            for (index, step) in steps.into_iter().enumerate() {
                match step {
                    Step::Enter(bytes) => entered.extend(admission.enter(bytes, index as u64).ok()),
                    Step::Fetch => if let Some((job, bytes)) = admission.fetch() {
                        prop_assert!(fetched.last().is_none_or(|last| *last < job));
                        fetched.push(job);
                        executing.push(bytes);
                    },
                    Step::Leave(at) if !executing.is_empty() => {
                        admission.leave(executing.swap_remove(at % executing.len()));
                    }
                    Step::Withdraw(at) if !entered.is_empty() => {
                        admission.withdraw(entered[at % entered.len()]);
                    }
                    Step::Leave(_) | Step::Withdraw(_) => {}
                }
                let ready: u64 = admission.ready.iter().map(|place| place.bytes).sum();
                prop_assert_eq!(admission.reserved_bytes(), ready + executing.iter().sum::<u64>());
                prop_assert_eq!(admission.running(), admission.ready() + executing.len());
                prop_assert!(admission.reserved_bytes() <= 100 && admission.running() <= 3);
                prop_assert!(admission.waiting() <= 4);
                prop_assert!(!admission.waiting.front().is_some_and(|place| admission.fits(place.bytes)));
            }
            admission.withdraw_all();
            executing.into_iter().for_each(|bytes| admission.leave(bytes));
            prop_assert_eq!((admission.running(), admission.reserved_bytes()), (0, 0));
        }
    }
}
