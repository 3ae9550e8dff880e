//! The time that one submission may take in all, from its build to its last run, and the memory that
//! what was seen of it may take.
//!
//! It is wall-clock time, minus the time in which its processes and ours waited for a processor:
//! other work on the machine is not charged to a submission. Where several threads work for one
//! submission, all of them wait at the same time, so each wait counts in part: two threads that wait
//! nine tenths of a minute leave six seconds that are charged.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use nix::unistd::gettid;

use super::share::Share;

/// A budget that runs from when it was made. Clones are the same budget.
#[derive(Clone, Debug)]
pub struct Budget(Arc<Account>);

#[derive(Debug)]
struct Account {
    granted: Duration,
    since: Instant,
    /// Nanoseconds that are not charged.
    queued: AtomicU64,
    /// Threads that work at the same time.
    threads: AtomicU32,
    /// Bytes of what was seen, and how many there may be.
    kept: AtomicU64,
    room: u64,
}

/// Why no more is done for a submission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It has used up this time.
    Time(Duration),
    /// What was seen of it takes more than so many bytes.
    Room(u64),
}

/// A thread that works beside others, until this is dropped.
#[derive(Debug)]
pub struct Beside<'a>(&'a Account);

impl Drop for Beside<'_> {
    fn drop(&mut self) {
        self.0.threads.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Budget {
    /// The default: a class of 50 with ten that use it up
    /// takes five minutes longer on two processors.
    pub const DEFAULT: Duration = Duration::from_secs(60);

    /// So much time, from now on, and so many bytes of what is seen.
    pub fn of(granted: Duration, room: u64) -> Self {
        Self(Arc::new(Account {
            granted,
            since: Instant::now(),
            queued: AtomicU64::new(0),
            threads: AtomicU32::new(0),
            kept: AtomicU64::new(0),
            room,
        }))
    }

    /// A budget without a bound, for work that is bounded in another way.
    pub fn unlimited() -> Self {
        Self::of(Duration::MAX, u64::MAX)
    }

    /// The calling thread is one of several that work at the same time.
    pub fn beside_others(&self) -> Beside<'_> {
        self.0.threads.fetch_add(1, Ordering::Relaxed);
        Beside(&self.0)
    }

    /// Does not charge time that a thread or its process spent waiting for a processor.
    pub fn forgive(&self, queued: Duration) {
        let threads = self.0.threads.load(Ordering::Relaxed).max(1);
        let queued = queued / threads;
        let queued = u64::try_from(queued.as_nanos()).unwrap_or(u64::MAX);
        self.0.queued.fetch_add(queued, Ordering::Relaxed);
    }

    /// Does work in this thread, and does not charge what that waits for a processor.
    pub fn charge<T>(&self, work: impl FnOnce() -> T) -> T {
        let thread = gettid().as_raw();
        let before = Share::of_thread(thread);
        let done = work();
        self.forgive(Share::of_thread(thread).since(before).queued);
        done
    }

    pub fn left(&self) -> Duration {
        let queued = Duration::from_nanos(self.0.queued.load(Ordering::Relaxed));
        let granted = self.0.granted.saturating_add(queued);
        granted.saturating_sub(self.0.since.elapsed())
    }

    /// So many bytes more of what was seen are kept.
    pub fn keep(&self, bytes: u64) {
        self.0.kept.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Why no more is to be done; `None` while there is time and room left.
    pub fn refusal(&self) -> Option<Refusal> {
        let Account { granted, room, .. } = *self.0;
        if self.0.kept.load(Ordering::Relaxed) > room {
            return Some(Refusal::Room(room));
        }
        self.left().is_zero().then_some(Refusal::Time(granted))
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Time(granted) => {
                let seconds = granted.as_secs_f64();
                write!(f, "stopped: the submission has used up its {seconds} s")
            }
            Self::Room(bytes) => write!(
                f,
                "stopped: what was seen of the submission takes more than {} MiB: it makes too many \
                 system calls, mappings or blocks",
                bytes >> 20
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_in_the_queue_is_not_charged() {
        let budget = Budget::of(Duration::from_millis(30), 0);
        assert_eq!(budget.refusal(), None);
        std::thread::sleep(Duration::from_millis(40));
        let said = "stopped: the submission has used up its 0.03 s";
        let refusal = budget.refusal().map(|it| it.to_string());
        assert_eq!(refusal.as_deref(), Some(said));
        budget.forgive(Duration::from_secs(5));
        assert_eq!(budget.clone().refusal(), None);
        assert!(Budget::unlimited().left() > Duration::from_secs(1 << 40));
    }

    #[test]
    fn what_is_kept_has_limited_room() {
        let budget = Budget::of(Budget::DEFAULT, 7);
        budget.clone().keep(7);
        assert_eq!(budget.refusal(), None);
        budget.keep(1);
        assert_eq!(budget.refusal(), Some(Refusal::Room(7)));
        let unlimited = Budget::unlimited();
        unlimited.keep(u64::MAX);
        assert_eq!(unlimited.refusal(), None);
    }

    #[test]
    fn threads_that_wait_at_the_same_time_are_forgiven_once() {
        let budget = Budget::of(Duration::from_secs(60), 0);
        let forgiven = || Duration::from_nanos(budget.0.queued.load(Ordering::Relaxed));
        let waited = Duration::from_secs(54);
        let threads = [budget.beside_others(), budget.beside_others()];
        for _ in &threads {
            budget.forgive(waited);
        }
        assert_eq!(forgiven(), waited);
        drop(threads);
        budget.forgive(waited);
        assert_eq!(forgiven(), waited * 2);
    }
}
