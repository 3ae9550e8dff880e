//! Arbitrary transcripts, for property tests.
//!
//! The strategies are boxed: nested by value they outgrow the stack of a test's thread.

use proptest::prelude::*;

use crate::types::{
    Block, Call, CallNumber, End, Errno, Finding, Layout, MapRequest, MappingNumber, Moment,
    Outcome, Phase, Place, Pointer, State, Step, SystemCall, Transcript,
};

/// Text of any characters, with those that have a meaning in snapshots more often.
fn text() -> BoxedStrategy<String> {
    prop_oneof![
        "[A-Za-z_0-9]{1,8}",
        "[ -~]{0,12}",
        "[\"\\\\ :,\n\r\t\0\u{202e}·u{}]{0,8}",
        any::<String>(),
    ]
    .boxed()
}

fn size() -> impl Strategy<Value = u64> {
    prop_oneof![0..100u64, 0..200_000u64, any::<u64>()]
}

fn number() -> impl Strategy<Value = CallNumber> {
    prop_oneof![0..20u32, any::<u32>()].prop_map(CallNumber)
}

fn errno() -> impl Strategy<Value = Errno> {
    prop_oneof![Just(libc::ENOMEM), 0..140i32, any::<i32>()].prop_map(Errno)
}

fn mapping() -> impl Strategy<Value = MappingNumber> {
    any::<u32>().prop_map(MappingNumber)
}

fn pointer() -> impl Strategy<Value = Pointer> {
    prop_oneof![Just(Pointer::Null), number().prop_map(Pointer::Of)]
}

fn place() -> BoxedStrategy<Place> {
    prop_oneof![
        Just(Place::Null),
        Just(Place::Elsewhere),
        size().prop_map(Place::Heap),
        (mapping(), size()).prop_map(|(mapping, offset)| Place::Mapping(mapping, offset)),
    ]
    .boxed()
}

fn call() -> BoxedStrategy<Call> {
    prop_oneof![
        size().prop_map(|size| Call::Malloc { size }),
        (size(), size()).prop_map(|(count, size)| Call::Calloc { count, size }),
        (pointer(), size()).prop_map(|(pointer, size)| Call::Realloc { pointer, size }),
        pointer().prop_map(|pointer| Call::Free { pointer }),
        size().prop_map(|bytes| Call::MoveBreak { bytes }),
    ]
    .boxed()
}

fn request() -> impl Strategy<Value = MapRequest> {
    let other = (size(), any::<bool>(), any::<(i32, i32, i32)>(), size()).prop_map(
        |(length, hinted, (protection, flags, descriptor), offset)| MapRequest {
            length,
            hinted,
            protection,
            flags,
            descriptor,
            offset,
        },
    );
    prop_oneof![size().prop_map(MapRequest::canonical), other]
}

fn system_call() -> BoxedStrategy<SystemCall> {
    let failed = || proptest::option::of(errno());
    prop_oneof![
        (any::<i64>(), failed()).prop_map(|(delta, failed)| SystemCall::Brk { delta, failed }),
        (
            request(),
            prop_oneof![mapping().prop_map(Ok), errno().prop_map(Err)]
        )
            .prop_map(|(request, result)| SystemCall::Mmap { request, result }),
        (place(), size(), failed()).prop_map(|(start, length, failed)| SystemCall::Munmap {
            start,
            length,
            failed
        }),
    ]
    .boxed()
}

fn block() -> impl Strategy<Value = Block> {
    let state = prop_oneof![
        Just(State::Used),
        Just(State::Free),
        Just(State::Mapped),
        any::<i32>().prop_map(State::Unknown),
    ];
    (size(), state).prop_map(|(size, state)| Block { size, state })
}

fn layout() -> BoxedStrategy<Layout> {
    let blocks = || proptest::collection::vec(block(), 0..30);
    prop_oneof![
        Just(Layout::Blocks(Vec::new())),
        blocks().prop_map(Layout::Blocks),
        (blocks(), size(), text()).prop_map(|(blocks, at, reason)| Layout::Undecodable {
            blocks,
            at,
            reason
        }),
    ]
    .boxed()
}

