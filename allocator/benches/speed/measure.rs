//! One measurement, in a process of its own: so no allocator inherits the memory of another.

use std::path::Path;

use crate::contestants::{Contestant, Dl, Functions, NAMES, Tlsf};
use crate::traces::{Step, Trace};

/// What one run of a trace shows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Measured {
    /// Nanoseconds of processor time a call.
    pub(crate) time: f64,
    /// The same while the heap grows from nothing.
    pub(crate) growing: f64,
    /// Bytes that are live in the end, of the bytes that became resident for them.
    pub(crate) utilisation: f64,
}

pub(crate) fn measure(
    name: &str,
    libraries: &Path,
    kind: &str,
    live: usize,
    calls: usize,
) -> Measured {
    let trace = Trace::of(kind, live, calls);
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
    let mut slots = vec![std::ptr::null_mut(); trace.slots];
    // Touched, so that they are resident before.
    slots.fill(std::ptr::dangling_mut());
    let before = resident();
    let growing = time(contestant, &trace.warm_up, &mut slots);
    let time = time(contestant, &trace.timed, &mut slots);
    let taken = resident().saturating_sub(before).max(1);
    Measured {
        time,
        growing,
        utilisation: trace.live as f64 / taken as f64,
    }
}

fn time<C: Contestant>(contestant: &C, steps: &[Step], slots: &mut [*mut u8]) -> f64 {
    let started = processor_time();
    play(contestant, steps, slots);
    (processor_time() - started) / steps.len() as f64
}

/// Makes the calls, and does with each payload what programs do at least: fills it when it is new,
/// and looks at it before it is freed; of large ones with the first page, because how much
/// programs use of those a trace does not tell.
fn play<C: Contestant>(contestant: &C, steps: &[Step], slots: &mut [*mut u8]) {
    for (at, step) in steps.iter().enumerate() {
        if let Some(later) = steps.get(at + AHEAD) {
            fetch(&slots[later.slot as usize]);
        }
        let slot = &mut slots[step.slot as usize];
        let (old, size) = (step.old as usize, step.size as usize);
        if size == 0 {
            read(*slot, old);
            // SAFETY: the slot's payload is live, and forgotten here.
            unsafe { contestant.free(*slot, old) };
            continue;
        }
        *slot = if step.zeroed {
            // SAFETY: the size is not 0.
            unsafe { contestant.alloc_zeroed(size) }
        } else if old == 0 {
            // SAFETY: the size is not 0.
            unsafe { contestant.alloc(size) }
        } else {
            // SAFETY: the slot's payload is live.
            unsafe { contestant.realloc(*slot, old, size) }
        };
        assert!(!slot.is_null(), "out of memory");
        write(*slot, old, size);
    }
}

/// Steps between the look at a slot and its use: misses of this table are not timed.
const AHEAD: usize = 16;
/// Bytes of a payload that are used.
const USED: usize = 4096;

fn fetch(slot: &*mut u8) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a hint, and each x86-64 processor has SSE.
    unsafe {
        core::arch::x86_64::_mm_prefetch::<{ core::arch::x86_64::_MM_HINT_T0 }>(
            (&raw const *slot).cast(),
        );
    };
}

/// Fills the payload from a byte on.
fn write(payload: *mut u8, from: usize, size: usize) {
    let to = size.min(USED);
    if from < to {
        // SAFETY: the payload has `size` bytes.
        let start = unsafe { payload.add(from) };
        // SAFETY: as above.
        unsafe { start.write_bytes(from as u8 | 1, to - from) };
    }
}

/// Adds up what was written.
fn read(payload: *const u8, size: usize) {
    // SAFETY: the payload has `size` bytes, and this many of them were written.
    let bytes = unsafe { std::slice::from_raw_parts(payload, size.min(USED)) };
    let (words, rest) = bytes.as_chunks();
    let sum = words.iter().map(|word| u64::from_ne_bytes(*word));
    let sum = sum.fold(rest.len() as u64, u64::wrapping_add);
    std::hint::black_box(sum);
}

/// Nanoseconds that this thread has had a processor, the kernel's work for it included: others
/// on the machine take none of them.
fn processor_time() -> f64 {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: the time is written to a place of ours.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
    time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
}

/// Resident bytes of this process.
fn resident() -> usize {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = text.split(' ').nth(1).and_then(|word| word.parse().ok());
    pages.unwrap_or(0_usize) * 4096
}
