//! Which clause is named first for calls that a clause rules by itself, and for ends.

use super::scenes::{calloc, free, golden as golden_scene, malloc, realloc};
use super::*;
use crate::judge::attribution::special_clause;
use crate::judge::explain_end;
use crate::model::MemoryCall;
use crate::types::{CallNumber, Clause, Moment, Phase, Place};

#[test]
fn some_calls_are_ruled_by_a_clause_of_their_own() {
    let foreign = Call::MoveBreak { bytes: 8 };
    let calls = [
        malloc(0),
        malloc(8),
        calloc(0, 3),
        calloc(3, 0),
        calloc(3, 3),
        calloc(u64::MAX, 2),
        free(0),
        realloc(2, 16),
        realloc(8, 0),
        realloc(8, 24),
        free(5),
        realloc(5, 24),
        realloc(0, 24),
        foreign,
        malloc(0),
    ];
    let expected = [
        Some(Clause::A1),
        None,
        Some(Clause::A3),
        Some(Clause::A3),
        None,
        Some(Clause::A5),
        Some(Clause::A6),
        None,
        Some(Clause::A9),
        Some(Clause::A10),
        None,
        Some(Clause::A10),
        None,
        Some(Clause::E5),
        Some(Clause::E5),
    ];
    for (number, expected) in (1..).map(CallNumber).zip(expected) {
        assert_eq!(special_clause(&calls, number), expected, "{number:?}");
    }
    assert_eq!(special_clause(&calls, CallNumber(0)), None);
    assert_eq!(special_clause(&calls, CallNumber(16)), None);
}

#[track_caller]
fn names(calls: &[Call], end: End, environment: Environment, clauses: &[Clause]) {
    let transcript = Transcript {
        steps: Vec::new(),
        unfinished: Vec::new(),
        end,
    };
    let run = ScenarioRun {
        stem: "scene",
        kind: Kind::Golden,
        calls,
        golden: None,
        transcript: &transcript,
        injection: Injection {
            environment,
            message: false,
        },
    };
    assert_eq!(explain_end(&run).clauses, clauses);
}

fn moment(number: u32, call: Call) -> Moment {
    Moment {
        number: CallNumber(number),
        call: Some(call),
        phase: Phase::InCall,
    }
}

#[test]
fn an_end_breaks_what_it_is_about() {
    let kind = Environment::KIND;
    let harsh = Environment::failing(Some(MemoryCall::Brk), 1, 1);
    let calls = [malloc(8), free(0)];
    let crash = |number: u32| End::Signal {
        name: "SIGSEGV".to_owned(),
        fault: None,
        moment: moment(number, calls[number as usize - 1]),
    };
    names(&calls, crash(1), kind, &[Clause::E4]);
    names(&calls, crash(2), kind, &[Clause::A6, Clause::E4]);
    names(&calls, crash(2), harsh, &[Clause::E3]);
    let forbidden = |name: &str| End::Forbidden {
        name: name.to_owned(),
        moment: moment(1, calls[0]),
    };
    names(&calls, forbidden("mremap"), kind, &[Clause::E1]);
    names(&calls, forbidden("mremap"), harsh, &[Clause::E1]);
    names(&calls, forbidden("fork"), kind, &[]);
    let not_loaded = |crashed| End::NotLoaded {
        reason: String::new(),
        crashed,
    };
    names(&calls, not_loaded(false), kind, &[]);
    names(&calls, not_loaded(true), kind, &[Clause::E4]);
    for (call, clause) in [
        (malloc(8), Clause::A2),
        (calloc(1, 8), Clause::A4),
        (realloc(0, 8), Clause::A9),
        (free(0), Clause::A7),
    ] {
        let missing = End::Missing {
            moment: moment(1, call),
        };
        names(&[call], missing, kind, &[clause]);
    }
}

/// What a call that must do nothing breaks by doing something is one clause, named once.
#[test]
fn calls_that_do_nothing_break_one_clause() {
    let cases = [
        (malloc(0), Clause::A1),
        (calloc(0, 8), Clause::A3),
        (calloc(u64::MAX, 2), Clause::A5),
        (realloc(0, 0), Clause::A9),
        (realloc(1, 8), Clause::A10),
    ];
    for (call, clause) in cases {
        let calls = [malloc(8), free(1), call];
        let mut seen = transcript(&calls, &Choices::canonical(&P), FaultSet::NONE);
        seen.steps[2].outcome.result = Some(Place::Heap(0x400));
        let scenes = [golden_scene("scene", &calls)];
        let verdict = judged(&scenes, &[seen]).verdicts.remove(0);
        let divergence = verdict.divergence.expect("it returns a block");
        assert_eq!(divergence.clauses, [clause], "{call:?}");
    }
}

/// Side by side is not over each other: A16 is broken only where a byte of the old block, header
/// included, is in the new one.
#[test]
fn a_move_over_the_old_place_takes_a_common_byte() {
    let calls = [malloc(200), malloc(100), malloc(8), realloc(2, 200)];
    let old = 2 * P.header + 200;
    let (low, high) = (old - 200 - P.header, old + 104 + P.header);
    let named = |result| {
        let mut seen = transcript(&calls, &Choices::canonical(&P), FaultSet::NONE);
        seen.steps[3].outcome.result = Some(Place::Heap(result));
        let scenes = [golden_scene("scene", &calls)];
        let verdict = judged(&scenes, &[seen]).verdicts.remove(0);
        verdict.divergence.expect("it is elsewhere").clauses[0]
    };
    for over in [low + 8, old - 8, old, old + 8, high - 8] {
        assert_eq!(named(over), Clause::A16, "{over}");
    }
    for beside in [low, high] {
        assert_ne!(named(beside), Clause::A16, "{beside}");
    }
}
