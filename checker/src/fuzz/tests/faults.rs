use super::*;
use crate::types::{CallNumber, Clause};

struct Case {
    name: &'static str,
    kind: FailureKind,
    clauses: &'static [Clause],
    /// The minimal sequence is not longer.
    length: usize,
}

const CASES: &[Case] = &[
    case("worst_fit", FailureKind::Placement, &[Clause::C4], 6),
    case("last_of_equals", FailureKind::Placement, &[Clause::C4], 10),
    case("never_splits_reused", FailureKind::Layout, &[Clause::C6], 5),
    case(
        "split_rest_without_payload",
        FailureKind::Layout,
        &[Clause::C6, Clause::A12],
        9,
    ),
    case("calloc_not_zeroed", FailureKind::Safety, &[Clause::A4], 5),
    case(
        "realloc_copies_too_little",
        FailureKind::Safety,
        &[Clause::A11],
        6,
    ),
    case(
        "realloc_moves_to_too_small",
        FailureKind::Safety,
        &[Clause::A18],
        10,
    ),
    case(
        "realloc_free_served",
        FailureKind::Placement,
        &[Clause::A10],
        3,
    ),
    case(
        "realloc_last_not_grown",
        FailureKind::SystemCalls,
        &[Clause::A14],
        6,
    ),
    case(
        "munmap_wrong_length",
        FailureKind::SystemCalls,
        &[Clause::A8],
        3,
    ),
    case(
        "mapping_preallocates",
        FailureKind::SystemCalls,
        &[Clause::A2, Clause::A4, Clause::C1],
        2,
    ),
    case(
        "threshold_128000",
        FailureKind::SystemCalls,
        &[Clause::A2, Clause::A13],
        3,
    ),
    case("free_null_crash", FailureKind::Crash, &[Clause::A6], 1),
];

const fn case(
    name: &'static str,
    kind: FailureKind,
    clauses: &'static [Clause],
    length: usize,
) -> Case {
    Case {
        name,
        kind,
        clauses,
        length,
    }
}

#[track_caller]
fn found(library: &[u8]) -> Found {
    let options = Options {
        sequences: 60,
        calls: 5000,
        ..options()
    };
    run(library, &P, &options)
        .unwrap()
        .found
        .expect("a fault is found")
}

#[test]
fn planted_faults_are_found_and_shrink_and_show_by_themselves() {
    for case in CASES {
        let library = library(&submissions().join("broken").join(case.name), None, &[]);
        let found = found(&library);
        let Minimal { failure, calls, .. } = &found.minimal;
        let told = format!("{}: {failure:?}", case.name);
        assert_eq!(failure.kind, case.kind, "{told}");
        assert!(case.clauses.contains(&failure.clause), "{told}");
        assert!(calls.len() <= case.length, "{told}\n{calls:?}");
        assert_eq!(first_illegal(&P, calls), None, "{told}");
        let (status, message) = reproduce(&library, &found.minimal.program);
        assert_eq!(status, Some(1), "{told}: {message}");
        assert_eq!(message.lines().count(), 1, "{told}: {message}");
        let call = format!("call {}: ", failure.call.0);
        assert!(message.starts_with(&call), "{told}: {message}");
    }
}

/// Compiles an emitted program against the library and runs it.
fn reproduce(library: &[u8], program: &str) -> (Option<i32>, String) {
    let place = tempfile::tempdir().unwrap();
    fs::write(place.path().join("libosmem.so"), library).unwrap();
    fs::write(place.path().join("repro.c"), program).unwrap();
    fs::copy(headers().join("osmem.h"), place.path().join("osmem.h")).unwrap();
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
    (
        run.status.code(),
        String::from_utf8_lossy(&run.stderr).into_owned(),
    )
}

#[test]
fn the_same_seed_shrinks_to_the_same_sequence() {
    let library = library(&submissions().join("broken/first_fit"), None, &[]);
    let (one, other) = (found(&library), found(&library));
    assert_eq!(one.seed, other.seed);
    assert_eq!(one.minimal.calls, other.minimal.calls);
    assert_eq!(one.minimal.failure, other.minimal.failure);
    assert_eq!(one.minimal.program, other.minimal.program);
}

/// The allocator of `bare`, with one of its functions behind one of the test's own.
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
    let recipe = Recipe::new(P, 3000);
    let options = options();
    let found = run(&library, &P, &options).unwrap().found.unwrap();
    let calls = generate(found.seed, &recipe);
    let culprit = calls
        .iter()
        .enumerate()
        .filter(|(_, call)| matches!(call, crate::types::Call::Malloc { .. }))
        .nth(199)
        .map(|(index, _)| CallNumber(index as u32 + 1));
    assert_eq!(Some(found.failure.call), culprit, "{:?}", found.failure);
    assert!(found.failure.noticed >= found.failure.call);
}

#[test]
fn an_endless_loop_is_found_and_shrunk() {
    let own = "void real_os_free(void *);\n\
        void os_free(void *payload)\n{\n\
        \tstatic volatile int calls;\n\tif (++calls == 3)\n\t\tfor (;;)\n\t\t\t;\n\
        \treal_os_free(payload);\n}\n";
    let found = found(&bare_with("os_free", own));
    assert_eq!(found.minimal.failure.kind, FailureKind::Timeout);
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
    let found = found(&bare_with("os_malloc", own));
    assert_eq!(found.minimal.failure.kind, FailureKind::Safety);
    assert_eq!(found.minimal.failure.clause, Clause::A18);
    assert!(found.minimal.calls.len() <= 2, "{:?}", found.minimal.calls);
}
