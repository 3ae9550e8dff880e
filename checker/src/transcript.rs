//! Turns a recording into a transcript: addresses become places, and what is wrong with memory
//! whatever was expected becomes findings.

mod links;
mod live;

use ref_tests::wire::{PayloadFault, PayloadFaultKind};

use crate::types::{
    Block, Errno, Finding, Header, HeapHeaders, Layout, MapRequest, MappingNumber, Outcome, Place,
    Profile, RawSystemCall, RecordedCall, Recording, State, Step, SystemCall, Transcript,
};

use live::Live;

/// The transcript of a recording.
#[must_use]
pub fn of(recording: &Recording, profile: &Profile) -> Transcript {
    let mut reader = Reader::new(recording.heap_start, profile);
    let steps = recording
        .calls
        .iter()
        .map(|call| reader.step(call))
        .collect();
    let unfinished = reader.system_calls(&recording.unfinished);
    Transcript {
        steps,
        unfinished,
        end: recording.end.clone(),
    }
}

/// What is known of the addresses so far.
struct Reader<'a> {
    profile: &'a Profile,
    heap_start: u64,
    brk: u64,
    mappings: Vec<Mapping>,
    numbered: u32,
    live: Live,
}

/// A mapping that has not been given back whole.
#[derive(Clone, Copy)]
struct Mapping {
    number: MappingNumber,
    start: u64,
    end: u64,
}

impl<'a> Reader<'a> {
    fn new(heap_start: u64, profile: &'a Profile) -> Self {
        let live = Live::default();
        Self {
            profile,
            heap_start,
            brk: heap_start,
            mappings: Vec::new(),
            numbered: 0,
            live,
        }
    }

    fn step(&mut self, recorded: &RecordedCall) -> Step {
        let system_calls = self.system_calls(&recorded.system_calls);
        let result = recorded
            .call
            .returns_pointer()
            .then(|| self.place(recorded.result));
        let layout = self.layout(&recorded.heap);
        let findings = self.findings(recorded);
        Step {
            call: recorded.call,
            outcome: Outcome {
                result,
                system_calls,
                layout,
            },
            findings,
        }
    }

    fn place(&self, address: u64) -> Place {
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

    fn system_calls(&mut self, calls: &[RawSystemCall]) -> Vec<SystemCall> {
        calls
            .iter()
            .filter_map(|&call| self.system_call(call))
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

    /// Shortens the mappings that lie in the range: what is left of them in front, or else behind.
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

    fn layout(&self, heap: &HeapHeaders) -> Layout {
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

    fn findings(&mut self, recorded: &RecordedCall) -> Vec<Finding> {
        let mut findings: Vec<Finding> =
            recorded.payload.into_iter().map(payload_finding).collect();
        self.live.release(recorded);
        let Self {
            heap_start,
            brk,
            ref mappings,
            ref mut live,
            profile,
            ..
        } = *self;
        let contains = |start, end| {
            let inside = |from: u64, to: u64| from <= start && end <= to && start <= end;
            inside(heap_start, brk) || mappings.iter().any(|it| inside(it.start, it.end))
        };
        findings.extend(live.adopt(recorded, profile, contains));
        let header_at = |address| find_header(recorded, address);
        findings.extend(self.live.header_findings(self.profile, header_at));
        if recorded.heap.broken.is_none() {
            findings.extend(links::finding(recorded, self.heap_start));
        }
        findings
    }
}

fn payload_finding(fault: PayloadFault) -> Finding {
    let offset = u64::from(fault.offset);
    match fault.kind {
        PayloadFaultKind::Changed => Finding::PayloadChanged {
            block: fault.block,
            offset,
        },
        PayloadFaultKind::NotKept => Finding::NotKept { offset },
        PayloadFaultKind::NotZero => Finding::NotZero { offset },
        PayloadFaultKind::Misaligned => Finding::Misaligned,
        PayloadFaultKind::Overlap => Finding::Overlap { other: fault.block },
    }
}

fn find_header(recorded: &RecordedCall, address: u64) -> Option<Header> {
    let headers = &recorded.heap.headers;
    match headers.binary_search_by_key(&address, |header| header.address) {
        Ok(index) => Some(headers[index]),
        Err(_) => recorded
            .mappings
            .iter()
            .find(|header| header.address == address)
            .copied(),
    }
}

fn state(status: i32) -> State {
    match status {
        0 => State::Free,
        1 => State::Used,
        2 => State::Mapped,
        other => State::Unknown(other),
    }
}

fn errno(result: i64) -> Option<Errno> {
    // The kernel's error numbers are the negatives from -4095 on.
    (-4095..0).contains(&result).then(|| Errno(-result as i32))
}

#[cfg(test)]
mod tests;
