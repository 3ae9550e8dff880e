//! Examples of the format.

use super::{ParseError, Snapshot, parse, parse_bytes, render};
use crate::types::{
    Block, Call, CallNumber, End, Errno, Layout, MapRequest, MappingNumber, Moment, Outcome, Phase,
    Place, Pointer, State, Step, SystemCall, Transcript,
};

const EXAMPLE: &str = "\
# 0203-malloc-split-first · format 1
 1  p1 = os_malloc(1000)                      -> H+0x20
        brk +0x20000
        heap 1000u 130008f
 2  p2 = os_malloc(131072)                    -> M1+0x20
        mmap 131104 rw private anon           = M1
        heap =
 3  os_free(p2)
        munmap M1 131104                      = 0
        heap =
exit 0
";

const M1: MappingNumber = MappingNumber(1);

fn used(size: u64) -> Block {
    let state = State::Used;
    Block { size, state }
}

fn free(size: u64) -> Block {
    let state = State::Free;
    Block { size, state }
}

fn brk(delta: i64) -> SystemCall {
    SystemCall::Brk {
        delta,
        failed: None,
    }
}

fn step(
    call: Call,
    result: Option<Place>,
    system_calls: Vec<SystemCall>,
    blocks: &[Block],
) -> Step {
    Step {
        call,
        outcome: Outcome {
            result,
            system_calls,
            layout: Layout::Blocks(blocks.to_vec()),
        },
        findings: Vec::new(),
        memory: crate::types::Memory::default(),
    }
}

fn finished(steps: Vec<Step>) -> Transcript {
    Transcript {
        steps,
        unfinished: Vec::new(),
        end: End::Finished(0),
    }
}

fn example() -> Transcript {
    let blocks = [used(1000), free(130_008)];
    let p2 = Pointer::Of(CallNumber(2));
    let map = SystemCall::Mmap {
        request: MapRequest::canonical(131_104),
        result: Ok(M1),
    };
    let unmap = SystemCall::Munmap {
        start: Place::Mapping(M1, 0),
        length: 131_104,
        failed: None,
    };
    finished(vec![
        step(
            Call::Malloc { size: 1000 },
            Some(Place::Heap(0x20)),
            vec![brk(0x20000)],
            &blocks,
        ),
        step(
            Call::Malloc { size: 131_072 },
            Some(Place::Mapping(M1, 0x20)),
            vec![map],
            &blocks,
        ),
        step(Call::Free { pointer: p2 }, None, vec![unmap], &blocks),
    ])
}

