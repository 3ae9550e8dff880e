//! One heap that takes steps.

use std::ptr::NonNull;

use osmem::arena::SystemCall;
use osmem::block::{META, STATUS_MAPPED};
use osmem::{BlockList, Heap, Source};

use super::scripted::{Foreigner, Scripted};
use super::steps::Step;

/// Where a call's result lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Place {
    Null,
    /// This many bytes from the start of the heap.
    Heap(usize),
    /// In a mapping with a payload of this many bytes.
    Mapping(usize),
}

#[derive(Clone, Copy)]
struct Payload {
    start: NonNull<u8>,
    bytes: usize,
}

/// One heap and its live payloads.
pub(crate) struct Run<S, L> {
    pub(super) heap: Heap<Scripted<S>, L>,
    live: Vec<Payload>,
    stamp: u64,
}

impl<S: Source + Foreigner, L: BlockList> Run<S, L> {
    pub(super) fn new(heap: Heap<Scripted<S>, L>, room: usize) -> Run<S, L> {
        Run {
            heap,
            live: Vec::with_capacity(room),
            stamp: 0,
        }
    }

    pub(crate) fn live(&self) -> usize {
        self.live.len()
    }

    /// Takes a step; the system calls are in the log.
    pub(crate) fn take(&mut self, step: Step) -> Place {
        self.heap.source().notes.borrow_mut().log.clear();
        match step {
            Step::Malloc(bytes) => {
                let start = self.heap.malloc(bytes);
                self.note(start, bytes)
            }
            Step::Calloc(count, bytes) => {
                let start = self.heap.calloc(count, bytes);
                self.note(start, count.saturating_mul(bytes))
            }
            Step::Realloc(at, bytes) => self.realloc(at, bytes),
            Step::Free(at) => {
                self.free(at);
                Place::Null
            }
            Step::FreeTwice(at) => self.free_twice(at),
            Step::MoveBreak(bytes) => {
                self.heap.source().source.move_break_aside(bytes);
                Place::Null
            }
            Step::Refuse(after) => {
                self.heap.source().refuse_after(after);
                Place::Null
            }
        }
    }

    fn note(&mut self, start: Option<NonNull<u8>>, bytes: usize) -> Place {
        let Some(start) = start else {
            return Place::Null;
        };
        let payload = Payload { start, bytes };
        self.write(payload);
        self.live.push(payload);
        self.place(payload)
    }

    /// Marks the payload, so that a block that moves without its bytes is found.
    fn write(&mut self, payload: Payload) {
        self.stamp += 1;
        for at in
            (0..payload.bytes.min(128) / 8).chain(payload.bytes.checked_sub(8).map(|last| last / 8))
        {
            // SAFETY: whole words inside the payload, which starts at a multiple of 8.
            let word = unsafe { payload.start.cast::<u64>().add(at) };
            // SAFETY: as above; no other code uses the payload.
            unsafe { word.write(self.stamp ^ (at as u64) << 32) };
        }
    }

    fn place(&self, payload: Payload) -> Place {
        // SAFETY: a live payload has a header META bytes before it, the status at offset 8.
        let header = unsafe { payload.start.sub(META) }.cast::<usize>();
        // SAFETY: as above.
        let [size, status] = unsafe { header.cast::<[usize; 2]>().read() };
        if status as i32 == STATUS_MAPPED {
            return Place::Mapping(size);
        }
        let start = self.heap.source().notes.borrow().start.expect("a heap");
        Place::Heap(payload.start.addr().get() - start.addr().get())
    }

    fn realloc(&mut self, at: usize, bytes: usize) -> Place {
        if bytes == 0 {
            self.free(at);
            return Place::Null;
        }
        let old = self.live[at];
        // SAFETY: a live payload; it is forgotten when the block moved.
        let Some(start) = (unsafe { self.heap.realloc(Some(old.start), bytes) }) else {
            return Place::Null;
        };
        let payload = Payload { start, bytes };
        self.live[at] = payload;
        let place = self.place(payload);
        self.write(payload);
        place
    }

    /// Frees; the payload lives on when it is a mapping that could not be removed.
    fn free(&mut self, at: usize) -> Payload {
        let payload = self.live[at];
        let mapped = matches!(self.place(payload), Place::Mapping(_));
        // SAFETY: a live payload.
        unsafe { self.heap.free(Some(payload.start)) };
        let refused = self
            .heap
            .source()
            .notes
            .borrow()
            .log
            .contains(&SystemCall::Refused);
        if !(mapped && refused) {
            self.live.swap_remove(at);
        }
        payload
    }

    fn free_twice(&mut self, at: usize) -> Place {
        if matches!(self.place(self.live[at]), Place::Mapping(_)) {
            return Place::Null;
        }
        let payload = self.free(at);
        // SAFETY: a heap block that was just freed: its header is still there.
        let refused = unsafe { self.heap.realloc(Some(payload.start), payload.bytes + 8) };
        assert_eq!(refused, None, "A10");
        // SAFETY: as above.
        unsafe { self.heap.free(Some(payload.start)) };
        Place::Null
    }

    pub(crate) fn with_log<R>(&self, read: impl FnOnce(&[SystemCall]) -> R) -> R {
        read(&self.heap.source().notes.borrow().log)
    }

    /// The address of the heap's start, and all its words.
    pub(crate) fn image(&self) -> (u64, &[u64]) {
        let notes = self.heap.source().notes.borrow();
        let Some(start) = notes.start else {
            return (0, &[]);
        };
        let words = (notes.end - start.addr().get()) / 8;
        // SAFETY: the source gave the memory from start to end, all of it is initialised, and
        // the heap does not run while it is borrowed.
        let image = unsafe { std::slice::from_raw_parts(start.cast::<u64>().as_ptr(), words) };
        (start.addr().get() as u64, image)
    }

    /// Blocks of the heap and mappings that are not live any more are the heap's to lose.
    pub(crate) fn finish(&mut self) {
        self.heap
            .validate()
            .unwrap_or_else(|fault| panic!("{fault}"));
    }
}
