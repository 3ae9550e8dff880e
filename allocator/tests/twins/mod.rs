//! Two heaps, one on each engine, that get the same calls: results, system calls and heap bytes
//! must be the same. Shared by the tests and by the example `identity`.
//!
//! A link in a header is an address. On the real break each engine runs in a child of one
//! process, so the addresses are the same. On a fake break the two run side by side, at addresses
//! that differ in the byte [`APART`] alone: two words agree when they are equal or differ by just
//! that, also where half a stale link was overwritten.

mod run;
mod scripted;
mod steps;

use std::ptr::NonNull;

use osmem::arena::{Arena, SystemCall};
use osmem::{BlockList, Heap, Indexed, List, Os};

use run::{Place, Run};
use scripted::{APART, Fields, Scripted, map};
pub(crate) use steps::{Mood, Random, Step, moods};

/// The first word in which two heaps differ.
pub(crate) fn difference(image: &[u64], other: &[u64]) -> Option<usize> {
    // No branch in the common case, so that the loop runs at the speed of memory.
    let differs = |(&a, &b): (&u64, &u64)| (b != a) & (b != a.wrapping_add(APART));
    if image.len() != other.len() {
        return Some(image.len().min(other.len()));
    }
    let chunks = image.chunks(64).zip(other.chunks(64));
    for (index, (a, b)) in chunks.enumerate() {
        if a.iter().zip(b).fold(false, |any, pair| any | differs(pair)) {
            let at = a.iter().zip(b).position(differs);
            return at.map(|at| index * 64 + at);
        }
    }
    None
}

/// What was compared.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Compared {
    pub(crate) calls: u64,
    pub(crate) system_calls: u64,
    pub(crate) images: u64,
    pub(crate) image_bytes: u64,
}

impl Compared {
    #[allow(dead_code, reason = "only the example adds up")]
    pub(crate) fn add(&mut self, other: Compared) {
        self.calls += other.calls;
        self.system_calls += other.system_calls;
        self.images += other.images;
        self.image_bytes += other.image_bytes;
    }
}

/// Runs both engines side by side on fake breaks.
///
/// # Panics
///
/// At the first difference.
pub(crate) fn compare(mood: Mood, calls: usize, random: &mut Random) -> Compared {
    let steps = |call: usize, live: usize| (call < calls).then(|| mood.step(random, call, live));
    compare_steps(mood, steps)
}

/// The same for the steps that a function makes of the number of the call and of live payloads.
pub(crate) fn compare_steps(
    mood: Mood,
    mut steps: impl FnMut(usize, usize) -> Option<Step>,
) -> Compared {
    let fields = Fields::new(mood.arena);
    let [expected, found] = fields.scripted();
    let mut memory = vec![0; Indexed::words(mood.indexed)];
    // SAFETY: the memory is zero.
    let engine = unsafe { Indexed::new(&mut memory) };
    let mut literal = Run::new(Heap::new(expected, mood.config), 64);
    let mut indexed = Run::new(Heap::with_engine(found, mood.config, engine), 64);
    let mut compared = Compared::default();
    for call in 0.. {
        let Some(step) = steps(call, literal.live()) else {
            break;
        };
        let (expected, found) = (literal.take(step), indexed.take(step));
        assert_eq!(expected, found, "call {call}, {step:?}: result, {mood:?}");
        literal.with_log(|expected| {
            indexed.with_log(|found| {
                assert_eq!(
                    expected, found,
                    "call {call}, {step:?}: system calls, {mood:?}"
                );
            });
            compared.system_calls += expected.len() as u64;
        });
        compared.calls += 1;
        if call % mood.every == 0 {
            compare_images(&literal, &indexed, &mut compared, &(call, step, mood));
        }
    }
    compare_images(&literal, &indexed, &mut compared, &"at the end");
    literal.finish();
    indexed.finish();
    compared
}

fn compare_images(
    literal: &Run<Arena, List>,
    indexed: &Run<Arena, Indexed<'_>>,
    compared: &mut Compared,
    when: &dyn std::fmt::Debug,
) {
    let ((_, expected), (_, found)) = (literal.image(), indexed.image());
    let word = difference(expected, found);
    assert_eq!(word, None, "the word of the heap that differs, {when:?}");
    compared.images += 1;
    compared.image_bytes += 8 * found.len() as u64;
}

