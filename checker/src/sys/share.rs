//! The processor time of a thread, and the time that it waited for a processor.
//!
//! The second number distinguishes a process that sleeps from one that a busy machine does not run.
//! The kernel counts both in `schedstat` (proc(5)).

use std::time::Duration;

/// Processor time of a thread, and time in which it could have run and was not let.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Share {
    /// Time on a processor.
    pub ran: Duration,
    /// Time in the queue for one.
    pub queued: Duration,
}

impl Share {
    /// That of a process with one thread; nothing where the system does not say.
    #[must_use]
    pub fn of_process(process: i32) -> Self {
        Self::read(&format!("/proc/{process}/schedstat"))
    }

    /// That of a thread of this process.
    #[must_use]
    pub fn of_thread(thread: i32) -> Self {
        Self::read(&format!("/proc/self/task/{thread}/schedstat"))
    }

    /// What was added since an earlier reading.
    #[must_use]
    pub fn since(self, earlier: Self) -> Self {
        Self {
            ran: self.ran.saturating_sub(earlier.ran),
            queued: self.queued.saturating_sub(earlier.queued),
        }
    }

    fn read(path: &str) -> Self {
        let text = std::fs::read_to_string(path).unwrap_or_default();
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
