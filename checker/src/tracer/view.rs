//! A look at the heap of a stopped process.

use std::io;

use ref_tests::wire::PayloadFinding;

use super::memory::Memory;
use super::pages::Pages;
use crate::heap;
use crate::sys::trace::Stopped;
use crate::types::{
    Call, CallNumber, Header, HeapHeaders, Node, Profile, RawStep, RawSystemCall, Region,
};

/// Most bytes of heap that are read at once in any case.
pub(super) const HEAP_READ: u64 = 64 << 20;

/// Bytes of heap that are read at once of a process that is to make these calls: enough for one
/// that never uses a block again and moves the break by a whole preallocation each time. For a
/// submission that takes more, the report says that its heap cannot be read from there on.
pub(super) fn most_heap(profile: &Profile, calls: &[Call]) -> u64 {
    let room = |call: &Call| match *call {
        Call::MoveBreak { bytes } => Some(bytes),
        other => other.size().and_then(|size| profile.total(size)),
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
    pub(super) pages: &'a mut Pages,
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
        payload: Option<PayloadFinding>,
        system_calls: Vec<RawSystemCall>,
        returned: &[u64],
    ) -> io::Result<RawStep> {
        let regions = self.memory.regions.clone();
        let Seen {
            heap,
            mappings,
            nodes,
            mapped,
        } = self.look(Some(returned))?;
        Ok(RawStep {
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
    /// calls have returned, where all places that may be headers are wanted.
    pub(super) fn look(self, returned: Option<&[u64]>) -> io::Result<Seen> {
        let Self {
            profile,
            stopped,
            memory,
            pages,
            most_blocks,
            most_bytes,
        } = self;
        let mut left = most_bytes;
        let readable = memory.regions.iter().map(|&Region { start, end }| {
            let length = (end - start).min(left);
            left -= length;
            let end = start + length;
            Region { start, end }
        });
        let starts = memory.mappings.iter().map(|mapping| mapping.start);
        // In front of what was returned last there is a header.
        let newest = returned.and_then(|all| all.last()?.checked_sub(1));
        let (mut seen, mapped) = pages.look(
            stopped,
            readable.collect(),
            newest,
            &starts.collect::<Vec<_>>(),
        )?;
        let mappings = mapped.iter().map(|node| heap::header_of(profile, node));
        let regions = &memory.regions;
        let walked = heap::walk(profile, regions, &mut seen, most_blocks);
        let nodes = returned.map_or_else(Vec::new, |returned| {
            heap::nodes(profile, regions, &mut seen, &walked, returned, most_blocks)
        });
        seen.end()?;
        Ok(Seen {
            mappings: mappings.collect(),
            nodes,
            heap: walked,
            mapped,
        })
    }
}

/// A stopped process, and what is read of its memory.
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
