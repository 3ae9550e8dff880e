//! One measurement, in a process of its own: so no allocator inherits the memory of another.

use std::path::Path;

use crate::contestants::{Contestant, Dl, Functions, NAMES, Tlsf};
use crate::traces::{KINDS, Step, Trace};

/// What one run of a trace shows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Measured {
    /// Nanoseconds of processor time a call.
    pub(crate) time: f64,
    /// Bytes that are live in the end, of the bytes that became resident for them.
    pub(crate) utilisation: f64,
}

/// A payload with its size.
#[derive(Clone, Copy)]
struct Slot {
    payload: *mut u8,
    size: usize,
}

pub(crate) fn measure(
    name: &str,
    libraries: &Path,
    kind: &str,
    live: usize,
    calls: usize,
) -> Measured {
    let make = KINDS.iter().find(|(known, ..)| *known == kind);
    let (_, _, make) = make.expect("a kind of trace");
    let trace = make(live, calls);
    let row = NAMES.iter().find(|(known, _)| *known == name);
    match *row.expect("a contestant") {
        (_, Some((_, prefix))) => {
            let path = libraries.join(name).join("embedded/libosmem.so");
            run(&Functions::of_library(&path, prefix), &trace)
        }
        ("glibc", _) => run(&Functions::of_glibc(), &trace),
        ("mimalloc", _) => run(&Functions::of_mimalloc(), &trace),
        ("dlmalloc", _) => run(&Dl::new(), &trace),
        _ => run(&Tlsf::new(), &trace),
    }
}

fn run<C: Contestant>(contestant: &C, trace: &Trace) -> Measured {
    let empty = Slot {
        payload: std::ptr::null_mut(),
        size: 0,
    };
    let mut slots = vec![empty; trace.slots];
    // Touched, so that they are resident before.
    slots.iter_mut().for_each(|slot| slot.size = 0);
    let before = resident();
    play(contestant, &trace.warm_up, &mut slots);
    let started = processor_time();
    play(contestant, &trace.timed, &mut slots);
    let time = (processor_time() - started) / trace.timed.len() as f64;
    let live: usize = slots.iter().map(|slot| slot.size).sum();
    let taken = resident().saturating_sub(before).max(1);
    Measured {
        time,
        utilisation: live as f64 / taken as f64,
    }
}

fn play<C: Contestant>(contestant: &C, steps: &[Step], slots: &mut [Slot]) {
    for step in steps {
        let slot = &mut slots[step.slot as usize];
        let size = step.size as usize;
        if size == 0 {
            // SAFETY: the slot's payload is live, and forgotten here.
            unsafe { contestant.free(slot.payload, slot.size) };
            slot.payload = std::ptr::null_mut();
        } else if slot.payload.is_null() {
            // SAFETY: the size is not 0.
            slot.payload = unsafe { contestant.alloc(size) };
            assert!(!slot.payload.is_null(), "out of memory");
            // A program uses what it asks for: each page becomes resident.
            for at in (0..size).step_by(4096) {
                // SAFETY: the payload has `size` bytes.
                let byte = unsafe { slot.payload.add(at) };
                // SAFETY: as above.
                unsafe { byte.write(step.slot as u8) };
            }
        } else {
            // SAFETY: the slot's payload is live.
            slot.payload = unsafe { contestant.realloc(slot.payload, slot.size, size) };
            assert!(!slot.payload.is_null(), "out of memory");
        }
        slot.size = size;
    }
}

/// Nanoseconds that this thread has had a processor, the kernel's work for it included: others
/// on the machine take none of them.
fn processor_time() -> f64 {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: the time is written to a place of ours.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut time) };
    time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
}

/// Resident bytes of this process.
fn resident() -> usize {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = text.split(' ').nth(1).and_then(|word| word.parse().ok());
    pages.unwrap_or(0_usize) * 4096
}