/// Runs each engine in a child of this process, on the same break at the same address, and
/// compares digests of results, system calls and heap images after each call.
///
/// # Panics
///
/// At the first difference.
pub(crate) fn compare_on_real_break(mood: Mood, calls: usize, random: &Random) -> Compared {
    let mut memory = vec![0; Indexed::words(mood.indexed)];
    let [literal, indexed] = [(); 2].map(|()| Report::of(calls + 2));
    let [one, other] = [(); 2].map(|()| (Scripted::new(Os::new()), random.clone()));
    // Nothing is allocated in between, so both start from the same memory and break.
    in_child(|| {
        let heap = Heap::new(one.0, mood.config);
        digest(heap, mood, one.1, &literal);
    });
    in_child(|| {
        // SAFETY: the memory is zero, here and in the child.
        let engine = unsafe { Indexed::new(&mut memory) };
        let heap = Heap::with_engine(other.0, mood.config, engine);
        digest(heap, mood, other.1, &indexed);
    });
    let differs = (0..calls + 2).find(|&at| literal.get(at) != indexed.get(at));
    assert_eq!(differs, None, "the call that differs, {mood:?}");
    Compared {
        calls: calls as u64,
        system_calls: indexed.get(calls),
        images: calls.div_ceil(mood.every) as u64,
        image_bytes: indexed.get(calls + 1),
    }
}

/// Words that a child leaves.
struct Report {
    words: NonNull<u64>,
    count: usize,
}

impl Report {
    fn of(count: usize) -> Report {
        Report {
            words: map(0, count * 8, libc::MAP_SHARED).cast(),
            count,
        }
    }

    fn at(&self, at: usize) -> NonNull<u64> {
        assert!(at < self.count);
        // SAFETY: inside the mapping.
        unsafe { self.words.add(at) }
    }

    fn set(&self, at: usize, word: u64) {
        // SAFETY: the word is mapped, and the parent waits meanwhile.
        unsafe { self.at(at).write(word) }
    }

    fn get(&self, at: usize) -> u64 {
        // SAFETY: the word is mapped and zero at first, and the child is gone.
        unsafe { self.at(at).read() }
    }
}

impl Drop for Report {
    fn drop(&mut self) {
        // SAFETY: mapped by `of`, with this length.
        unsafe { libc::munmap(self.words.as_ptr().cast(), self.count * 8) };
    }
}

/// Runs the function in a child of this process.
fn in_child(run: impl FnOnce()) {
    // SAFETY: the child runs the function and ends; glibc keeps its allocator usable in it.
    let child = unsafe { libc::fork() };
    assert!(child >= 0, "fork");
    if child == 0 {
        let run = std::panic::AssertUnwindSafe(run);
        let status = i32::from(std::panic::catch_unwind(run).is_err());
        // SAFETY: the child ends here, without the parent's handlers.
        unsafe { libc::_exit(status) };
    }
    let mut status = 0;
    // SAFETY: our own child.
    unsafe { libc::waitpid(child, &raw mut status, 0) };
    assert_eq!(status, 0, "the child's exit status");
}

/// Reports a digest for each call, then the number of system calls and bytes of heap images.
fn digest<L: BlockList>(
    heap: Heap<Scripted<Os>, L>,
    mood: Mood,
    mut random: Random,
    report: &Report,
) {
    let calls = report.count - 2;
    let mut run = Run::new(heap, 1 << 16);
    let (mut system_calls, mut image_bytes) = (0, 0);
    for call in 0..calls {
        let step = mood.step(&mut random, call, run.live());
        let mut hash = match run.take(step) {
            Place::Null => 1,
            Place::Heap(offset) => 2 + 4 * offset as u64,
            Place::Mapping(size) => 3 + 4 * size as u64,
        };
        run.with_log(|log| {
            hash = log.iter().fold(hash, |hash, &call| mix(hash, code(call)));
            system_calls += log.len() as u64;
        });
        if call % mood.every == 0 {
            let (start, image) = run.image();
            hash = image
                .iter()
                .fold(hash ^ start, |hash, &word| mix(hash, word));
            image_bytes += 8 * image.len() as u64;
        }
        report.set(call, hash);
    }
    run.finish();
    report.set(calls, system_calls);
    report.set(calls + 1, image_bytes);
}

fn code(call: SystemCall) -> u64 {
    match call {
        SystemCall::Break(bytes) => 4 * bytes as u64,
        SystemCall::Map(bytes) => 4 * bytes as u64 + 1,
        SystemCall::Unmap(bytes) => 4 * bytes as u64 + 2,
        SystemCall::Refused => 3,
    }
}

fn mix(hash: u64, word: u64) -> u64 {
    (hash ^ word)
        .wrapping_mul(0x9e37_79b9_7f4a_7c15)
        .rotate_left(29)
}
