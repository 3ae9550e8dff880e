//! Any sequence of calls, with failures and foreign break moves, against a shadow that knows
//! live payloads only: where they are, how long, and what they hold.

use std::collections::BTreeMap;
use std::ptr::NonNull;

use osmem::arena::{Arena, SystemCall};
use osmem::block::{META, STATUS_ALLOC, STATUS_FREE};
use osmem::{BlockInfo, Config, Heap};
use proptest::prelude::*;

/// Small numbers, so that random sizes meet every threshold.
const CONFIG: Config = Config {
    mmap_threshold: 2048,
    page_size: 512,
    preallocation: 2048,
};
const ARENA: usize = 1 << 16;

#[derive(Clone, Debug)]
enum Step {
    Malloc(usize),
    Calloc(usize, usize),
    Realloc(prop::sample::Index, usize),
    Free(prop::sample::Index),
    /// Other code moves the break.
    MoveBreak(usize),
    /// One of the next system calls is refused.
    Refuse(usize),
}

fn size() -> impl Strategy<Value = usize> {
    prop_oneof![
        6 => 0..400_usize,
        2 => 400..2200_usize,
        1 => prop::sample::select(vec![1, 8, 32, 40, 440, 472, 473, 480, 2008, 2009, 2016, 2048]),
        1 => 2000..5000_usize,
        1 => prop::sample::select(vec![usize::MAX, usize::MAX - 31, usize::MAX / 2 + 9]),
    ]
}

fn step(hostile: bool) -> impl Strategy<Value = Step> {
    let rare = u32::from(hostile);
    prop_oneof![
        8 => size().prop_map(Step::Malloc),
        4 => (0..5_usize, size()).prop_map(|(count, size)| Step::Calloc(count, size)),
        8 => (any::<prop::sample::Index>(), size()).prop_map(|(at, size)| Step::Realloc(at, size)),
        8 => any::<prop::sample::Index>().prop_map(Step::Free),
        rare => (1..100_usize).prop_map(Step::MoveBreak),
        rare => (0..3_usize).prop_map(Step::Refuse),
    ]
}

/// What the user of the heap knows.
struct Shadow {
    heap: Heap<Arena>,
    /// Live payloads by address: bytes asked for, and the seed of the contents.
    live: BTreeMap<usize, Payload>,
    seed: u8,
}

#[derive(Clone, Copy)]
struct Payload {
    start: NonNull<u8>,
    bytes: usize,
    seed: u8,
}

impl Payload {
    fn expected(seed: u8, at: usize) -> u8 {
        seed.wrapping_add((at % 251) as u8)
    }

    fn fill(self) {
        for at in 0..self.bytes {
            let byte = self.start.as_ptr().wrapping_add(at);
            // SAFETY: the heap gave `bytes` bytes; no other code uses them.
            unsafe { byte.write(Payload::expected(self.seed, at)) };
        }
    }

    /// Whether the first bytes hold what was filled in.
    fn begins_with(self, seed: u8, bytes: usize) -> bool {
        self.as_slice()[..bytes]
            .iter()
            .enumerate()
            .all(|(at, &byte)| byte == Payload::expected(seed, at))
    }

    fn as_slice(&self) -> &[u8] {
        // SAFETY: the heap gave `bytes` bytes, of initialised memory in an arena.
        unsafe { std::slice::from_raw_parts(self.start.as_ptr(), self.bytes) }
    }
}

impl Shadow {
    fn new() -> Shadow {
        Shadow {
            heap: Heap::new(Arena::new(ARENA), CONFIG),
            live: BTreeMap::new(),
            seed: 0,
        }
    }

    fn pick(&self, at: prop::sample::Index) -> Option<Payload> {
        let count = self.live.len();
        (count > 0).then(|| *self.live.values().nth(at.index(count)).expect("an index"))
    }

    /// Notes a new payload and fills it.
    fn note(&mut self, start: NonNull<u8>, bytes: usize) {
        self.seed = self.seed.wrapping_add(37);
        let payload = Payload {
            start,
            bytes,
            seed: self.seed,
        };
        payload.fill();
        let before = self.live.insert(start.addr().get(), payload);
        assert!(before.is_none(), "the address of a live payload");
    }

    fn take(&mut self, step: &Step) {
        match *step {
            Step::Malloc(bytes) => {
                let start = self.heap.malloc(bytes);
                assert!(bytes > 0 || start.is_none());
                self.note_some(start, bytes);
            }
            Step::Calloc(count, bytes) => self.calloc(count, bytes),
            Step::Realloc(at, bytes) => match self.pick(at) {
                Some(old) => self.realloc(old, bytes),
                None => {
                    // SAFETY: NULL is allowed.
                    let start = unsafe { self.heap.realloc(None, bytes) };
                    self.note_some(start, bytes);
                }
            },
            Step::Free(at) => {
                let payload = self.pick(at);
                // Else the shadow would not know whether a block was unmapped.
                self.heap.source().refuse_none();
                // SAFETY: a live payload, which is forgotten below.
                unsafe { self.heap.free(payload.map(|payload| payload.start)) };
                payload.map(|payload| self.live.remove(&payload.start.addr().get()));
            }
            Step::MoveBreak(bytes) => drop(self.heap.source().move_break_aside(bytes)),
            Step::Refuse(after) => self.heap.source().refuse_after(after),
        }
    }

