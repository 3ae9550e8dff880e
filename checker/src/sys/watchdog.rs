//! Ends processes that take too long.
//!
//! A thread looks at the processes under watch every few milliseconds. What counts is the time that
//! a process computes, and the time that it sleeps: neither the time that a busy machine keeps it
//! waiting for a processor, nor the time that the thread which traces it needs.

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, gettid};

use super::share::Share;

const INTERVAL: Duration = Duration::from_millis(20);

/// How long a process may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// Processor time.
    pub computing: Duration,
    /// Time asleep.
    pub waiting: Duration,
    /// Wall-clock time, that of the thread which traces it included, but not what either of them
    /// waits for a processor.
    pub whole: Duration,
}

/// Which limit was exceeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiry {
    /// It computed for too long.
    Computing,
    /// It slept for too long.
    Waiting,
    /// It took too long on the whole.
    Whole,
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
    /// The thread that traces the process.
    tracer: i32,
    /// What both had had when the watch began.
    before: [Share; 2],
    /// What the process has waited for a processor, when it was last looked at.
    queued: Duration,
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

    /// Watches a child of this thread that has not been waited for. Wait for it first and drop the
    /// watch then: the few instructions in between are too short for its number to be given to
    /// another.
    #[must_use]
    pub fn watch(&self, process: i32, patience: Patience) -> Watch<'_> {
        let tracer = gettid().as_raw();
        let entry = Entry {
            since: Instant::now(),
            patience,
            expiry: None,
            tracer,
            before: [Share::of_process(process), Share::of_thread(tracer)],
            queued: Duration::ZERO,
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

    /// How long the process and the thread that traces it have waited for a processor, as far as it
    /// was seen. To be asked by that thread.
    #[must_use]
    pub fn queued(&self) -> Duration {
        let watched = self.dog.shared().lock();
        let Some(entry) = watched.processes.get(&self.process) else {
            return Duration::ZERO;
        };
        let tracer = Share::of_thread(entry.tracer).since(entry.before[1]);
        entry.queued.saturating_add(tracer.queued)
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

    /// Waits until there is something to watch, then looks once. False when no process is left to
    /// watch.
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
    fn expired(&mut self, process: i32) -> Option<Expiry> {
        let Patience {
            computing,
            waiting,
            whole,
        } = self.patience;
        let elapsed = self.since.elapsed();
        // Most processes end before they are ever asked.
        if elapsed < INTERVAL {
            return None;
        }
        let [process, tracer] = [Share::of_process(process), Share::of_thread(self.tracer)];
        let process = process.since(self.before[0]);
        let tracer = tracer.since(self.before[1]);
        self.queued = process.queued;
        let charged = elapsed.saturating_sub(process.queued + tracer.queued);
        let asleep = charged.saturating_sub(process.ran + tracer.ran);
        match () {
            () if process.ran > computing => Some(Expiry::Computing),
            () if asleep > waiting => Some(Expiry::Waiting),
            () if charged > whole => Some(Expiry::Whole),
            () => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt as _;
    use std::process::{Child, Command};

    use super::*;
    use crate::sys::server::{processors, stay_on_processor};

    const SHORT: Duration = Duration::from_millis(50);
    const LONG: Duration = Duration::from_secs(60);
    const LOOP: &str = "while :; do :; done";
    const ALL_LONG: Patience = Patience {
        computing: LONG,
        waiting: LONG,
        whole: LONG,
    };

    fn shell(script: &str) -> Child {
        let script = format!("exec 2>&-; {script}");
        Command::new("sh").args(["-c", &script]).spawn().unwrap()
    }

    #[test]
    fn a_sleeper_is_ended_by_its_sleep_and_a_loop_by_its_computing() {
        let dog = Watchdog::start();
        let computing = Patience {
            computing: SHORT,
            ..ALL_LONG
        };
        let waiting = Patience {
            waiting: SHORT,
            ..ALL_LONG
        };
        let whole = Patience {
            whole: SHORT,
            ..ALL_LONG
        };
        // A process that wakes up often still counts as asleep.
        let dozing = "while :; do sleep 0.01; done";
        let cases = [
            ("sleep 60", waiting, Expiry::Waiting),
            (dozing, waiting, Expiry::Waiting),
            (LOOP, computing, Expiry::Computing),
            ("sleep 60", whole, Expiry::Whole),
            (LOOP, whole, Expiry::Whole),
        ];
        for (script, patience, expected) in cases {
            let mut child = shell(script);
            let watch = dog.watch(child.id() as i32, patience);
            assert_eq!(
                child.wait().unwrap().signal(),
                Some(libc::SIGKILL),
                "{script}"
            );
            assert_eq!(watch.expiry(), Some(expected), "{script}");
        }
    }

    /// Four others share the processor with a process that needs a fifth of a second: it takes longer
    /// than it may sleep, and longer than it may on the whole, and is not ended.
    #[test]
    fn waiting_on_a_busy_machine_is_not_sleep() {
        let others = thread::spawn(|| {
            let first = processors().unwrap()[0];
            stay_on_processor(first).unwrap();
            let mut others: Vec<Child> = (0..4).map(|_| shell(LOOP)).collect();
            let dog = Watchdog::start();
            let patience = Patience {
                computing: Duration::from_secs(10),
                waiting: Duration::from_millis(300),
                whole: Duration::from_millis(600),
            };
            let started = Instant::now();
            let script = "i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done";
            let mut child = shell(script);
            let watch = dog.watch(child.id() as i32, patience);
            let ended = child.wait().unwrap();
            let took = started.elapsed();
            let (expiry, queued) = (watch.expiry(), watch.queued());
            for other in &mut others {
                other.kill().unwrap();
                other.wait().unwrap();
            }
            (ended.success(), expiry, took, queued)
        });
        let (well, expiry, took, queued) = others.join().unwrap();
        assert!(well && expiry.is_none(), "{expiry:?} after {took:?}");
        assert!(took > Duration::from_millis(600), "too quick: {took:?}");
        assert!(queued > took / 3, "{queued:?} of {took:?}");
    }
}