/// The snapshot with these lines between the header and the end, a line feed first. It is written as
/// it is read.
fn read(lines: &str) -> Snapshot {
    let text = format!("# 0101-x · format 1{lines}exit 0\n");
    let snapshot = parse(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    assert_eq!(snapshot.render(), text);
    snapshot
}

#[test]
fn the_example_of_the_design_is_written_as_shown() {
    assert_eq!(render("0203-malloc-split-first", &example()), EXAMPLE);
}

#[test]
fn the_example_of_the_design_is_read() {
    let expected = Snapshot::new("0203-malloc-split-first", &example());
    assert!(expected.is_complete());
    assert_eq!(parse(EXAMPLE), Ok(expected));
}

#[test]
fn null_and_zero_and_an_empty_heap() {
    let snapshot = read(
        "
 1  p1 = os_malloc(0)                         -> NULL
        heap -
 2  os_free(NULL)
        heap =
 3  p3 = os_realloc(NULL, 0)                  -> elsewhere
        heap =
 4  p4 = os_calloc(3, 5)                      -> H
        heap =
 5  (foreign brk +0x1000)
        heap =
",
    );
    let results: Vec<_> = snapshot.steps.iter().map(|it| it.outcome.result).collect();
    let (null, elsewhere) = (Some(Place::Null), Some(Place::Elsewhere));
    let expected = [null, None, elsewhere, Some(Place::Heap(0)), None];
    assert_eq!(results, expected);
    assert_eq!(snapshot.steps[4].call, Call::MoveBreak { bytes: 4096 });
}

#[test]
fn system_calls_that_fail() {
    let snapshot = read(
        "
 1  p1 = os_malloc(8)                         -> NULL
        brk -0x100
        brk +0x28                             = ENOMEM
        mmap 131104 rw private anon           = ENOMEM
        munmap M1+0x1000 4096                 = EINVAL
        munmap elsewhere 4096                 = errno 77
        heap -
",
    );
    let calls = &snapshot.steps[0].outcome.system_calls;
    assert_eq!(calls[0], brk(-0x100));
    let (delta, failed) = (0x28, Some(Errno(libc::ENOMEM)));
    assert_eq!(calls[1], SystemCall::Brk { delta, failed });
    let (start, length, failed) = (Place::Elsewhere, 4096, Some(Errno(77)));
    let unmap = SystemCall::Munmap {
        start,
        length,
        failed,
    };
    assert_eq!(calls[4], unmap);
}

#[test]
fn mappings_that_are_not_canonical() {
    let snapshot = read(
        "
 1  p1 = os_malloc(10)                        -> NULL
        mmap 10 hint r private anon fd 3 off 0 = M1
        mmap 10 none                          = M1
        mmap 10 rx+0x10 shared anon fixed-noreplace populate fd -1 off 8 = M1
        mmap 10 +0x8 +0x80000000              = M1
        heap -
",
    );
    let asked = |call: &SystemCall| match call {
        SystemCall::Mmap { request, .. } => {
            let MapRequest {
                hinted,
                protection,
                flags,
                descriptor,
                offset,
                ..
            } = *request;
            (hinted, protection, flags, descriptor, offset)
        }
        other => panic!("{other:?}"),
    };
    let calls = snapshot.steps[0].outcome.system_calls.iter();
    let expected = [
        (true, 1, 0x22, 3, 0),
        (false, 0, 0, -1, 0),
        (false, 0x15, 0x10_8021, -1, 8),
        (false, 8, i32::MIN, -1, 0),
    ];
    assert_eq!(calls.map(asked).collect::<Vec<_>>(), expected);
}

#[test]
fn long_heaps_are_wrapped() {
    let snapshot = read(
        "
 1  p1 = os_malloc(1)                         -> NULL
        heap 10000u 10001u 10002u 10003u 10004u 10005u 10006u 10007u 10008u 10009u 10010u 10011u
             10012u 10013u 10014u 10015u 10016u 10017u 10018u 10019u
",
    );
    let blocks: Vec<Block> = (0..20).map(|n| used(10_000 + n)).collect();
    assert_eq!(snapshot.steps[0].outcome.layout, Layout::Blocks(blocks));
}

#[test]
fn states_and_heaps_that_cannot_be_decoded() {
    let snapshot = read(
        "
 1  p1 = os_malloc(1)                         -> NULL
        heap 16m 16x-7 ? at H+0x430: size 18446744073709551615\\nreaches past\\u{1b}[31m
",
    );
    let block = |state| Block { size: 16, state };
    let expected = Layout::Undecodable {
        blocks: vec![block(State::Mapped), block(State::Unknown(-7))],
        at: 0x430,
        reason: "size 18446744073709551615\nreaches past\u{1b}[31m".to_owned(),
    };
    assert_eq!(snapshot.steps[0].outcome.layout, expected);
}

#[test]
fn numbers_get_three_digits_with_a_hundred_calls() {
    let largest = format!(
        "p1 = os_calloc({0}, {0}) -> NULL\n        heap -\n",
        u64::MAX
    );
    let others = (2..=100).map(|number| {
        let call = format!("{number:>3}  p{number} = os_malloc(1)");
        // The results stay in their column.
        format!("{call:<45} -> NULL\n        heap =\n")
    });
    let text: String = [format!("\n  1  {largest}")]
        .into_iter()
        .chain(others)
        .collect();
    assert_eq!(read(&text).steps.len(), 100);
}

#[test]
fn a_call_that_does_not_return_is_shown_with_its_system_calls() {
    let mut transcript = example();
    transcript.steps.truncate(1);
    transcript.unfinished = vec![brk(0x28)];
    transcript.end = End::Signal {
        name: "SIGSEGV".to_owned(),
        touched: Some("H+0x430".to_owned()),
        moment: Moment {
            number: CallNumber(2),
            call: Some(Call::Malloc { size: 131_072 }),
            phase: Phase::InCall,
        },
    };
    let text = render("0203-malloc-split-first", &transcript);
    let expected = "
 2  p2 = os_malloc(131072)                    -> (did not return)
        brk +0x28
signal SIGSEGV touching H+0x430, in call 2: p2 = os_malloc(131072)
";
    assert!(text.ends_with(expected), "{text}");
    let snapshot = parse(&text).unwrap();
    assert!(!snapshot.is_complete());
    assert_eq!(snapshot.unfinished, transcript.unfinished);
}

#[test]
fn each_end_has_a_line() {
    for line in [
        "exit 3",
        "exited with -1, verifying payloads after call 4: os_free(NULL)",
        "signal SIGBUS touching \"the page at 0\", filling the payload of call 4",
        "timed out sleeping, starting, before call 4",
        "limit \"address space\", ending, after call 4",
        "forbidden execve, in call 4",
        "allocated by malloc indirectly, in call 4",
        "allocated by malloc, in call 4",
        "not loaded, crashed: undefined symbol \"x\"",
    ] {
        let text = format!("# 0101-x · format 1\n{line}\n");
        assert_eq!(parse(&text).map(|it| it.render()), Ok(text));
    }
}

fn error(text: &str) -> String {
    parse(text).expect_err("garbage").to_string()
}

#[test]
fn garbage_gives_one_clear_message() {
    let with = |from: &str, to: &str| error(&EXAMPLE.replacen(from, to, 1));
    assert_eq!(
        error(""),
        "line 1: expected `# STEM · format 1`, found the end of the text"
    );
    assert_eq!(
        error("hello\n"),
        "line 1: expected `# STEM · format 1`, found `hello`"
    );
    assert_eq!(
        with("format 1", "format 2"),
        "line 1: format 2 is newer than format 1, which this version reads"
    );
    assert_eq!(
        with("-> H+0x20", "-> H+20"),
        "line 2: expected a hexadecimal number in range, such as 0x20, found `20`"
    );
    assert_eq!(
        with("brk +0x20000", "sbrk 1"),
        "line 3: expected `brk`, `mmap`, `munmap` or `heap`, found `sbrk 1`"
    );
    assert_eq!(
        with("1000u 130008f", "1000q\u{7}"),
        "line 4: expected a block's state: u, f, m or x and a number, found `q\\u{7}`"
    );
    assert_eq!(
        with(" 2  p2", " 3  p2"),
        "line 5: expected call 2, found ` 3  p2 = os_malloc(131072)                    -> M1+0x20`"
    );
    assert_eq!(
        with("  os_free(p2)", "  os_free(p2) -> NULL"),
        "line 8: expected ` 3  os_free(p2)                               -> NULL`, \
         found ` 3  os_free(p2) -> NULL`"
    );
    assert_eq!(
        with("exit 0\n", "exit 0\n\n"),
        "line 12: expected the end of the text, found the end of the line"
    );
    assert_eq!(
        with("exit 0\n", ""),
        "line 11: expected a numbered call, or how the run ended, such as `exit 0`, \
         found the end of the text"
    );
    assert_eq!(
        with("exit 0\n", "exit 0"),
        "line 11: expected one line feed at the end of the text, found the end of the text"
    );
}

#[test]
fn only_one_spelling_is_a_snapshot() {
    let with = |from: &str, to: &str| error(&EXAMPLE.replacen(from, to, 1));
    assert_eq!(
        with("brk +0x20000", "brk +0x020000"),
        "line 3: expected `        brk +0x20000`, found `        brk +0x020000`"
    );
    assert_eq!(
        with("        heap =\nexit", "        heap 1000u 130008f\nexit"),
        "line 10: expected `        heap =`, found `        heap 1000u 130008f`"
    );
    assert!(error(&EXAMPLE.replace('\n', "\r\n")).starts_with("line 1: expected `# 0203"));
}

#[test]
fn bytes_that_are_no_text_name_the_line() {
    let error = parse_bytes(b"# x \xff").unwrap_err();
    assert_eq!(error, ParseError::NotText { line: 1 });
    let mut bytes = EXAMPLE.as_bytes().to_vec();
    let at = EXAMPLE.find("brk").unwrap();
    bytes[at] = 0xc0;
    assert_eq!(parse_bytes(&bytes), Err(ParseError::NotText { line: 3 }));
}

#[test]
fn a_golden_has_no_room_for_a_missing_result() {
    let text = EXAMPLE.replace("                      -> H+0x20", "");
    assert_eq!(
        error(&text),
        "line 2: expected `-> ` and the returned pointer, found the end of the line"
    );
}
