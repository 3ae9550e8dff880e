//! Ends processes that take too long.
//!
//! A thread looks at the processes under watch every few milliseconds. Computing time counts, so
//! that a busy machine does not fail anybody; a much longer wall time catches those that sleep.

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::time::{clock_getcpuclockid, clock_gettime};
use nix::unistd::Pid;

const INTERVAL: Duration = Duration::from_millis(20);

/// How long a process may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// Processor time.
    pub computing: Duration,
    /// Time on the wall.
    pub waiting: Duration,
}

/// Which patience came to an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiry {
    /// It computed for too long.
    Computing,
    /// It waited for too long.
    Waiting,
}

/// The thread that watches. It ends when the last handle is dropped.
#[derive(Clone)]
pub struct Watchdog {
    owner: Arc<Owner>,
}

struct Owner(Arc<Shared>);

struct Shared {
    watched: Mutex<Watched>,
    changed: Condvar,
}

#[derive(Default)]
struct Watched {
    processes: HashMap<i32, Entry>,
    closed: bool,
}

struct Entry {
    since: Instant,
    patience: Patience,
    expiry: Option<Expiry>,
}

/// A process under watch.
pub struct Watch<'a> {
    dog: &'a Watchdog,
    process: i32,
}

impl Watchdog {
    /// Starts the thread.
    #[must_use]
    pub fn start() -> Self {
        let shared = Arc::new(Shared {
            watched: Mutex::default(),
            changed: Condvar::new(),
        });
        let seen = Arc::clone(&shared);
        thread::spawn(move || {
            while seen.look() {
                thread::sleep(INTERVAL);
            }
        });
        Self {
            owner: Arc::new(Owner(shared)),
        }
    }

    /// Watches a child that has not been waited for. Wait for it first and drop the watch then:
    /// the few instructions in between are too short for its number to be given to another.
    #[must_use]
    pub fn watch(&self, process: i32, patience: Patience) -> Watch<'_> {
        let entry = Entry {
            since: Instant::now(),
            patience,
            expiry: None,
        };
        self.shared().lock().processes.insert(process, entry);
        self.shared().changed.notify_one();
        Watch { dog: self, process }
    }

    fn shared(&self) -> &Shared {
        &self.owner.0
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        self.0.lock().closed = true;
        self.0.changed.notify_all();
    }
}

impl Watch<'_> {
    /// Whether the process was ended, and why.
    #[must_use]
    pub fn expiry(&self) -> Option<Expiry> {
        self.dog
            .shared()
            .lock()
            .processes
            .get(&self.process)
            .and_then(|entry| entry.expiry)
    }
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        self.dog.shared().lock().processes.remove(&self.process);
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Watched> {
        // Nothing that is done under the lock can leave the table half changed.
        self.watched.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until there is something to watch, then looks once. False when nobody is left.
    fn look(&self) -> bool {
        let mut watched = self.lock();
        while watched.processes.is_empty() && !watched.closed {
            watched = self
                .changed
                .wait(watched)
                .unwrap_or_else(PoisonError::into_inner);
        }
        for (&process, entry) in &mut watched.processes {
            if entry.expiry.is_none() {
                entry.expiry = entry.expired(process);
                if entry.expiry.is_some() {
                    // ESRCH: it ended by itself just now.
                    let _ = kill(Pid::from_raw(process), Signal::SIGKILL);
                }
            }
        }
        !watched.closed
    }
}

impl Entry {
    fn expired(&self, process: i32) -> Option<Expiry> {
        let waited = self.since.elapsed();
        if waited > self.patience.waiting {
            return Some(Expiry::Waiting);
        }
        // Computing takes at least as long on the wall: most processes are never asked.
        let computed = (waited > self.patience.computing)
            .then(|| processor_time(process))
            .flatten();
        (computed? > self.patience.computing).then_some(Expiry::Computing)
    }
}

fn processor_time(process: i32) -> Option<Duration> {
    let clock = clock_getcpuclockid(Pid::from_raw(process)).ok()?;
    clock_gettime(clock).ok().map(Duration::from)
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt as _;
    use std::process::Command;

    use super::*;

    #[test]
    fn a_sleeper_is_ended_by_the_wall_and_a_loop_by_its_computing() {
        let dog = Watchdog::start();
        let short = Duration::from_millis(50);
        let long = Duration::from_secs(60);
        let cases = [
            (
                "sleep 60",
                Patience {
                    computing: long,
                    waiting: short,
                },
                Expiry::Waiting,
            ),
            (
                "while :; do :; done",
                Patience {
                    computing: short,
                    waiting: long,
                },
                Expiry::Computing,
            ),
        ];
        for (script, patience, expected) in cases {
            let mut child = Command::new("sh")
                .args(["-c", &format!("exec 2>&-; {script}")])
                .spawn()
                .unwrap();
            let watch = dog.watch(child.id() as i32, patience);
            assert_eq!(
                child.wait().unwrap().signal(),
                Some(libc::SIGKILL),
                "{script}"
            );
            assert_eq!(watch.expiry(), Some(expected), "{script}");
        }
    }
}
