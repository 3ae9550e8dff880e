use super::scenes::{free, golden as scene, malloc, probe, realloc};
use super::*;
use crate::judge::{Aspect, Verdict};
use crate::model::{Fault, MemoryCall};
use crate::types::{
    Block, CallNumber, Clause, Finding, Layout, MapRequest, MappingNumber, Moment, Phase, Place,
    State, Status, SystemCall,
};

/// The verdict on a submission with the fault, for one scene.
fn faulty(fault: Fault, calls: &[Call]) -> Verdict {
    let scenes = [scene("scene", calls)];
    let seen = transcripts(&scenes, &Choices::canonical(&P), FaultSet::of(fault));
    judged(&scenes, &seen).verdicts.remove(0)
}

fn changed(calls: &[Call], change: impl FnOnce(&mut Transcript)) -> Verdict {
    let scenes = [scene("scene", calls)];
    let mut seen = transcripts(&scenes, &Choices::canonical(&P), FaultSet::NONE);
    change(&mut seen[0]);
    judged(&scenes, &seen).verdicts.remove(0)
}

#[track_caller]
fn says(verdict: &Verdict, number: u32, clause: Clause, sentence: &str) {
    let divergence = verdict.divergence.as_ref().expect("it diverges");
    assert_eq!(divergence.sentence, sentence);
    assert_eq!(divergence.number, CallNumber(number));
    assert_eq!(divergence.clauses.first(), Some(&clause));
    assert_eq!(verdict.status, Status::Fail);
}

#[test]
fn tells_of_the_heap_and_its_growth() {
    let verdict = faulty(Fault::NoPreallocation, &[malloc(1000)]);
    says(
        &verdict,
        1,
        Clause::C1,
        "os_malloc(1000) moves the break by 1032 bytes; the first use of the heap preallocates 131072 (C1)",
    );
    let verdict = faulty(Fault::FreeLastNotGrown, &[malloc(100_000), malloc(60_000)]);
    says(
        &verdict,
        2,
        Clause::C7,
        "os_malloc(60000) moves the break by 60032 bytes; 28992 are missing (C7)",
    );
    let verdict = faulty(Fault::BreakMovedDown, &[malloc(131_032), free(1)]);
    says(
        &verdict,
        2,
        Clause::A7,
        "os_free(p1) moves the break down by 131072 bytes; heap memory is never given back (A7)",
    );
}

#[test]
fn tells_of_searches() {
    let calls = [
        malloc(160),
        malloc(8),
        malloc(88),
        malloc(8),
        free(1),
        free(3),
        malloc(85),
    ];
    let verdict = faulty(Fault::FirstFit, &calls);
    says(
        &verdict,
        7,
        Clause::C4,
        "os_malloc(85) took the block at H+0x20 with 160 bytes; best fit is the one at H+0x108 with 88 bytes (C4)",
    );
    let calls = [
        malloc(1000),
        malloc(8),
        malloc(129_928),
        free(1),
        malloc(990),
    ];
    let verdict = faulty(Fault::OnlyLastBlock, &calls);
    says(
        &verdict,
        5,
        Clause::C5,
        "os_malloc(990) moves the break although the free block at H+0x20 with 1000 bytes is large enough (C5)",
    );
    let calls = [
        malloc(100),
        malloc(100),
        malloc(130_720),
        free(1),
        free(2),
        malloc(200),
    ];
    let verdict = faulty(Fault::NeverCoalesces, &calls);
    says(
        &verdict,
        6,
        Clause::C3,
        "os_malloc(200) moves the break although the free blocks from H+0x20 on make one of 240 bytes when coalesced (C3, C5)",
    );
    let calls = [
        malloc(100),
        malloc(100),
        malloc(8),
        free(1),
        free(2),
        malloc(200),
    ];
    let verdict = faulty(Fault::NeverCoalesces, &calls);
    says(
        &verdict,
        6,
        Clause::C3,
        "os_malloc(200) took the block at H+0x158; with adjacent free blocks coalesced, best fit is the one at H+0x20 with 240 bytes (C3, C2)",
    );
}

#[test]
fn tells_of_splits() {
    let verdict = faulty(Fault::NeverSplits, &[malloc(1000)]);
    says(
        &verdict,
        1,
        Clause::C1,
        "os_malloc(1000) keeps 131040 bytes in the block at H+0x20; it needs 1000, the rest must be split off (C1, C6)",
    );
    let verdict = faulty(Fault::ShrinkDoesNotSplit, &[malloc(1000), realloc(1, 100)]);
    says(
        &verdict,
        2,
        Clause::A12,
        "os_realloc(p1, 100) keeps 1000 bytes in the block at H+0x20; it needs 104, the rest must be split off (A12, C6)",
    );
}