/// A step whose call returns a pointer exactly when its function does.
fn step() -> BoxedStrategy<Step> {
    let calls = proptest::collection::vec(system_call(), 0..4);
    (call(), place(), calls, layout())
        .prop_map(|(call, place, system_calls, layout)| Step {
            call,
            outcome: Outcome {
                result: call.returns_pointer().then_some(place),
                system_calls,
                layout,
            },
            findings: vec![Finding::Misaligned],
            memory: crate::types::Memory::default(),
        })
        .boxed()
}

fn moment() -> BoxedStrategy<Moment> {
    let phase = proptest::sample::select(vec![
        Phase::InCall,
        Phase::Verifying,
        Phase::Filling,
        Phase::Starting,
        Phase::Ending,
    ]);
    (number(), proptest::option::of(call()), phase)
        .prop_map(|(number, call, phase)| Moment {
            number,
            call,
            phase,
        })
        .boxed()
}

fn end() -> BoxedStrategy<End> {
    prop_oneof![
        4 => Just(End::Finished(0)),
        1 => any::<i32>().prop_map(End::Finished),
        1 => (any::<i32>(), moment()).prop_map(|(status, moment)| End::Exited { status, moment }),
        1 => (text(), proptest::option::of(text()), moment())
            .prop_map(|(name, touched, moment)| End::Signal { name, touched, moment }),
        1 => (moment(), any::<bool>())
            .prop_map(|(moment, sleeping)| End::TimedOut { moment, sleeping }),
        1 => (text(), moment()).prop_map(|(resource, moment)| End::Limit { resource, moment }),
        1 => (text(), moment()).prop_map(|(name, moment)| End::Forbidden { name, moment }),
        1 => (text(), any::<bool>(), moment()).prop_map(|(name, indirectly, moment)| {
            End::Allocated { name, indirectly, moment }
        }),
        1 => moment().prop_map(|moment| End::Missing { moment }),
        1 => (text(), moment()).prop_map(|(reason, moment)| End::Forged { reason, moment }),
        1 => (text(), any::<bool>())
            .prop_map(|(reason, crashed)| End::NotLoaded { reason, crashed }),
    ]
    .boxed()
}

/// Any transcript. An open call, where there is one, is the one after the last that returned.
pub(crate) fn transcript() -> impl Strategy<Value = Transcript> {
    let steps = proptest::collection::vec(step(), 0..12);
    let repeated = proptest::collection::vec(any::<bool>(), 12);
    let unfinished = proptest::collection::vec(system_call(), 0..3);
    (steps, repeated, unfinished, end()).prop_map(|(mut steps, repeated, unfinished, mut end)| {
        for at in 1..steps.len() {
            if repeated[at] {
                steps[at].outcome.layout = steps[at - 1].outcome.layout.clone();
            }
        }
        number_open_call(&mut end, steps.len());
        Transcript {
            steps,
            unfinished,
            end,
        }
    })
}

fn number_open_call(end: &mut End, returned: usize) {
    match end {
        End::Finished(_) | End::NotLoaded { .. } => {}
        End::Exited { moment, .. }
        | End::Signal { moment, .. }
        | End::TimedOut { moment, .. }
        | End::Limit { moment, .. }
        | End::Forbidden { moment, .. }
        | End::Allocated { moment, .. }
        | End::Missing { moment }
        | End::Forged { moment, .. } => {
            if moment.phase == Phase::InCall {
                moment.number = CallNumber(u32::try_from(returned).unwrap() + 1);
            }
        }
    }
}

/// The stem of a scenario.
pub(crate) fn stem() -> impl Strategy<Value = String> {
    "[0-9]{4}(-[a-z0-9]{1,8}){1,4}"
}