    fn note_some(&mut self, start: Option<NonNull<u8>>, bytes: usize) {
        start.into_iter().for_each(|start| self.note(start, bytes));
    }

    fn calloc(&mut self, count: usize, bytes: usize) {
        let Some(start) = self.heap.calloc(count, bytes) else {
            return;
        };
        let bytes = count.checked_mul(bytes).expect("no overflow, or NULL");
        let payload = Payload {
            start,
            bytes,
            seed: 0,
        };
        assert!(payload.as_slice().iter().all(|&byte| byte == 0), "A4");
        self.note(start, bytes);
    }

    fn realloc(&mut self, old: Payload, bytes: usize) {
        if bytes == 0 {
            self.heap.source().refuse_none();
        }
        // SAFETY: a live payload; it is forgotten when the block moved.
        let new = unsafe { self.heap.realloc(Some(old.start), bytes) };
        let Some(start) = new else {
            assert!(
                old.begins_with(old.seed, if bytes == 0 { 0 } else { old.bytes }),
                "E3"
            );
            if bytes == 0 {
                self.live.remove(&old.start.addr().get());
            }
            return;
        };
        let payload = Payload {
            start,
            bytes,
            seed: 0,
        };
        assert!(payload.begins_with(old.seed, bytes.min(old.bytes)), "A11");
        self.live.remove(&old.start.addr().get());
        self.note(start, bytes);
    }

    /// Everything that must hold after each call.
    fn check(&mut self) {
        self.heap
            .validate()
            .unwrap_or_else(|fault| panic!("{fault}"));
        let mut end = 0;
        for (&start, payload) in &self.live {
            assert!(start.is_multiple_of(8), "A18");
            assert!(
                start >= end + META || end == 0,
                "A18: overlaps a block or header"
            );
            assert!(
                payload.begins_with(payload.seed, payload.bytes),
                "contents changed"
            );
            let block = self
                .heap
                .find(payload.start)
                .expect("a block for each payload");
            assert!(
                block.size >= payload.bytes && block.status != STATUS_FREE,
                "B1"
            );
            end = start + payload.bytes;
        }
        let used = self
            .heap
            .blocks()
            .filter(|block| block.status == STATUS_ALLOC)
            .count();
        let mapped = self.heap.mapped_blocks().count();
        assert_eq!(used + mapped, self.live.len(), "lost blocks");
        assert_eq!(self.heap.source().mappings(), mapped, "lost mappings");
        assert!(self.heap.source().foreign_memory_is_intact(), "E5");
    }

    /// Without gaps the blocks fill the heap, from its start to the break (B2).
    fn check_no_gap(&self) {
        let chunks = self.heap.blocks().map(|block| META + block.size);
        assert_eq!(
            chunks.sum::<usize>(),
            self.heap.source().break_offset(),
            "B2"
        );
    }
}

/// The blocks with no two adjacent free ones: what a search sees.
fn coalesced(blocks: impl Iterator<Item = BlockInfo>) -> Vec<usize> {
    let mut free: Vec<usize> = Vec::new();
    let mut run = false;
    for block in blocks {
        match (block.status == STATUS_FREE, run) {
            (true, true) => *free.last_mut().expect("a run") += META + block.size,
            (true, false) => free.push(block.size),
            (false, _) => {}
        }
        run = block.status == STATUS_FREE;
    }
    free
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Legal calls on a quiet system: sound, and the break never moves without need.
    #[test]
    fn calls_keep_the_heap_sound(steps in prop::collection::vec(step(false), 1..150)) {
        let mut shadow = Shadow::new();
        for step in &steps {
            let free = coalesced(shadow.heap.blocks());
            shadow.heap.source().take_log();
            shadow.take(step);
            shadow.check();
            shadow.check_no_gap();
            if let Step::Malloc(bytes) = *step {
                let grew = shadow.heap.source().take_log().iter()
                    .any(|call| matches!(call, SystemCall::Break(_)));
                let fitted = free.iter().any(|&size| size >= bytes);
                prop_assert!(!(grew && fitted), "C5");
            }
        }
    }

    /// The same with refused system calls and a break that other code moves.
    #[test]
    fn a_hostile_system_does_no_harm(steps in prop::collection::vec(step(true), 1..150)) {
        let mut shadow = Shadow::new();
        for step in &steps {
            shadow.take(step);
            shadow.check();
        }
    }
}