#[test]
fn tells_of_realloc() {
    let verdict = faulty(Fault::ReallocAlwaysMoves, &[malloc(1000), realloc(1, 100)]);
    says(
        &verdict,
        2,
        Clause::A12,
        "os_realloc(p1, 100) moves the block at H+0x20 to H+0x428; it already has 104 bytes or more (A12)",
    );
    let verdict = faulty(
        Fault::LastGrownByWhole,
        &[
            malloc(131_032),
            realloc(1, 0),
            malloc(131_000),
            malloc(1000),
            realloc(4, 2000),
        ],
    );
    says(
        &verdict,
        5,
        Clause::A14,
        "os_realloc(p4, 2000) moves the break by 2000 bytes; 1000 are missing (A14)",
    );
    let verdict = faulty(Fault::NextNotMerged, &[malloc(100), realloc(1, 200)]);
    says(
        &verdict,
        2,
        Clause::A15,
        "os_realloc(p1, 200) moves the block at H+0x20 to H+0xa8; with the free blocks behind it there are 200 bytes or more (A15)",
    );
    let verdict = faulty(
        Fault::LargeReallocStays,
        &[malloc(100), malloc(8), realloc(1, T)],
    );
    says(
        &verdict,
        3,
        Clause::A13,
        "os_realloc(p1, 131072) does not map; 131104 bytes with the header are mapped (threshold 131072) (A13)",
    );
    let verdict = faulty(
        Fault::OldNotFreed,
        &[malloc(100), malloc(8), realloc(1, 200)],
    );
    says(
        &verdict,
        3,
        Clause::A16,
        "os_realloc(p1, 200) leaves the block at H+0x20 with 104 bytes used; it must be free (A16)",
    );
    let verdict = faulty(
        Fault::ReallocOfFreeServed,
        &[malloc(100), free(1), realloc(1, 10)],
    );
    says(
        &verdict,
        3,
        Clause::A10,
        "os_realloc(p1, 10) returns H+0x20; it must return NULL (A10)",
    );
}

#[test]
fn tells_of_mappings() {
    let verdict = faulty(Fault::MapsWholePages, &[malloc(T)]);
    says(
        &verdict,
        1,
        Clause::D1,
        "os_malloc(131072) maps 135168 bytes; header and payload take 131104 (D1)",
    );
    let verdict = faulty(Fault::MappedNeverUnmapped, &[malloc(T), free(1)]);
    says(
        &verdict,
        2,
        Clause::A8,
        "os_free(p1) does not unmap its mapping of 131104 bytes (A8, D2)",
    );
    let verdict = faulty(Fault::UnmapsPayloadOnly, &[malloc(T), free(1)]);
    says(
        &verdict,
        2,
        Clause::A8,
        "os_free(p1) unmaps 131072 bytes of a mapping of 131104 (A8, D2)",
    );
    let verdict = faulty(Fault::NeverMaps, &[malloc(T)]);
    says(
        &verdict,
        1,
        Clause::A2,
        "os_malloc(131072) does not map; 131104 bytes with the header are mapped (threshold 131072) (A2)",
    );
}

#[test]
fn findings_are_stronger_than_all_else() {
    let verdict = changed(&[malloc(100), malloc(100)], |seen| {
        seen.steps[1].findings = vec![Finding::Overlap {
            other: CallNumber(1),
        }];
        seen.steps[1].outcome.result = Some(Place::Heap(40));
    });
    says(
        &verdict,
        2,
        Clause::A18,
        "os_malloc(100) returns a block that overlaps p1 (A18)",
    );
    assert!(!verdict.aspects.safety && !verdict.aspects.placement && verdict.aspects.layout);
    assert_eq!(verdict.violations.len(), 1);
}

#[test]
fn an_undecodable_heap_leaves_the_other_aspects() {
    let verdict = changed(&[malloc(100), malloc(100)], |seen| {
        for step in &mut seen.steps {
            step.outcome.layout = Layout::Undecodable {
                blocks: Vec::new(),
                at: 0,
                reason: "status 77".to_owned(),
            };
        }
    });
    says(
        &verdict,
        1,
        Clause::B1,
        "os_malloc(100) leaves a heap whose headers make no sense at H+0x0: status 77 (B1, B2)",
    );
    let aspects = verdict.aspects;
    assert!(aspects.system_calls && aspects.placement && !aspects.layout && aspects.safety);
}

#[test]
fn ends_map_to_statuses() {
    let moment = Moment {
        number: CallNumber(2),
        call: Some(malloc(100)),
        phase: Phase::InCall,
    };
    let ended = |end: End| {
        changed(&[malloc(100), malloc(100)], |seen| {
            seen.steps.truncate(1);
            seen.end = end;
        })
    };
    let name = "SIGSEGV".to_owned();
    let crash = ended(End::Signal {
        name,
        fault: None,
        moment,
    });
    assert_eq!(crash.status, Status::Crash);
    let divergence = crash.divergence.expect("it ended early");
    assert_eq!(
        (divergence.aspect, divergence.number),
        (Aspect::End, CallNumber(2))
    );
    assert_eq!(
        divergence.sentence,
        "the process is ended by SIGSEGV in os_malloc(100) (E4)"
    );
    assert!(!crash.aspects.system_calls);
    assert_eq!(
        ended(End::TimedOut {
            moment,
            sleeping: false
        })
        .status,
        Status::Timeout
    );
    assert_eq!(
        ended(End::Exited { status: 0, moment }).status,
        Status::Fail
    );
    assert_eq!(ended(End::Finished(0)).status, Status::Fail);
    let resource = "memory".to_owned();
    assert_eq!(ended(End::Limit { resource, moment }).status, Status::Limit);
    let name = "mremap".to_owned();
    assert_eq!(
        ended(End::Forbidden { name, moment }).status,
        Status::Forbidden
    );
    let allocated = ended(End::Allocated {
        name: "malloc".to_owned(),
        indirectly: true,
        moment,
    });
    assert_eq!(allocated.status, Status::Forbidden);
    assert_eq!(allocated.divergence.unwrap().clauses, [Clause::E2]);
}

