//! The processor time of a thread, and the time that it waited for a processor.
//!
//! The second number distinguishes a process that sleeps from one that a busy machine does not run.
//! The kernel counts both in `schedstat` (proc(5)), but a wait only when it is over.

use std::fs;
use std::time::{Duration, Instant};

/// Processor time of a thread, and time in which it could have run and was not let.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Share {
    /// Time on a processor.
    pub ran: Duration,
    /// Time in the queue for one.
    pub queued: Duration,
}

impl Share {
    /// The share of a thread of this process; zero where the system does not tell it.
    pub fn of_thread(thread: i32) -> Self {
        Self::read(&format!("/proc/self/task/{thread}"))
    }

    /// What was added since an earlier reading.
    pub fn since(self, earlier: Self) -> Self {
        Self {
            ran: self.ran.saturating_sub(earlier.ran),
            queued: self.queued.saturating_sub(earlier.queued),
        }
    }

    fn read(folder: &str) -> Self {
        let text = fs::read_to_string(format!("{folder}/schedstat")).unwrap_or_default();
        let mut numbers = text.split_ascii_whitespace().map(str::parse);
        match (numbers.next(), numbers.next()) {
            (Some(Ok(ran)), Some(Ok(queued))) => Self {
                ran: Duration::from_nanos(ran),
                queued: Duration::from_nanos(queued),
            },
            _ => Self::default(),
        }
    }
}

/// What a thread has had since this was made, the wait that it is in included.
#[derive(Debug)]
pub struct Tally {
    /// Its folder under `/proc`.
    folder: String,
    before: Share,
    last: Share,
    /// When it was last seen to run or to sleep.
    seen: Instant,
}

impl Tally {
    /// Counts from now on, for a process with one thread.
    pub fn of_process(process: i32) -> Self {
        Self::of(format!("/proc/{process}"))
    }

    /// Counts from now on, for a thread of this process.
    pub fn of_thread(thread: i32) -> Self {
        Self::of(format!("/proc/self/task/{thread}"))
    }

    fn of(folder: String) -> Self {
        let before = Share::read(&folder);
        Self {
            folder,
            before,
            last: before,
            seen: Instant::now(),
        }
    }

    /// What the system has counted.
    pub fn counted(&self) -> Share {
        Share::read(&self.folder).since(self.before)
    }

    /// Looks at it, now and then. What runs is counted at each tick of the clock: a thread that could
    /// run, and of which nothing was counted since the last look, has waited all the time.
    pub fn look(&mut self) -> Share {
        let share = Share::read(&self.folder);
        let mut had = share.since(self.before);
        if share == self.last && self.can_run() {
            had.queued += self.seen.elapsed();
        } else {
            self.last = share;
            self.seen = Instant::now();
        }
        had
    }

    fn can_run(&self) -> bool {
        let text = fs::read_to_string(format!("{}/stat", self.folder)).unwrap_or_default();
        // The name of a program may hold anything.
        text.rsplit(") ")
            .next()
            .is_some_and(|rest| rest.starts_with('R'))
    }
}
