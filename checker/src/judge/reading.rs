//! How a submission's headers are read: one way for all of its runs.
//!
//! The words at all places that may be headers were recorded; here they become blocks. Blocks are
//! never invented: a place counts when a call returned it, when the list or the block in front of
//! it leads there and what stands there can be a header. What no block covers is a hole.

use std::cmp::Ordering;

use super::Run;
use crate::heap::OTHER_HEADERS;
use crate::profile::nearly_all;
use crate::spec::{Block, Blocks, Heap, Mapping, Mistake, State};
use crate::types::{
    Call, LINK, MAPPED, MappingNumber, Memory, Place, Profile, Region, State as Status, SystemCall,
    WORDS,
};

/// How sizes in headers become rooms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rooms {
    /// A block is as large as its header says.
    Sizes,
    /// As by sizes, and after the last block there is free space without a header.
    Top,
    /// A block extends to the next one; the size in its header is ignored.
    Distances,
    /// Headers cannot be read: blocks are where calls returned them.
    Blind,
}

/// One way to read headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Bytes of a header, and where its fields are.
    pub profile: Profile,
    /// Whether the size of heap blocks counts the header (V14).
    pub heap_chunks: bool,
    /// Whether the size of mapped blocks counts the header (V14).
    pub mapped_chunks: bool,
    /// How rooms are known.
    pub rooms: Rooms,
    /// Whether only what the list leads to is a block, besides what is held.
    pub listed: bool,
}

/// A block that a caller holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// The call that returned it, from 0.
    pub call: usize,
    /// Where its payload is.
    pub place: Place,
    /// Bytes that were asked for.
    pub size: u64,
}

/// Sizes in headers may reach so far over the end of the heap and still be believed.
const SLACK: u64 = 4096;

impl Reading {
    /// Headers as the assignment has them.
    #[must_use]
    pub const fn plain(profile: &Profile) -> Self {
        Self {
            profile: *profile,
            heap_chunks: false,
            mapped_chunks: false,
            rooms: Rooms::Sizes,
            listed: false,
        }
    }