#[test]
fn a_golden_that_the_model_contradicts_is_not_the_submissions_fault() {
    let calls = [malloc(100)];
    let mut wrong = golden(&calls);
    wrong[0].layout = Layout::Blocks(vec![Block {
        size: 104,
        state: State::Used,
    }]);
    let seen = transcript(&calls, &Choices::canonical(&P), FaultSet::NONE);
    let faulty = transcript(
        &calls,
        &Choices::canonical(&P),
        FaultSet::of(Fault::NoPreallocation),
    );
    let status = |transcript| {
        let run = ScenarioRun {
            stem: "scene",
            kind: Kind::Golden,
            calls: &calls,
            golden: Some(&wrong),
            transcript,
            injection: Injection::default(),
        };
        judge(&P, &[run]).verdicts[0].status
    };
    assert_eq!(status(&seen), Status::GraderError);
    assert_eq!(status(&faulty), Status::GraderError);
}

fn injected(
    transcript: &Transcript,
    calls: &[Call],
    environment: Environment,
    message: bool,
) -> Status {
    let run = ScenarioRun {
        stem: "injected",
        kind: Kind::Golden,
        calls,
        golden: None,
        transcript,
        injection: Injection {
            environment,
            message,
        },
    };
    judge(&P, &[run]).verdicts[0].status
}

#[test]
fn a_failed_system_call_may_end_the_process_with_a_message() {
    let calls = [malloc(100), malloc(T)];
    let environment = Environment::failing(Some(MemoryCall::Mmap), 1, 1);
    let null = Transcript {
        steps: run(
            &P,
            &Choices::canonical(&P),
            FaultSet::NONE,
            environment,
            &calls,
        )
        .into_iter()
        .zip(calls)
        .map(|(outcome, call)| Step {
            call,
            outcome,
            findings: Vec::new(),
            memory: crate::types::Memory::default(),
        })
        .collect(),
        unfinished: Vec::new(),
        end: End::Finished(0),
    };
    assert_eq!(injected(&null, &calls, environment, false), Status::Pass);
    let mut ended = null.clone();
    ended.unfinished = ended.steps.pop().expect("two steps").outcome.system_calls;
    let moment = Moment {
        number: CallNumber(2),
        call: Some(calls[1]),
        phase: Phase::InCall,
    };
    ended.end = End::Exited { status: 1, moment };
    assert_eq!(injected(&ended, &calls, environment, true), Status::Pass);
    assert_eq!(injected(&ended, &calls, environment, false), Status::Fail);
    ended.end = End::Exited { status: 0, moment };
    assert_eq!(injected(&ended, &calls, environment, true), Status::Fail);
    let mut bad = null.clone();
    bad.steps[1].outcome.result = Some(Place::Elsewhere);
    assert_eq!(injected(&bad, &calls, environment, true), Status::Fail);
}

#[test]
fn which_error_a_failed_system_call_reports_does_not_matter() {
    let calls = [malloc(T)];
    let environment = Environment::failing(None, 1, 1);
    let outcome = Outcome {
        result: Some(Place::Null),
        system_calls: vec![SystemCall::Mmap {
            request: MapRequest::canonical(T + 32),
            result: Err(crate::types::Errno(1)),
        }],
        layout: Layout::Blocks(Vec::new()),
    };
    let mut seen = transcript(&calls, &Choices::canonical(&P), FaultSet::NONE);
    seen.steps[0].outcome = outcome;
    assert_eq!(injected(&seen, &calls, environment, false), Status::Pass);
    let SystemCall::Mmap { result, .. } = &mut seen.steps[0].outcome.system_calls[0] else {
        panic!("it is an mmap");
    };
    *result = Ok(MappingNumber(1));
    assert_eq!(injected(&seen, &calls, environment, false), Status::Fail);
}

#[test]
fn a_probe_tells_which_choice_was_seen() {
    let scenes = [probe("band", &[malloc(T - 30), malloc(T - 20)])];
    let late = Choices {
        malloc_cutoff: T - 22,
        ..Choices::canonical(&P)
    };
    let judgement = judged(&scenes, &transcripts(&scenes, &late, FaultSet::NONE));
    assert_eq!(judgement.verdicts[0].status, Status::Pass);
    assert_eq!(judgement.cutoffs[0], T - 29..=T - 20);
    let axes: Vec<_> = judgement.verdicts[0]
        .seen
        .iter()
        .map(|axis| judgement.choices.describe(axis))
        .collect();
    assert_eq!(axes, ["maps os_malloc from n = 131043 on (V1)"]);
}
