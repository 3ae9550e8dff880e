//! `checker record` and `checker replay`, as a user gives them: small C programs of which every
//! call is known, and the traces of the workspace.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use ref_tests::tape::CAPACITY;
use traces::{CallNumber, LeftOut, Step, Trace};

use super::desk::Desk;

impl Desk {
    /// Compiles one of the programs beside this file, so that it makes the calls that it has.
    fn compile(&self, program: &str, options: &[&str]) {
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/commands/recorded");
        let done = Command::new("gcc")
            .args(["-O0", "-fno-builtin", "-w", "-pthread"])
            .args(options)
            .arg("-o")
            .arg(self.path(program))
            .arg(sources.join(format!("{program}.c")))
            .status();
        assert!(done.unwrap().success(), "{program}.c");
    }

    fn output(&self, arguments: &[&str]) -> Output {
        self.checker("").args(arguments).output().unwrap()
    }

    /// Records a program into `trace`.
    fn record(&self, options: &[&str], command: &[&str]) -> Output {
        let start = ["record", "--out", "trace"].as_slice();
        self.output(&[start, options, &["--"], command].concat())
    }

    fn trace(&self) -> Trace {
        Trace::from_bytes(&fs::read(self.path("trace")).unwrap()).unwrap()
    }

    /// The trace of one of the programs, which must end with this status.
    fn record_program(&self, program: &str, status: i32) -> Trace {
        self.compile(program, &[]);
        let output = self.record(&[], &[&format!("./{program}")]);
        assert_eq!(output.status.code(), Some(status), "{}", text(&output));
        self.trace()
    }
}

fn text(output: &Output) -> String {
    let parts = [&output.stdout, &output.stderr];
    parts.map(|part| String::from_utf8_lossy(part)).concat()
}

fn pointer(number: u32) -> Option<CallNumber> {
    Some(CallNumber(number))
}

const fn malloc(size: u64) -> Step {
    Step::Malloc { size }
}

fn free(number: u32) -> Step {
    let pointer = pointer(number);
    Step::Free { pointer }
}

fn realloc(pointer: Option<CallNumber>, size: u64) -> Step {
    Step::Realloc { pointer, size }
}

#[test]
fn every_call_is_recorded_as_it_was_made() {
    let desk = Desk::new();
    let trace = desk.record_program("family", 7);
    let expected = [
        malloc(5),
        Step::Calloc { count: 2, size: 3 },
        realloc(pointer(1), 500),
        realloc(None, 12),
        malloc(128),
        malloc(100),
        malloc(24),
        malloc(50),
        malloc(7),
        malloc(0),
        free(10),
        Step::Free { pointer: None },
        realloc(pointer(9), 0),
        free(3),
        realloc(pointer(2), 9),
        free(15),
    ];
    assert_eq!(trace.steps(), expected);
    let left_out = LeftOut {
        failed: 2,
        foreign: 0,
        aligned: 3,
        beyond: 0,
    };
    assert_eq!(trace.left_out(), left_out);
    assert_eq!(trace.name(), "family");
}

#[test]
fn the_streams_are_the_programs_and_the_summary_is_told_apart() {
    let desk = Desk::new();
    desk.compile("family", &[]);
    let output = desk.record(&[], &["./family"]);
    assert_eq!(output.stdout, b"printed\n");
    let summary = String::from_utf8(output.stderr).unwrap();
    let told = "recorded 16 calls of family in trace, ";
    assert!(summary.starts_with(told), "{summary}");
    let output = desk.record(&["--quiet"], &["./family"]);
    assert_eq!((output.stdout.len(), output.stderr.len()), (8, 0));
}

#[test]
fn threads_are_recorded_in_one_order() {
    // What one thread allocates another one frees, and every pointer must be known.
    let desk = Desk::new();
    let trace = desk.record_program("threads", 0);
    assert_eq!(trace.left_out(), LeftOut::default());
    let of_size = |wanted| {
        let given = trace.steps().iter().filter_map(Step::gives);
        given.filter(|&size| size == wanted).count()
    };
    assert_eq!((of_size(3331), of_size(3337)), (4 * 5000, 4 * 5000));
    let summary = trace.summary();
    assert_eq!(summary.reallocs, 4 * 5000);
    // Each slot that the threads share may hold a last one.
    assert!(summary.left_blocks < 32, "{summary:?}");
}

#[test]
fn children_are_not_recorded() {
    let desk = Desk::new();
    let trace = desk.record_program("forks", 0);
    let sizes: Vec<u64> = trace.steps().iter().filter_map(Step::gives).collect();
    assert!(sizes.contains(&4441) && sizes.contains(&4442), "{sizes:?}");
    assert!(!sizes.contains(&3331), "{sizes:?}");
}

#[test]
fn a_program_that_dies_is_recorded_up_to_there() {
    let desk = Desk::new();
    let trace = desk.record_program("dies", 128 + 11);
    assert_eq!(trace.steps(), [malloc(10), malloc(20), free(1)]);
}

