//! A look at the heap of a stopped process.

use std::io;

use ref_tests::wire::PayloadFault;

use super::memory::Memory;
use crate::heap::{self, Image};
use crate::sys::trace::Stopped;
use crate::types::{
    Call, CallNumber, Header, HeapHeaders, Node, Profile, RawSystemCall, RecordedCall, WORDS,
};

/// Most bytes of heap that are read at once in any case.
pub(super) const HEAP_READ: u64 = 64 << 20;

/// Bytes of heap that are read at once of a process that is to make these calls: enough for one
/// that never uses a block again and moves the break by a whole preallocation each time. For a
/// submission that takes more, the report says that its heap cannot be read from there on.
pub(super) fn most_heap(profile: &Profile, calls: &[Call]) -> u64 {
    let room = |call: &Call| match *call {
        Call::Malloc { size } | Call::Realloc { size, .. } => profile.total(size),
        Call::Calloc { count, size } => count.checked_mul(size).and_then(|it| profile.total(it)),
        Call::Free { .. } => Some(0),
        Call::MoveBreak { bytes } => Some(bytes),
    };
    // A size that no system can give needs no room.
    let rooms = calls.iter().map(|call| room(call).unwrap_or(0));
    let asked = rooms.fold(0, u64::saturating_add);
    let preallocated = profile.preallocation * (calls.len() as u64 + 8);
    asked.saturating_add(preallocated).min(HEAP_READ)
}

/// A stopped process, and what is known of its memory.
pub(super) struct View<'a> {
    pub(super) profile: &'a Profile,
    pub(super) stopped: &'a Stopped,
    pub(super) memory: &'a Memory,
    pub(super) buffer: &'a mut Vec<u8>,
    /// How many blocks the heap can have.
    pub(super) most_blocks: usize,
    /// How many bytes of it are read.
    pub(super) most_bytes: u64,
}

impl View<'_> {
    /// A call that has just returned, with what stands in memory after it. `returned` are all
    /// addresses that calls have returned, this one's too.
    pub(super) fn recorded(
        self,
        (number, call, result): (CallNumber, Call, u64),
        payload: Option<PayloadFault>,
        system_calls: Vec<RawSystemCall>,
        returned: &[u64],
    ) -> io::Result<RecordedCall> {
        let regions = self.memory.regions.clone();
        let Seen {
            heap,
            mappings,
            nodes,
            mapped,
        } = self.look(Some(returned))?;
        Ok(RecordedCall {
            number,
            call,
            result,
            payload,
            system_calls,
            regions,
            heap,
            mappings,
            nodes,
            mapped,
        })
    }

    /// What stands in the heap and at the start of the mappings; `returned` are all addresses that
    /// calls have returned, where all places that may be headers are wanted. Reads the whole heap at
    /// once, which costs less than one read for each header.
    pub(super) fn look(self, returned: Option<&[u64]>) -> io::Result<Seen> {
        let Self {
            profile,
            stopped,
            memory,
            buffer,
            most_blocks,
            most_bytes,
        } = self;
        let header = WORDS * 8;
        let mut left = most_bytes;
        let mut ranges = Vec::with_capacity(memory.regions.len() + memory.mappings.len());
        for region in &memory.regions {
            let length = (region.end - region.start).min(left);
            left -= length;
            ranges.push((region.start, length as usize));
        }
        ranges.extend(
            memory
                .mappings
                .iter()
                .map(|mapping| (mapping.start, header)),
        );
        stopped.read(&ranges, buffer)?;

        let mut rest = buffer.as_slice();
        let mut next = |length: usize| {
            let (bytes, after) = rest.split_at(length.min(rest.len()));
            rest = after;
            bytes
        };
        let images: Vec<Image<'_>> = memory
            .regions
            .iter()
            .zip(&ranges)
            .map(|(&region, &(_, length))| Image {
                region,
                bytes: next(length),
            })
            .collect();
        let mapped: Vec<Node> = memory
            .mappings
            .iter()
            .filter_map(|mapping| heap::node_at(next(header), mapping.start, mapping.start))
            .collect();
        let mappings = mapped.iter().map(|node| heap::header_of(profile, node));
        let walked = heap::walk(profile, &images, most_blocks);
        Ok(Seen {
            mappings: mappings.collect(),
            nodes: returned.map_or_else(Vec::new, |returned| {
                heap::nodes(profile, &images, &walked, returned, most_blocks)
            }),
            heap: walked,
            mapped,
        })
    }
}

/// What was seen of a stopped process.
pub(super) struct Seen {
    /// The headers that a walk over the heap finds.
    pub(super) heap: HeapHeaders,
    /// Those at the start of the mappings.
    pub(super) mappings: Vec<Header>,
    /// The words at the places in the heap that are or may be headers.
    pub(super) nodes: Vec<Node>,
    /// The words at the start of the mappings.
    pub(super) mapped: Vec<Node>,
}
