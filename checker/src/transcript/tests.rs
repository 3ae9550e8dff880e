use super::*;
use crate::types::{
    Block, Call, CallNumber, End, Header, HeapHeaders, Layout, MapRequest, MappingNumber, Place,
    Pointer, RawSystemCall, Region, SystemCall, Trail,
};

const PROFILE: Profile = Profile::DEFAULT;
const HEAP: u64 = 0x10_0000;
const MAP: u64 = 0x7f00_0000_0000;

/// A call with its headers, whose `prev` is as it should be.
fn recorded(
    number: u32,
    call: Call,
    result: u64,
    system_calls: &[RawSystemCall],
    headers: &[Header],
) -> RawStep {
    RawStep {
        number: CallNumber(number),
        call,
        result,
        payload: None,
        system_calls: system_calls.to_vec(),
        regions: vec![Region {
            start: HEAP,
            end: HEAP + 0x1000,
        }],
        heap: HeapHeaders {
            headers: linked(headers),
            broken: None,
        },
        mappings: Vec::new(),
        nodes: Vec::new(),
        mapped: Vec::new(),
    }
}

fn linked(headers: &[Header]) -> Vec<Header> {
    let before = std::iter::once(0).chain(headers.iter().map(|header| header.address));
    let pairs = headers.iter().zip(before);
    pairs
        .map(|(header, previous)| Header {
            previous,
            ..*header
        })
        .collect()
}

fn header(offset: u64, size: u64, status: i32, next: u64) -> Header {
    Header {
        address: HEAP + offset,
        size,
        status,
        previous: 0,
        next,
    }
}

fn grow() -> RawSystemCall {
    RawSystemCall::Brk {
        before: HEAP,
        requested: HEAP + 0x1000,
        after: HEAP + 0x1000,
    }
}

fn transcript(calls: Vec<RawStep>) -> Transcript {
    let raw = RawTranscript {
        complained: false,
        heap_start: HEAP,
        calls,
        unfinished: Vec::new(),
        end: End::Finished(0),
        output: Vec::new(),
        trail: Trail::default(),
    };
    of(&raw, &PROFILE)
}

#[test]
fn addresses_become_places_and_queries_vanish() {
    let query = RawSystemCall::Brk {
        before: HEAP,
        requested: 0,
        after: HEAP,
    };
    let headers = [header(0, 13, 1, HEAP + 48), header(48, 4016, 0, 0)];
    let seen = transcript(vec![recorded(
        1,
        Call::Malloc { size: 13 },
        HEAP + 32,
        &[query, grow()],
        &headers,
    )]);
    let outcome = &seen.steps[0].outcome;
    assert_eq!(outcome.result, Some(Place::Heap(32)));
    assert_eq!(
        outcome.system_calls,
        [SystemCall::Brk {
            delta: 0x1000,
            failed: None
        }]
    );
    let sizes = [
        Block {
            size: 16,
            state: State::Used,
        },
        Block {
            size: 4016,
            state: State::Free,
        },
    ];
    assert_eq!(outcome.layout, Layout::Blocks(sizes.to_vec()));
    assert_eq!(seen.steps[0].findings, []);
}

#[test]
fn mappings_are_numbered_and_followed() {
    let map = RawSystemCall::Mmap {
        arguments: [0, 131_104, 3, 34, u64::MAX, 0],
        result: MAP as i64,
    };
    let unmap = RawSystemCall::Munmap {
        address: MAP,
        length: 131_104,
        result: 0,
    };
    let mut first = recorded(1, Call::Malloc { size: 131_072 }, MAP + 32, &[map], &[]);
    first.mappings = vec![Header {
        address: MAP,
        size: 131_072,
        status: 2,
        previous: 0,
        next: 0,
    }];
    let free = Call::Free {
        pointer: Pointer::Of(CallNumber(1)),
    };
    let seen = transcript(vec![first, recorded(2, free, 0, &[unmap, unmap], &[])]);
    assert_eq!(
        seen.steps[0].outcome.result,
        Some(Place::Mapping(MappingNumber(1), 32))
    );
    assert_eq!(
        seen.steps[0].outcome.system_calls,
        [SystemCall::Mmap {
            request: MapRequest::canonical(131_104),
            result: Ok(MappingNumber(1))
        }]
    );
    let gone = |start| SystemCall::Munmap {
        start,
        length: 131_104,
        failed: None,
    };
    assert_eq!(
        seen.steps[1].outcome.system_calls,
        [
            gone(Place::Mapping(MappingNumber(1), 0)),
            gone(Place::Elsewhere)
        ]
    );
    assert_eq!(seen.steps[0].findings, []);
}

#[test]
fn overlaps_are_found() {
    let headers = [header(0, 64, 1, HEAP + 96), header(96, 3968, 0, 0)];
    let seen = transcript(vec![
        recorded(1, Call::Malloc { size: 64 }, HEAP + 32, &[grow()], &headers),
        recorded(2, Call::Malloc { size: 8 }, HEAP + 41, &[], &headers),
    ]);
    assert_eq!(seen.steps[0].findings, []);
    assert!(seen.steps[1].findings.contains(&Finding::Misaligned));
    assert!(seen.steps[1].findings.contains(&Finding::Overlap {
        other: CallNumber(1)
    }));
}