#[test]
fn a_wrapper_is_not_recorded() {
    let desk = Desk::new();
    desk.compile("dies", &[]);
    for (options, command) in [
        ([].as_slice(), "exec ./dies"),
        (&["--process", "dies"], "./dies; exit 3"),
    ] {
        desk.record(options, &["sh", "-c", command]);
        let trace = desk.trace();
        assert_eq!((trace.steps().len(), trace.name()), (3, "dies"));
    }
}

#[test]
fn a_limit_ends_the_record_and_not_the_program() {
    let desk = Desk::new();
    desk.compile("family", &[]);
    let output = desk.record(&["--calls", "4"], &["./family"]);
    assert_eq!(output.status.code(), Some(7));
    let trace = desk.trace();
    assert_eq!((trace.steps().len(), trace.left_out().beyond), (4, 14));
}

#[test]
fn what_cannot_be_recorded_is_reported() {
    let desk = Desk::new();
    desk.compile("dies", &["-static"]);
    let cases: [(&[&str], &[&str], i32, &str); 4] = [
        (&[], &["./dies"], 125, "./dies is linked statically"),
        (
            &["--process", "nobody"],
            &["true"],
            125,
            "no process of the name nobody",
        ),
        (&[], &["./nothing"], 127, "cannot run ./nothing"),
        (&[], &["/"], 126, "cannot run /"),
    ];
    for (options, command, status, message) in cases {
        let output = desk.record(options, command);
        let said = text(&output);
        assert_eq!(output.status.code(), Some(status), "{said}");
        assert!(said.contains(message), "{said}");
        assert!(!desk.path("trace").exists());
    }
}

/// The traces of the workspace.
fn kept() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ref_tests/traces");
    let entries = fs::read_dir(folder).unwrap().map(|it| it.unwrap().path());
    let mut traces: Vec<PathBuf> = entries
        .filter(|path| path.extension().is_some_and(|it| it == "trace"))
        .collect();
    traces.sort();
    assert!(traces.len() > 4);
    traces
}

fn sample(name: &str) -> String {
    super::sample::sample(name).to_str().unwrap().to_owned()
}

#[test]
fn the_reference_passes_the_traces_of_the_workspace() {
    let desk = Desk::new();
    for trace in kept() {
        let trace = trace.to_str().unwrap();
        // As far as a debug build gets in no time.
        let output = desk.output(&["replay", trace, "--calls", "6000"]);
        let said = text(&output);
        assert_eq!(output.status.code(), Some(0), "{trace}: {said}");
        assert!(said.contains("PASS the built-in reference"), "{said}");
    }
}

#[test]
fn a_trace_is_played_as_far_as_the_tape_reaches() {
    let desk = Desk::new();
    let steps = (0..=(CAPACITY as u32)).map(|index| match index % 2 {
        0 => malloc(8),
        _ => free(index),
    });
    let trace = Trace::new("pairs", LeftOut::default(), steps.collect()).unwrap();
    fs::write(desk.path("trace"), trace.to_bytes()).unwrap();
    let output = desk.output(&["replay", "trace"]);
    let said = text(&output);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("more are not played"), "{said}");
    let passed = format!("PASS the built-in reference: {CAPACITY} calls");
    assert!(said.contains(&passed), "{said}");
}

#[test]
fn a_mistake_is_found_shrunk_and_written_as_c() {
    let desk = Desk::new();
    let output = desk.output(&[
        "replay",
        kept()[0].to_str().unwrap(),
        "--calls",
        "3000",
        &sample("conforming"),
        &sample("never_coalesces"),
        "--emit",
        "repro.c",
    ]);
    let said = text(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    for part in ["PASS ", "\nFAIL ", "(C3", "shrunk to 3 calls", "before "] {
        assert!(said.contains(part), "no {part:?} in {said}");
    }
    let program = fs::read_to_string(desk.path("repro.c")).unwrap();
    assert!(program.contains("os_malloc("), "{program}");
}

#[test]
fn time_runs_out_and_the_calls_are_counted() {
    let desk = Desk::new();
    desk.compile("family", &[]);
    desk.record(&[], &["./family"]);
    let output = desk.output(&[
        "--timeout",
        "0.05",
        "replay",
        "trace",
        &sample("endless_search"),
        "--time",
        "0.1",
    ]);
    let said = text(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("\nTIMEOUT "), "{said}");
    assert!(said.contains(" of 16 calls"), "{said}");
}

#[test]
fn garbage_is_no_trace() {
    let desk = Desk::new();
    fs::write(
        desk.path("garbage"),
        [b"ostrace\n\x01".as_slice(), &[0xff; 40]].concat(),
    )
    .unwrap();
    for (file, message) in [
        (
            "garbage",
            "checker: garbage: byte 9: a number that is too large or padded\n",
        ),
        (
            "missing",
            "checker: missing: No such file or directory (os error 2)\n",
        ),
    ] {
        let output = desk.output(&["replay", file]);
        assert_eq!(output.status.code(), Some(2));
        assert_eq!(String::from_utf8_lossy(&output.stderr), message);
    }
}
