//! What counts as the same, by small changes to something that is.

use super::scenes::{free, malloc};
use super::*;
use crate::judge::compare::{self, same_system_call, same_system_calls};
use crate::model::{Fault, MemoryCall};
use crate::types::{
    CallNumber, Errno, Layout, MapRequest, MappingNumber, Moment, Phase, Place, Status, SystemCall,
};

const OTHER_ERROR: Errno = Errno(1);
const NO_MEMORY: Errno = Errno(12);

fn brk(delta: i64, failed: Option<Errno>) -> SystemCall {
    SystemCall::Brk { delta, failed }
}

fn mmap(length: u64, result: Result<MappingNumber, Errno>) -> SystemCall {
    let request = MapRequest::canonical(length);
    SystemCall::Mmap { request, result }
}

fn munmap(offset: u64, length: u64, failed: Option<Errno>) -> SystemCall {
    SystemCall::Munmap {
        start: Place::Mapping(MappingNumber(1), offset),
        length,
        failed,
    }
}

/// The error is the system's affair; that there is one, and everything else, is not.
#[test]
fn system_calls_are_the_same_but_for_the_error() {
    let some = [
        brk(8, None),
        brk(8, Some(NO_MEMORY)),
        brk(16, None),
        mmap(8, Ok(MappingNumber(1))),
        mmap(8, Ok(MappingNumber(2))),
        mmap(8, Err(NO_MEMORY)),
        mmap(16, Ok(MappingNumber(1))),
        munmap(0, 8, None),
        munmap(0, 8, Some(NO_MEMORY)),
        munmap(32, 8, None),
        munmap(0, 16, None),
    ];
    for (index, one) in some.iter().enumerate() {
        for (place, other) in some.iter().enumerate() {
            assert_eq!(
                same_system_call(one, other),
                index == place,
                "{one:?} {other:?}"
            );
        }
    }
    for (one, other) in [
        (brk(8, Some(NO_MEMORY)), brk(8, Some(OTHER_ERROR))),
        (mmap(8, Err(NO_MEMORY)), mmap(8, Err(OTHER_ERROR))),
        (
            munmap(0, 8, Some(NO_MEMORY)),
            munmap(0, 8, Some(OTHER_ERROR)),
        ),
    ] {
        assert!(same_system_call(&one, &other), "{one:?} {other:?}");
        assert!(same_system_calls(&[one], &[other]));
    }
    assert!(!same_system_calls(&some[..2], &some[..1]));
    assert!(!same_system_calls(&some[..2], &some[1..3]));
}

fn fit_of(calls: &[Call], kind: Kind, transcript: &Transcript) -> compare::Fit {
    let run = ScenarioRun {
        stem: "scene",
        kind,
        calls,
        golden: None,
        transcript,
        injection: Injection::default(),
    };
    compare::replay(&P, &run, &Choices::canonical(&P), FaultSet::NONE)
}

fn conforming(calls: &[Call]) -> Transcript {
    transcript(calls, &Choices::canonical(&P), FaultSet::NONE)
}

/// In the robustness tier a system call that fails does not count; elsewhere it does.
#[test]
fn what_fails_does_not_count_for_robustness() {
    let calls = [malloc(100)];
    let changed = |extra: SystemCall| {
        let mut seen = conforming(&calls);
        seen.steps[0].outcome.system_calls.push(extra);
        seen
    };
    let whole = |kind, seen: &Transcript| fit_of(&calls, kind, seen).is_whole();
    for extra in [
        brk(8, Some(NO_MEMORY)),
        mmap(8, Err(NO_MEMORY)),
        munmap(0, 8, Some(NO_MEMORY)),
    ] {
        let seen = changed(extra);
        assert!(whole(Kind::Robustness, &seen));
        assert!(!whole(Kind::Golden, &seen));
    }
    let added = [
        brk(8, None),
        mmap(8, Ok(MappingNumber(1))),
        munmap(0, 8, None),
    ];
    for extra in added {
        assert!(!whole(Kind::Robustness, &changed(extra)));
    }
    let mut other = conforming(&calls);
    other.steps[0].outcome.system_calls = vec![brk(8, None)];
    assert!(!whole(Kind::Robustness, &other));
}

