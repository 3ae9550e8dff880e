//! Turns the addresses of one process into places, and its raw system calls into those that are
//! compared.

use super::{errno, state};
use crate::types::{
    Block, Errno, Header, HeapHeaders, LINK, Layout, MAPPED, MapRequest, MappingNumber, Memory,
    Node, Place, Profile, RawStep, RawSystemCall, Region, SystemCall,
};

/// Where the heap and the mappings lie so far, to turn addresses into places.
pub(crate) struct Places<'a> {
    profile: &'a Profile,
    heap_start: u64,
    brk: u64,
    mappings: Vec<Mapping>,
    numbered: u32,
}

/// A mapping that has not been given back whole.
#[derive(Clone, Copy)]
struct Mapping {
    number: MappingNumber,
    start: u64,
    end: u64,
}

impl<'a> Places<'a> {
    /// A process whose heap starts here.
    pub(crate) const fn new(heap_start: u64, profile: &'a Profile) -> Self {
        Self {
            profile,
            heap_start,
            brk: heap_start,
            mappings: Vec::new(),
            numbered: 0,
        }
    }

    /// The break before the first call.
    pub(crate) const fn heap_start(&self) -> u64 {
        self.heap_start
    }

    /// Where an address lies.
    pub(crate) fn place(&self, address: u64) -> Place {
        if address == 0 {
            return Place::Null;
        }
        if (self.heap_start..self.brk).contains(&address) {
            return Place::Heap(address - self.heap_start);
        }
        let home = self
            .mappings
            .iter()
            .find(|mapping| (mapping.start..mapping.end).contains(&address));
        home.map_or(Place::Elsewhere, |mapping| {
            Place::Mapping(mapping.number, address - mapping.start)
        })
    }

    /// Takes note of system calls and returns them, but for queries of the break (V9).
    pub(crate) fn system_calls(
        &mut self,
        calls: impl IntoIterator<Item = RawSystemCall>,
    ) -> Vec<SystemCall> {
        calls
            .into_iter()
            .filter_map(|call| self.system_call(call))
            .collect()
    }

    /// `None` for a query of the break (V9).
    fn system_call(&mut self, call: RawSystemCall) -> Option<SystemCall> {
        match call {
            RawSystemCall::Brk {
                before,
                requested,
                after,
            } => {
                self.brk = after;
                let query = requested == 0 || requested == before;
                let failed = (after != requested).then_some(Errno(libc::ENOMEM));
                (!query).then(|| SystemCall::Brk {
                    delta: requested.wrapping_sub(before) as i64,
                    failed,
                })
            }
            RawSystemCall::Mmap { arguments, result } => Some(self.map(arguments, result)),
            RawSystemCall::Munmap {
                address,
                length,
                result,
            } => {
                let start = self.place(address);
                if result == 0 {
                    self.unmap(address, length);
                }
                Some(SystemCall::Munmap {
                    start,
                    length,
                    failed: errno(result),
                })
            }
        }
    }

    fn map(&mut self, arguments: [u64; 6], result: i64) -> SystemCall {
        let [hint, length, protection, flags, descriptor, offset] = arguments;
        let request = MapRequest {
            length,
            hinted: hint != 0,
            protection: protection as i32,
            flags: flags as i32,
            descriptor: descriptor as i32,
            offset,
        };
        let result = match errno(result) {
            Some(errno) => Err(errno),
            None => {
                self.numbered += 1;
                let (number, start) = (MappingNumber(self.numbered), result as u64);
                let end = start.saturating_add(self.whole_pages(length));
                self.mappings.push(Mapping { number, start, end });
                Ok(number)
            }
        };
        SystemCall::Mmap { request, result }
    }

    fn whole_pages(&self, length: u64) -> u64 {
        length
            .checked_next_multiple_of(self.profile.page)
            .unwrap_or(length)
    }

    /// Shortens the mappings that lie in the range: what is left of them at the front, or else at
    /// the end.
    fn unmap(&mut self, start: u64, length: u64) {
        let end = start.saturating_add(self.whole_pages(length));
        for mapping in &mut self.mappings {
            if start <= mapping.start && end > mapping.start {
                mapping.start = mapping.end.min(end);
            } else if start > mapping.start && start < mapping.end {
                mapping.end = start;
            }
        }
        self.mappings.retain(|mapping| mapping.start < mapping.end);
    }

    /// The words in memory, without addresses.
    pub(crate) fn memory(&self, recorded: &RawStep) -> Memory {
        let word = |word: u64| match self.place(word) {
            Place::Heap(offset) => offset | LINK,
            Place::Mapping(number, 0) => u64::from(number.0) | MAPPED,
            _ => word,
        };
        let offset = |address: u64| address.wrapping_sub(self.heap_start);
        let node = |node: &Node| Node {
            at: offset(node.at),
            words: node.words.map(word),
        };
        let region = |region: &Region| Region {
            start: offset(region.start),
            end: offset(region.end),
        };
        let mapped = recorded.mapped.iter();
        let mapping = |node: &Node| match self.place(node.at) {
            Place::Mapping(number, 0) => Some((number, node.words.map(word))),
            _ => None,
        };
        Memory {
            nodes: recorded.nodes.iter().map(node).collect(),
            regions: recorded.regions.iter().map(region).collect(),
            end: offset(self.brk),
            mappings: mapped.filter_map(mapping).collect(),
        }
    }

    /// The blocks that the headers describe.
    pub(crate) fn layout(&self, heap: &HeapHeaders) -> Layout {
        let blocks = heap
            .headers
            .iter()
            .map(|header| self.block(header))
            .collect();
        match &heap.broken {
            None => Layout::Blocks(blocks),
            Some((address, reason)) => {
                let at = address.wrapping_sub(self.heap_start);
                Layout::Undecodable {
                    blocks,
                    at,
                    reason: reason.clone(),
                }
            }
        }
    }

    fn block(&self, header: &Header) -> Block {
        let size = self.profile.align(header.size).unwrap_or(header.size);
        Block {
            size,
            state: state(header.status),
        }
    }
}
