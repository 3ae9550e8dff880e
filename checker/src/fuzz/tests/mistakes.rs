//! Mistakes that random sequences find, told and shrunk, with programs that show them.

use super::*;
use crate::carried;
use crate::judge::Cause;
use crate::spec::Mistake;
use crate::types::{CallNumber, Clause};

fn planted(flags: &[&str]) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ref_tests/mistakes");
    library(&folder, None, flags)
}

#[track_caller]
fn found(library: &[u8]) -> Found {
    let options = Options {
        sequences: 60,
        calls: 5000,
        ..options()
    };
    let found = run(library, &P, &options).unwrap().found;
    found.into_iter().next().expect("a mistake is found")
}

/// A mistake, the longest minimal sequence, and how it fails. A name takes evidence: a sequence that
/// keeps it is longer than one that fails.
const CASES: &[(Mistake, usize, &str)] = &[
    (Mistake::WorstFit, 24, "result"),
    (Mistake::LastOfEquals, 40, "result"),
    (Mistake::NeverSplits, 20, "heap"),
    (Mistake::SplitsTooSmall, 36, "heap"),
    (Mistake::CallocNotZeroed, 20, "safety"),
    (Mistake::ReallocLosesContent, 24, "safety"),
    (Mistake::MovesIntoTooSmall, 40, "safety"),
    (Mistake::ReallocOfFreeServed, 16, "result"),
    (Mistake::LastNotGrown, 24, "system calls"),
    (Mistake::UnmapsPayloadOnly, 16, "system calls"),
    (Mistake::PreallocatesForMapping, 16, "system calls"),
    (Mistake::ThresholdDecimal, 16, "system calls"),
    (Mistake::FreeNullCrashes, 16, "crash"),
];

#[test]
fn mistakes_are_named_and_shrink_and_show_by_themselves() {
    for (mistake, longest, word) in CASES {
        let library = planted(&[&format!("-DMISTAKE_{}", mistake.name())]);
        let found = found(&library);
        let Minimal { failure, calls, .. } = &found.minimal;
        let told = format!("{mistake:?}: {failure:?}");
        let cause = failure.cause.map(|(cause, _)| cause);
        assert_eq!(cause, Some(Cause::Known(*mistake)), "{told}");
        assert_eq!(failure.word(), *word, "{told}");
        assert!(calls.len() <= *longest, "{told}\n{calls:?}");
        assert_eq!(first_illegal(&P, calls), None, "{told}");
        let program = found.minimal.program(&P, "random", "gcc");
        assert_ne!(reproduce(&library, &program), Some(0), "{told}\n{program}");
        assert_eq!(
            reproduce(carried::REFERENCE, &program),
            Some(0),
            "{program}"
        );
    }
}

#[test]
fn two_mistakes_are_found_each_once() {
    let flags = ["-DMISTAKE_LastNotGrown", "-DMISTAKE_UnmapsPayloadOnly"];
    let report = run(&planted(&flags), &P, &options()).unwrap();
    let mut names: Vec<_> = report.found.iter().map(|it| it.failure.name()).collect();
    names.sort();
    let due = ["LastNotGrown", "UnmapsPayloadOnly"].map(|it| Some(it.to_owned()));
    assert_eq!(names, due);
}

/// Compiles an emitted program against the library and runs it.
fn reproduce(library: &[u8], program: &str) -> Option<i32> {
    let place = tempfile::tempdir().unwrap();
    fs::write(place.path().join("libosmem.so"), library).unwrap();
    fs::write(place.path().join("repro.c"), program).unwrap();
    let compiled = Command::new("gcc")
        .current_dir(&place)
        .args([
            "-g", "-Wall", "-Wextra", "-Werror", "-o", "repro", "repro.c",
        ])
        .args(["-L.", "-losmem", "-Wl,-rpath,."])
        .output()
        .unwrap();
    let warnings = String::from_utf8_lossy(&compiled.stderr);
    assert!(compiled.status.success(), "{warnings}\n{program}");
    let run = Command::new("./repro")
        .current_dir(&place)
        .output()
        .unwrap();
    run.status.code()
}

