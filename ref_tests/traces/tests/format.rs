//! The file format: what is written is read again, and nothing else is.

use proptest::collection::vec;
use proptest::prelude::*;
use traces::{CallNumber, LeftOut, Malformed, Offence, Step, Trace};

/// What a step is made of before it is known which pointers are live.
#[derive(Clone, Debug)]
enum Wish {
    Malloc(u64),
    Calloc(u64, u64),
    Realloc(usize, u64),
    Free(usize),
}

fn size() -> impl Strategy<Value = u64> {
    prop_oneof![0..2000_u64, 0..traces::LARGEST]
}

fn wish() -> impl Strategy<Value = Wish> {
    prop_oneof![
        size().prop_map(Wish::Malloc),
        (0..1_u64 << 24, 0..1_u64 << 24).prop_map(|(count, size)| Wish::Calloc(count, size)),
        (any::<usize>(), size()).prop_map(|(which, size)| Wish::Realloc(which, size)),
        any::<usize>().prop_map(Wish::Free),
    ]
}

/// The wishes as legal steps: pointers are chosen from the live ones and NULL.
fn legal(wishes: &[Wish]) -> Vec<Step> {
    let mut live = Vec::new();
    let take = |live: &mut Vec<CallNumber>, which: usize| match which % (live.len() + 1) {
        0 => None,
        place => Some(live.swap_remove(place - 1)),
    };
    let steps = (1..).zip(wishes).map(|(number, wish)| {
        let step = match *wish {
            Wish::Malloc(size) => Step::Malloc { size },
            Wish::Calloc(count, size) => Step::Calloc { count, size },
            Wish::Realloc(which, size) => Step::Realloc {
                pointer: take(&mut live, which),
                size,
            },
            Wish::Free(which) => Step::Free {
                pointer: take(&mut live, which),
            },
        };
        if step.gives().is_some() {
            live.push(CallNumber(number));
        }
        step
    });
    steps.collect()
}

fn trace() -> impl Strategy<Value = Trace> {
    let counts = [any::<u64>(), any::<u64>(), any::<u64>(), any::<u64>()];
    ("\\PC{0,20}", counts, vec(wish(), 0..200)).prop_map(|(name, counts, wishes)| {
        let [failed, foreign, aligned, beyond] = counts;
        let left_out = LeftOut {
            failed,
            foreign,
            aligned,
            beyond,
        };
        Trace::new(&name, left_out, legal(&wishes)).expect("the steps are legal")
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(trace in trace()) {
        prop_assert_eq!(Trace::from_bytes(&trace.to_bytes()), Ok(trace));
    }

    #[test]
    fn no_changed_byte_goes_unnoticed(
        trace in trace(),
        place in any::<prop::sample::Index>(),
        change in 1..=u8::MAX,
    ) {
        let mut bytes = trace.to_bytes();
        let place = place.index(bytes.len());
        bytes[place] ^= change;
        prop_assert!(Trace::from_bytes(&bytes).is_err());
    }

    #[test]
    fn no_cut_trace_is_whole(trace in trace(), end in any::<prop::sample::Index>()) {
        let bytes = trace.to_bytes();
        let error = Trace::from_bytes(&bytes[..end.index(bytes.len())]).unwrap_err();
        prop_assert!(error.offset <= bytes.len());
    }

    #[test]
    fn garbage_is_refused(garbage in vec(any::<u8>(), 0..300)) {
        prop_assert!(Trace::from_bytes(&garbage).is_err());
        let disguised = [b"ostrace\n\x01".as_slice(), &garbage].concat();
        if let Ok(trace) = Trace::from_bytes(&disguised) {
            // One in 2^64 has the right checksum.
            prop_assert_eq!(trace.to_bytes(), disguised);
        }
    }

    #[test]
    fn any_trace_has_a_summary(trace in trace()) {
        let summary = trace.summary();
        let requests: u64 = summary.classes.iter().sum();
        let made = trace.steps().iter().filter(|step| step.gives().is_some()).count();
        prop_assert_eq!(requests, made as u64);
        prop_assert_eq!(u64::from(trace.slots().0), summary.peak_blocks);
    }
}

/// A file up to its calls: no name, nothing left out.
fn preamble() -> Vec<u8> {
    [b"ostrace\n".as_slice(), &[1, 0, 0, 0, 0, 0]].concat()
}

fn complaint(bytes: &[u8]) -> (usize, String) {
    let error = Trace::from_bytes(bytes).expect_err("it is no trace");
    (error.offset, error.to_string())
}

#[test]
fn an_impossible_count_is_refused() {
    let bytes = [preamble(), vec![0xff, 0xff, 0xff, 0xff, 0x0f, 0, 0]].concat();
    let (offset, text) = complaint(&bytes);
    assert_eq!(offset, preamble().len());
    assert_eq!(text, "byte 14: 4294967295 calls do not fit into the rest");
}

#[test]
fn the_place_of_a_call_that_is_not_legal_is_named() {
    // malloc(8), free of it, free of it again.
    let bytes = [preamble(), vec![3, 64, 8 | 3, 16 | 3]].concat();
    let (offset, text) = complaint(&bytes);
    assert_eq!(offset, bytes.len() - 1);
    assert_eq!(
        text,
        "byte 17: call 3 frees or resizes what is no live block"
    );
}

#[test]
fn other_versions_are_named() {
    let mut bytes = preamble();
    bytes[8] = 2;
    assert_eq!(
        complaint(&bytes).1,
        "byte 8: a trace of version 2, 1 can be read"
    );
}

#[test]
fn an_empty_file_and_one_of_another_kind_are_no_traces() {
    for bytes in [b"".as_slice(), b"\x7fELF", b"ostrace"] {
        let error = Trace::from_bytes(bytes).unwrap_err();
        assert_eq!((error.offset, error.reason), (0, Malformed::Magic));
    }
}

#[test]
fn what_is_too_large_is_refused() {
    for step in [
        Step::Malloc { size: u64::MAX },
        Step::Calloc {
            count: 1 << 40,
            size: 1 << 40,
        },
        Step::Calloc {
            count: u64::MAX,
            size: 0,
        },
        Step::Realloc {
            pointer: None,
            size: traces::LARGEST + 1,
        },
    ] {
        let illegal = Trace::new("p", LeftOut::default(), vec![step]).unwrap_err();
        assert_eq!(illegal.offence, Offence::TooLarge);
    }
}

#[test]
fn what_a_call_refers_to_must_be_live() {
    for pointer in [0, 1, 2, u32::MAX] {
        let pointer = Some(CallNumber(pointer));
        let steps = vec![Step::Free { pointer }];
        let illegal = Trace::new("p", LeftOut::default(), steps).unwrap_err();
        assert_eq!(illegal.offence, Offence::NotLive);
    }
}

#[test]
fn a_name_that_is_too_long_is_cut_between_characters() {
    let long = "ä".repeat(200);
    let trace = Trace::new(&long, LeftOut::default(), Vec::new()).unwrap();
    assert_eq!(trace.name(), "ä".repeat(127));
    assert_eq!(Trace::from_bytes(&trace.to_bytes()), Ok(trace));
}