/// Each aspect is judged by itself, and stays wrong once it was.
#[test]
fn aspects_are_noted_one_by_one() {
    let calls = [malloc(100), malloc(100), free(1)];
    let right = fit_of(&calls, Kind::Golden, &conforming(&calls));
    assert_eq!((right.explained, right.contradicted), (3, None));
    assert_eq!(right.agreeing_aspects(), 3);
    let mut seen = conforming(&calls);
    seen.steps[0].outcome.system_calls.clear();
    let fit = fit_of(&calls, Kind::Golden, &seen);
    assert_eq!((fit.explained, fit.contradicted), (0, Some(1)));
    assert!(fit.safety && !fit.system_calls && fit.placement && fit.layout);
    assert_eq!(fit.agreeing_aspects(), 2);
    seen.steps[1].outcome.result = Some(Place::Null);
    assert_eq!(fit_of(&calls, Kind::Golden, &seen).agreeing_aspects(), 1);
    seen.steps[1].outcome.layout = Layout::Blocks(Vec::new());
    let fit = fit_of(&calls, Kind::Golden, &seen);
    assert_eq!((fit.agreeing_aspects(), fit.contradicted), (0, Some(1)));
}

/// All calls were made and the process ended otherwise than it should: what was seen of the calls
/// stays right.
#[test]
fn a_bad_end_behind_the_last_call_leaves_the_aspects() {
    let calls = [malloc(100), free(1)];
    let mut seen = conforming(&calls);
    seen.end = End::Finished(3);
    let fit = fit_of(&calls, Kind::Golden, &seen);
    assert_eq!((fit.contradicted, fit.agreeing_aspects()), (Some(3), 3));
    seen.steps.pop();
    seen.end = End::Finished(0);
    let fit = fit_of(&calls, Kind::Golden, &seen);
    assert_eq!((fit.contradicted, fit.agreeing_aspects()), (Some(2), 0));
}

/// V10: the process may give up in the call whose system call failed, and in no other.
#[test]
fn giving_up_takes_a_system_call_that_failed() {
    let calls = [malloc(100), malloc(T)];
    let environment = Environment::failing(Some(MemoryCall::Mmap), 1, 1);
    let ended = |calls_made: usize, unfinished: Vec<SystemCall>, phase| {
        let mut seen = conforming(&calls);
        seen.steps.truncate(calls_made);
        seen.unfinished = unfinished;
        seen.end = End::Exited {
            status: 1,
            moment: Moment {
                number: CallNumber(calls_made as u32 + 1),
                call: calls.get(calls_made).copied(),
                phase,
            },
        };
        let run = ScenarioRun {
            stem: "scene",
            kind: Kind::Golden,
            calls: &calls,
            golden: None,
            transcript: &seen,
            injection: Injection {
                environment,
                message: true,
            },
        };
        judge(&P, &[run]).verdicts[0].status
    };
    let failed = || vec![mmap(T + P.header, Err(NO_MEMORY))];
    assert_eq!(ended(1, failed(), Phase::InCall), Status::Pass);
    assert_eq!(ended(1, failed(), Phase::Filling), Status::Fail);
    assert_eq!(ended(1, Vec::new(), Phase::InCall), Status::Fail);
    let preallocation = vec![brk(P.preallocation as i64, None)];
    assert_eq!(ended(0, preallocation, Phase::InCall), Status::Fail);
    assert_eq!(ended(2, Vec::new(), Phase::InCall), Status::Fail);
}

/// A mistake that destroys memory explains that the call which makes it does not return: one that
/// maps without room for the header, unless the last page has some.
#[test]
fn a_call_that_destroys_memory_explains_the_end() {
    let faults = FaultSet::of(Fault::MapsPayloadOnly);
    let explains = |size, faults| {
        let calls = [malloc(8), malloc(size)];
        let mut seen = conforming(&calls);
        seen.steps.pop();
        seen.end = End::Signal {
            name: "SIGSEGV".to_owned(),
            fault: None,
            moment: Moment {
                number: CallNumber(2),
                call: Some(calls[1]),
                phase: Phase::InCall,
            },
        };
        let run = ScenarioRun {
            stem: "scene",
            kind: Kind::Golden,
            calls: &calls,
            golden: None,
            transcript: &seen,
            injection: Injection::default(),
        };
        compare::replay(&P, &run, &Choices::canonical(&P), faults).is_whole()
    };
    assert!(explains(T, faults));
    assert!(!explains(T, FaultSet::NONE));
    assert!(!explains(T + P.page - P.header, faults));
}