#[test]
fn the_same_seed_shrinks_to_the_same_sequence() {
    let library = planted(&["-DMISTAKE_FirstFit"]);
    let (one, other) = (found(&library), found(&library));
    assert_eq!(one.seed, other.seed);
    assert_eq!(one.minimal.calls, other.minimal.calls);
    assert_eq!(one.minimal.failure.sentence, other.minimal.failure.sentence);
    let program = |found: &Found| found.minimal.program(&P, "random", "gcc");
    assert_eq!(program(&one), program(&other));
}

/// The allocator of `bare`, with one of its functions wrapped by one of the test's own.
fn bare_with(function: &str, own: &str) -> Vec<u8> {
    let rename = format!("-D{function}=real_{function}");
    let place = tempfile::tempdir().unwrap();
    let source = fs::read_to_string(submissions().join("bare/osmem.c")).unwrap();
    let renamed = source.replace(function, &format!("real_{function}"));
    fs::write(place.path().join("osmem.c"), renamed).unwrap();
    let declared = format!("#include <stddef.h>\n#include <string.h>\n{own}");
    library(
        place.path(),
        Some(&declared),
        &[&rename, &format!("-U{function}")],
    )
}

/// A header is overwritten with zeroes at the 200th call of `os_malloc`; nothing falls over before
/// a walk of the list meets it.
#[test]
fn the_call_that_corrupts_is_blamed_rather_than_the_one_that_crashes() {
    let own = "void *real_os_malloc(size_t);\n\
        void *os_malloc(size_t size)\n{\n\
        \tstatic int calls;\n\tchar *payload = real_os_malloc(size);\n\
        \tif (++calls == 200 && payload)\n\t\tmemset(payload + ((size + 7) & ~7ul), 0xff, 32);\n\
        \treturn payload;\n}\n";
    let library = bare_with("os_malloc", own);
    // Nothing is shrunk: whom the sequences blame is what counts.
    let unshrunk = Options {
        effort: Effort {
            attempts: 0,
            ..Effort::default()
        },
        ..options()
    };
    let found = run(&library, &P, &unshrunk).unwrap().found;
    let first = |found: &&Found| (found.seed, found.failure.call);
    let found = found.iter().min_by_key(first).unwrap();
    let culprit = found
        .calls
        .iter()
        .enumerate()
        .filter(|(_, call)| matches!(call, crate::types::Call::Malloc { .. }))
        .nth(199)
        .map(|(index, _)| CallNumber(index as u32 + 1));
    assert_eq!(Some(found.failure.call), culprit, "{:?}", found.failure);
}

#[test]
fn an_endless_loop_is_found_and_shrunk() {
    let own = "void real_os_free(void *);\n\
        void os_free(void *payload)\n{\n\
        \tstatic volatile int calls;\n\tif (++calls == 3)\n\t\tfor (;;)\n\t\t\t;\n\
        \treal_os_free(payload);\n}\n";
    let found = found(&bare_with("os_free", own));
    assert!(found.minimal.failure.hangs());
    assert_eq!(found.minimal.failure.word(), "time-out");
    assert_eq!(found.minimal.failure.clause, Clause::E4);
    assert!(found.minimal.calls.len() <= 6, "{:?}", found.minimal.calls);
}

/// Every 64th block is handed out twice.
#[test]
fn overlapping_blocks_are_found_at_once() {
    let own = "void *real_os_malloc(size_t);\n\
        void *os_malloc(size_t size)\n{\n\
        \tstatic void *before;\n\tstatic int calls;\n\
        \tvoid *payload = real_os_malloc(size);\n\
        \tif (++calls % 2 == 0 && size == 16 && before)\n\t\treturn before;\n\
        \treturn before = size == 16 ? payload : NULL, payload;\n}\n";
    let options = Options {
        sequences: 60,
        calls: 5000,
        ..options()
    };
    let report = run(&bare_with("os_malloc", own), &P, &options).unwrap();
    let overlaps = |found: &&Found| found.failure.clause == Clause::A18;
    let found = report.found.iter().find(overlaps).expect("it is found");
    assert_eq!(found.minimal.failure.word(), "safety");
    assert!(found.minimal.calls.len() <= 2, "{:?}", found.minimal.calls);
}
