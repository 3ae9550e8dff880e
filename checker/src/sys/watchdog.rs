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

use super::share::Tally;

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
    process: Tally,
    /// The tally of the thread that traces the process.
    tracer: Tally,
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
    pub fn watch(&self, process: i32, patience: Patience) -> Watch<'_> {
        let entry = Entry {
            since: Instant::now(),
            patience,
            expiry: None,
            process: Tally::of_process(process),
            tracer: Tally::of_thread(gettid().as_raw()),
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
    pub fn queued(&self) -> Duration {
        let watched = self.dog.shared().lock();
        let Some(entry) = watched.processes.get(&self.process) else {
            return Duration::ZERO;
        };
        // Now and then both wait at the same time.
        let queued = entry.queued + entry.tracer.counted().queued;
        queued.min(entry.since.elapsed())
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
                entry.expiry = entry.expired();
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
    fn expired(&mut self) -> Option<Expiry> {
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
        let [process, tracer] = [self.process.look(), self.tracer.look()];
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
    use std::io::Read as _;
    use std::os::unix::process::ExitStatusExt as _;
    use std::process::{Child, Command, Stdio};

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

    #[test]
    fn sleep_is_no_wait_for_a_processor() {
        let dog = Watchdog::start();
        let started = Instant::now();
        let mut child = shell("sleep 0.5");
        let watch = dog.watch(child.id() as i32, ALL_LONG);
        child.wait().unwrap();
        let (queued, took) = (watch.queued(), started.elapsed());
        let asleep = Duration::from_millis(400);
        assert!(queued + asleep < took, "{queued:?} of {took:?}");
    }

    /// A shell that computes from when this returns until it is killed, on this thread's processor.
    fn loops(through: &[&str]) -> Child {
        let mut command = Command::new(through[0]);
        let command = command
            .args(&through[1..])
            .args(["sh", "-c", &format!("echo; {LOOP}")]);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        child.stdout.take().unwrap().read_exact(&mut [0]).unwrap();
        child
    }

    /// Four others let a process wait for a second, longer than it may sleep and longer than it may
    /// take on the whole, and mostly in one piece.
    #[test]
    fn waiting_on_a_busy_machine_is_not_sleep() {
        let waits = || {
            stay_on_processor(processors().unwrap()[0]).unwrap();
            // A low priority makes for long waits.
            let mut children = vec![loops(&["nice", "-n19"])];
            children.extend((0..4).map(|_| loops(&["env"])));
            let dog = Watchdog::start();
            let patience = Patience {
                computing: Duration::from_secs(10),
                waiting: Duration::from_millis(300),
                whole: Duration::from_millis(600),
            };
            let started = Instant::now();
            let watch = dog.watch(children[0].id() as i32, patience);
            thread::sleep(Duration::from_secs(1));
            let (expiry, queued) = (watch.expiry(), watch.queued());
            let took = started.elapsed();
            for child in &mut children {
                child.kill().unwrap();
                child.wait().unwrap();
            }
            (expiry, queued, took)
        };
        let (expiry, queued, took) = thread::spawn(waits).join().unwrap();
        assert_eq!(expiry, None, "{queued:?} of {took:?}");
        assert!(queued > took / 2, "{queued:?} of {took:?}");
    }
}