    /// What all runs together say of the header's length and of what its size counts. Rooms are by
    /// sizes.
    pub fn of(profile: &Profile, runs: &[Run<'_>]) -> Self {
        let mut reading = Self::plain(profile);
        let firsts = runs.iter().filter_map(|run| run.transcript.first_payload());
        let firsts: Vec<u64> = firsts.collect();
        let fits = |header: &u64| *header != profile.header && nearly_all(&firsts, *header);
        if let Some(header) = OTHER_HEADERS.into_iter().find(fits) {
            reading.profile.header = header;
            if header < profile.header {
                // The one of the earlier edition of the assignment: size, status, next.
                reading.profile.next_offset = 16;
                reading.profile.prev_offset = 16;
            }
        }
        reading.count_chunks(runs);
        reading
    }

    /// V14: what the size of most blocks that were just returned says.
    fn count_chunks(&mut self, runs: &[Run<'_>]) {
        let (mut heap, mut mapped) = ([0_u32; 2], [0_u32; 2]);
        for run in runs {
            for step in &run.transcript.steps {
                let (asked, votes, words, at) = match (asked(&step.call), step.outcome.result) {
                    (Some(asked), Some(Place::Heap(payload))) => {
                        let at = payload.wrapping_sub(self.profile.header);
                        (asked, &mut heap, step.memory.words(at), Some(at))
                    }
                    (Some(asked), Some(Place::Mapping(number, _))) => {
                        let mut mappings = step.memory.mappings.iter();
                        let found = mappings.find(|(other, _)| *other == number);
                        (asked, &mut mapped, found.map(|(_, words)| words), None)
                    }
                    _ => continue,
                };
                let Some(said) = words.map(|words| self.profile.size_in(words)) else {
                    continue;
                };
                let aligned = self.profile.align(asked).unwrap_or(asked);
                // Where a block is too large by a header, header and size together reach the end of the heap.
                let too_large = at.is_some_and(|at| {
                    let end = at.wrapping_add(self.profile.header).wrapping_add(said);
                    step.memory.regions.iter().any(|region| region.end == end)
                });
                if said == asked || said == aligned || too_large {
                    votes[0] += 1;
                } else if said == asked.wrapping_add(self.profile.header)
                    || said == aligned.wrapping_add(self.profile.header)
                {
                    votes[1] += 1;
                }
            }
        }
        self.heap_chunks = heap[1] > heap[0];
        self.mapped_chunks = mapped[1] > mapped[0];
    }

    fn field(&self, words: &[u64; WORDS], offset: u64) -> u64 {
        words[(offset / 8) as usize % WORDS]
    }

    /// The payload bytes that a header of the heap says.
    fn said(&self, words: &[u64; WORDS]) -> u64 {
        let size = self.profile.size_in(words);
        match self.heap_chunks {
            true => size.wrapping_sub(self.profile.header),
            false => size,
        }
    }

    fn status(&self, words: &[u64; WORDS]) -> i32 {
        self.profile.status_in(words)
    }

    /// Whether a header may stand there, in a region that ends so.
    fn is_plausible(&self, words: &[u64; WORDS], at: u64, region: &Region) -> bool {
        let status = self.status(words);
        let said = self.said(words);
        let fields = (self.profile.header / 8) as usize;
        let written = words[..fields.min(WORDS)].iter().any(|word| *word != 0);
        // A link where the status must be makes the middle of an old header of nothing.
        let middle = self.field(words, self.profile.status_offset) & LINK != 0;
        written
            && (status == 0 || status == 1)
            && self.profile.align(said).is_some_and(|size| {
                size <= region.end.saturating_add(SLACK).saturating_sub(at)
                    && (size > 0 || !middle && words.iter().any(|word| word & LINK != 0))
            })
    }

    /// What the memory holds after a call, for the blocks that are held.
    pub fn state(
        &self,
        memory: &Memory,
        held: &[Held],
        mappings: &[Mapping],
        mapped: u32,
    ) -> State {
        let mut state = State::new(self.profile.header);
        state.heap.end = memory.end;
        state.heap.started = !memory.regions.is_empty();
        state.heap.gaps = gaps(memory);
        state.heap.blocks = Blocks::of(self.blocks(memory, held), self.profile.header);
        state.mappings = mappings
            .iter()
            .map(|mapping| self.mapping(mapping, memory, held))
            .collect();
        state.mapped = mapped;
        state
    }

    fn mapping(&self, mapping: &Mapping, memory: &Memory, held: &[Held]) -> Mapping {
        let owner = held
            .iter()
            .find(|it| matches!(it.place, Place::Mapping(number, _) if number == mapping.number));
        let mut found = memory.mappings.iter();
        let Some((_, words)) = found.find(|(number, _)| *number == mapping.number) else {
            return *mapping;
        };
        let size = self.profile.size_in(words);
        let size = match self.mapped_chunks {
            true => size.wrapping_sub(self.profile.header),
            false => size,
        };
        let status = crate::transcript::state(self.status(words));
        Mapping {
            size,
            asked: owner.map_or(size, |it| it.size),
            status,
            ..*mapping
        }
    }

    fn blocks(&self, memory: &Memory, held: &[Held]) -> Vec<Block> {
        let header = self.profile.header;
        let starts = held.iter().filter_map(|held| match held.place {
            Place::Heap(payload) => payload.checked_sub(header),
            _ => None,
        });
        let mut firm: Vec<u64> = starts.collect();
        firm.sort_unstable();
        firm.dedup();
        let mut blocks = Vec::with_capacity(memory.nodes.len());
        for region in &memory.regions {
            match self.rooms {
                Rooms::Distances => self.by_distances(memory, region, &firm, &mut blocks),
                _ => self.by_sizes(memory, region, &firm, &mut blocks),
            }
        }
        if self.rooms == Rooms::Top {
            // A block that has left the list still lies in front of the free space.
            let by_sizes = Self {
                rooms: Rooms::Sizes,
                listed: false,
                ..*self
            };
            let all = self.listed.then(|| by_sizes.blocks(memory, held));
            let tail = self.tail(memory, held, all.as_ref().unwrap_or(&blocks));
            blocks.extend(tail);
        }
        blocks
    }

    /// The free space after the last block, which has no header. Where a caller holds bytes of it,
    /// the size in the last header is too small, and nothing is free.
    fn tail(&self, memory: &Memory, held: &[Held], blocks: &[Block]) -> Option<Block> {
        let region = memory.regions.last()?;
        let header = self.profile.header;
        let last = blocks.last().filter(|last| region.contains(last.start));
        let at = last.map_or(region.start, |last| last.start + header + last.size);
        let room = region.end.checked_sub(at + header)?;
        let holds = |held: &Held| match held.place {
            Place::Heap(payload) => payload.saturating_add(held.size) > at,
            _ => false,
        };
        let is_free = room >= self.profile.alignment && !held.iter().any(holds);
        is_free.then(|| Block::new(at, room, true))
    }

    /// From header to header; where that leads nowhere, on from the next place that is known.
    fn by_sizes(&self, memory: &Memory, region: &Region, firm: &[u64], blocks: &mut Vec<Block>) {
        let header = self.profile.header;
        let mut listed: Option<Vec<u64>> = None;
        let mut at = match firm.binary_search(&region.start) {
            Ok(_) => region.start,
            Err(_) => self.profile.align(region.start).unwrap_or(region.start),
        };
        let next_firm = |from: u64| {
            firm[firm.partition_point(|start| *start < from)..]
                .first()
                .copied()
        };
        while at.saturating_add(header) <= region.end {
            let is_firm = firm.binary_search(&at).is_ok();
            let words = memory.words(at);
            let plausible = words.is_some_and(|words| self.is_plausible(words, at, region));
            // Where the header of a block that is held begins, no other one goes on.
            let covered = next_firm(at + 1).is_some_and(|next| next < at + header);
            let counts = plausible
                && !covered
                && (!self.listed || {
                    let listed = listed.get_or_insert_with(|| self.listed(memory, region));
                    listed.binary_search(&at).is_ok()
                });
            if !is_firm && !counts {
                let listed = listed.get_or_insert_with(|| self.listed(memory, region));
                let soft = listed[listed.partition_point(|start| *start <= at)..].first();
                let next = next_firm(at + 1).into_iter().chain(soft.copied());
                match next.min().filter(|next| *next < region.end) {
                    Some(next) => at = next,
                    None => break,
                }
                continue;
            }
            let beyond = next_firm(at + 1).filter(|next| *next < region.end);
            let mut block = self.block(at, words, plausible, beyond.unwrap_or(region.end));
            let unaligned = (at + header).wrapping_add(block.said);
            let header_at = |at: u64| {
                let words = memory.words(at);
                words.filter(|words| self.is_plausible(words, at, region))
            };
            let ends =
                |end: u64| end == region.end || Some(end) == beyond || header_at(end).is_some();
            // Where a size is not rounded, the next header lies across two words: what stands at the
            // rounded place may look like a header of nothing.
            let rounded = at + header + block.size;
            let crooked = || {
                let nothing = header_at(rounded).is_some_and(|words| self.said(words) == 0);
                nothing && header_at(unaligned).is_some()
            };
            if block.said < block.size && (!ends(rounded) && ends(unaligned) || crooked()) {
                block.size = block.said;
            }
            blocks.push(block);
            let end = at + header + block.size;
            at = match beyond {
                Some(beyond) if end > beyond => beyond,
                _ => end,
            };
        }
    }

    /// Blocks that reach to the next place that is known.
    fn by_distances(
        &self,
        memory: &Memory,
        region: &Region,
        firm: &[u64],
        blocks: &mut Vec<Block>,
    ) {
        let mut starts = self.listed(memory, region);
        starts.extend(firm.iter().filter(|start| region.contains(**start)));
        starts.sort_unstable();
        starts.dedup();
        for (index, &start) in starts.iter().enumerate() {
            let next = starts.get(index + 1).copied().unwrap_or(region.end);
            let Some(size) = (next - start).checked_sub(self.profile.header) else {
                continue;
            };
            let words = memory.words(start);
            let said = words.map_or(size, |words| self.said(words));
            let free = words.is_some_and(|words| self.status(words) == 0);
            blocks.push(Block {
                start,
                size,
                said,
                free,
            });
        }
    }

    fn block(&self, at: u64, words: Option<&[u64; WORDS]>, plausible: bool, next: u64) -> Block {
        let reach = next.saturating_sub(at + self.profile.header);
        let said = words.map(|words| self.said(words));
        let free = words.is_some_and(|words| self.status(words) == 0);
        let size = said
            .filter(|_| plausible)
            .and_then(|said| self.profile.align(said));
        Block {
            start: at,
            size: size.unwrap_or(reach),
            said: said.unwrap_or(reach),
            free,
        }
    }

    /// The places that the list leads to from the start of the region, and that may be headers.
    fn listed(&self, memory: &Memory, region: &Region) -> Vec<u64> {
        let mut listed = Vec::new();
        let mut at = region.start;
        while let Some(words) = memory.words(at)
            && self.is_plausible(words, at, region)
            && !listed.contains(&at)
            && listed.len() <= memory.nodes.len()
        {
            listed.push(at);
            match self.next_in_heap(memory, words) {
                Some(next) => at = next,
                None => break,
            }
        }
        if self.listed && self.profile.prev_offset != self.profile.next_offset {
            // A block has left the list when the next one does not lead back to it. A mapped block may
            // stand between the two (D3).
            let leads_back = |two: &[u64]| {
                let prev = memory.words(two[1]);
                let prev = prev.map_or(0, |words| self.field(words, self.profile.prev_offset));
                prev == two[0] | LINK || mapping_of(prev).is_some()
            };
            let gone = listed.windows(2).take_while(|two| !leads_back(two)).count();
            listed.drain(..gone);
        }
        listed.sort_unstable();
        listed
    }

    /// Where the list goes on in the heap, past mapped blocks that are on it (D3).
    fn next_in_heap(&self, memory: &Memory, words: &[u64; WORDS]) -> Option<u64> {
        let mut words = words;
        for _ in 0..=memory.mappings.len() {
            let next = self.field(words, self.profile.next_offset);
            if next & LINK != 0 {
                return Some(next & !LINK);
            }
            let number = mapping_of(next)?;
            let mut mappings = memory.mappings.iter();
            words = &mappings.find(|(other, _)| *other == number)?.1;
        }
        None
    }

    /// How many words the reading itself adds to what is said of a submission: one that is odd must
    /// explain much.
    pub(super) const fn oddness(&self) -> usize {
        let rooms = match self.rooms {
            Rooms::Sizes => 0,
            Rooms::Top | Rooms::Distances => 20,
            Rooms::Blind => 200,
        };
        rooms + if self.listed { 5 } else { 0 }
    }

    /// The mistake that the reading itself is, where it is not as the assignment says.
    #[must_use]
    pub fn mistake(&self, profile: &Profile) -> Option<Mistake> {
        match self.profile.header.cmp(&profile.header) {
            Ordering::Less => return Some(Mistake::ShorterHeader),
            Ordering::Greater => return Some(Mistake::LongerHeader),
            Ordering::Equal => {}
        }
        match self.rooms {
            Rooms::Top => Some(Mistake::TailWithoutHeader),
            Rooms::Distances | Rooms::Blind => Some(Mistake::SizesUnreliable),
            Rooms::Sizes => None,
        }
    }

    /// What departs from the assignment in how headers are made, as a sentence; `None` for nothing.
    #[must_use]
    pub fn sentence(&self, profile: &Profile) -> Option<String> {
        if self.profile.header != profile.header {
            let fields = match self.profile.header < profile.header {
                true => " (size, status, next)",
                false => "",
            };
            return Some(format!(
                "block headers seem to have {} bytes{fields}; the assignment asks for {}",
                self.profile.header, profile.header
            ));
        }
        match self.rooms {
            Rooms::Sizes => None,
            Rooms::Top => Some(
                "the free space at the end of the heap has no header; the checker reads it as one free block".to_owned(),
            ),
            Rooms::Distances => Some(
                "sizes in headers are not reliable; the checker takes each block to extend to the next header".to_owned(),
            ),
            Rooms::Blind => Some(
                "the checker cannot read block headers; it judges calls by their system calls, their results and the content of payloads".to_owned(),
            ),
        }
    }
}

/// The mapping that a link leads to, if it leads to one.
fn mapping_of(link: u64) -> Option<MappingNumber> {
    let number = u32::try_from(link ^ MAPPED).ok()?;
    Some(MappingNumber(number))
}

/// Bytes that a call asks for.
pub(super) fn asked(call: &Call) -> Option<u64> {
    match *call {
        Call::Malloc { size } | Call::Realloc { size, .. } => Some(size),
        Call::Calloc { count, size } => Some(count.saturating_mul(size)),
        Call::Free { .. } | Call::MoveBreak { .. } => None,
    }
}

/// The parts of the heap that belong to other code, which moved the break.
fn gaps(memory: &Memory) -> Vec<(u64, u64)> {
    let Some(first) = memory.regions.first() else {
        return Vec::new();
    };
    let mut gaps = Vec::new();
    let mut end = first.end;
    for region in &memory.regions[1..] {
        gaps.push((end, region.start));
        end = region.end;
    }
    if end < memory.end {
        gaps.push((end, memory.end));
    }
    gaps
}

/// What can be said of the heap where headers cannot be read: what is held is used, and what lies
/// between is free.
pub(super) fn blind(profile: &Profile, memory: &Memory, held: &[Held], before: &Heap) -> Heap {
    let header = profile.header;
    let mut blocks: Vec<Block> = Vec::new();
    // What was there before and is a little larger was not split (C6).
    let kept = |start: u64, size: u64| {
        let room = before.at(start).map_or(size, |at| before.blocks[at].size);
        let rest = room.checked_sub(size);
        rest.filter(|rest| *rest < header + profile.alignment)
            .map_or(size, |_| room)
    };
    let mut starts: Vec<(u64, u64)> = held
        .iter()
        .filter_map(|held| match held.place {
            Place::Heap(payload) => {
                let start = payload.checked_sub(header)?;
                Some((start, kept(start, profile.align(held.size)?)))
            }
            _ => None,
        })
        .collect();
    starts.sort_unstable();
    for region in &memory.regions {
        let mut at = region.start;
        let first = blocks.len();
        let inside = starts.iter().filter(|(start, _)| region.contains(*start));
        let fill = |blocks: &mut Vec<Block>, from: u64, to: u64| {
            let room = to.saturating_sub(from);
            if room >= header + profile.alignment {
                blocks.push(Block::new(from, room - header, true));
            } else if let Some(block) = blocks[first..].last_mut() {
                // Too little for a block stays with the one before it (C6).
                *block = Block::new(block.start, block.size + room, block.free);
            }
        };
        for &(start, size) in inside {
            fill(&mut blocks, at, start);
            // What overflows was asked for, and cannot be there.
            let size = size.min(region.end.saturating_sub(start + header));
            blocks.push(Block::new(start, size, false));
            at = at.max(start + header + size);
        }
        fill(&mut blocks, at, region.end);
    }
    Heap {
        blocks: Blocks::of(blocks, header),
        end: memory.end,
        gaps: gaps(memory),
        started: !memory.regions.is_empty(),
        calloc_only: before.calloc_only,
    }
}

/// The mappings of a run as its system calls make and end them.
#[derive(Clone, Debug, Default)]
pub(super) struct Mappings {
    pub(super) list: Vec<Mapping>,
    pub(super) made: u32,
}

impl Mappings {
    pub(super) fn note(&mut self, calls: &[SystemCall]) {
        for call in calls {
            match call {
                SystemCall::Mmap {
                    request,
                    result: Ok(number),
                } => {
                    self.made = self.made.max(number.0);
                    self.list.push(Mapping {
                        number: *number,
                        length: request.length,
                        size: 0,
                        asked: 0,
                        status: Status::Unknown(0),
                        live: true,
                    });
                }
                SystemCall::Munmap {
                    start: Place::Mapping(number, 0),
                    failed: None,
                    ..
                } => self.end(*number),
                _ => {}
            }
        }
    }

    fn end(&mut self, number: MappingNumber) {
        self.list.retain(|mapping| mapping.number != number);
    }
}
