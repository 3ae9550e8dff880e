//! Finds the assertion that shows that the last call is wrong: something that a C program can see and
//! that is not as the specification says.

use super::{common, expression};
use crate::snapshot::place_text;
use crate::types::{
    Block, Call, End, Finding, Layout, MapRequest, Outcome, Place, Pointer, Profile, State, Step,
    SystemCall, Transcript,
};

/// The calls, what they did, and what they should have done.
pub(super) struct Seen<'a> {
    pub(super) profile: &'a Profile,
    pub(super) calls: &'a [Call],
    /// What the specification says of all of them, from the first on.
    pub(super) due: &'a [Outcome],
    pub(super) transcript: &'a Transcript,
    /// Whether headers can be compared.
    pub(super) plain: bool,
}

/// How a program shows it.
#[derive(Clone, Debug, Default)]
pub(super) struct Check {
    /// Whether the program fails by itself.
    pub(super) seen: bool,
    /// What else is to be said of it.
    pub(super) remark: Option<String>,
    /// What stands above `main`.
    pub(super) helpers: String,
    /// What stands in front of the last call.
    pub(super) before: String,
    /// What stands after it.
    pub(super) assertion: String,
    /// The calls whose results it needs.
    pub(super) pointers: Vec<usize>,
    /// Whether it needs the start of the heap.
    pub(super) heap: bool,
    /// Whether payloads are filled; the last one only where its content is not what is looked at.
    pub(super) fill: bool,
    pub(super) content: bool,
    /// Whether the last call does not end.
    pub(super) hangs: bool,
}

/// The plainest sign that the last call is wrong.
pub(super) fn of(seen: &Seen<'_>) -> Check {
    let last = seen.calls.len();
    let Some(step) = last
        .checked_sub(1)
        .and_then(|at| seen.transcript.steps.get(at))
    else {
        return ended(&seen.transcript.end);
    };
    let due = &seen.due[last - 1];
    let found = content(seen, step).or_else(|| null(last, step, due));
    // Where headers have another length, all places are other ones.
    let found = match seen.plain {
        true => found
            .or_else(|| place(seen, step, due))
            .or_else(|| system_calls(seen, step, due)),
        false => found
            .or_else(|| system_calls(seen, step, due))
            .or_else(|| place(seen, step, due)),
    };
    let found = found.or_else(|| header(seen, step, due));
    let mut check = found.unwrap_or_else(unseen);
    check.fill |= is_damaged(seen);
    check
}

impl Check {
    fn asserts(condition: &str) -> Self {
        Self {
            seen: true,
            assertion: format!("\tassert({condition});\n"),
            ..Self::default()
        }
    }

    /// The last call meets a system that gives no more memory.
    pub(super) fn without_memory(last: usize) -> Self {
        Self {
            remark: Some("From here on, the system gives no memory (E3).".to_owned()),
            before: "\tsetrlimit(RLIMIT_DATA, &(struct rlimit){ 0, 0 });\n".to_owned(),
            pointers: vec![last],
            ..Self::asserts(&format!("p{last} == NULL"))
        }
    }
}

/// Whether what payloads hold matters.
fn is_damaged(seen: &Seen<'_>) -> bool {
    let mut steps = seen.transcript.steps.iter();
    steps.any(|step| {
        let undecodable = matches!(step.outcome.layout, Layout::Undecodable { .. });
        undecodable || !step.findings.is_empty()
    })
}

/// The process did not come to the end of the call.
fn ended(end: &End) -> Check {
    let (said, hangs) = match end {
        End::Signal { name, .. } => (format!("{name} kills the process there."), false),
        End::TimedOut { .. } => (
            "This call does not return; SIGALRM kills the process.".to_owned(),
            true,
        ),
        End::Exited { status, .. } => (
            format!("The process exits there with status {status}."),
            false,
        ),
        End::Missing { .. } => ("The linker does not find the function.".to_owned(), false),
        End::Allocated { name, .. } => (
            format!("It calls {name}: `ltrace -e {name} ./repro` shows it, the result does not."),
            false,
        ),
        End::Forbidden { name, .. } => (
            format!("It calls {name}: `strace -e trace={name} ./repro` shows it."),
            false,
        ),
        _ => ("This call does not return.".to_owned(), true),
    };
    Check {
        seen: true,
        remark: Some(said),
        fill: matches!(end, End::Signal { .. } | End::TimedOut { .. }),
        hangs,
        ..Check::default()
    }
}

/// Nothing that a program can look at is different.
fn unseen() -> Check {
    let how = "A C program cannot see it; the system calls and the headers show it: \
               `strace -e trace=brk,mmap,munmap ./repro` or `ltrace -S ./repro`.";
    Check {
        remark: Some(how.to_owned()),
        ..Check::default()
    }
}

/// Bytes that are not as they must be.
fn content(seen: &Seen<'_>, step: &Step) -> Option<Check> {
    let last = seen.calls.len();
    let every = |size: u64, pointer: usize, value: usize| Check {
        seen: true,
        fill: true,
        content: true,
        pointers: vec![pointer],
        assertion: format!(
            "\tfor (size_t i = 0; i < {size}; i++)\n\t\tassert(p{pointer}[i] == {value});\n"
        ),
        ..Check::default()
    };
    let size = |number: usize| size_of(seen.calls.get(number.wrapping_sub(1)));
    let unit = seen.profile.alignment;
    Some(match step.findings.first()? {
        Finding::NotZero { .. } => every(size(last), last, 0),
        Finding::NotKept { .. } => {
            let old = argument(seen.calls[last - 1])?;
            every(size(last).min(size(old)), last, super::byte(old))
        }
        Finding::PayloadChanged { block, .. } => {
            let number = block.0 as usize;
            Check {
                // The damage may be done by what is written into the new block.
                content: number == last,
                ..every(size(number), number, super::byte(number))
            }
        }
        Finding::Misaligned => Check {
            pointers: vec![last],
            ..Check::asserts(&format!("(uintptr_t)p{last} % {unit} == 0"))
        },
        Finding::Overlap { other } => {
            let other = other.0 as usize;
            let (size, others) = (size(last), size(other));
            Check {
                pointers: vec![last, other],
                ..Check::asserts(&format!(
                    "p{last} >= p{other} + {others} || p{last} + {size} <= p{other}"
                ))
            }
        }
        Finding::OutOfBounds => return None,
    })
}

/// A block that is returned or refused.
fn null(last: usize, step: &Step, due: &Outcome) -> Option<Check> {
    let sign = match (step.outcome.result?, due.result?) {
        (Place::Null, Place::Null) => return None,
        (_, Place::Null) => "==",
        (Place::Null, _) => "!=",
        _ => return None,
    };
    Some(Check {
        pointers: vec![last],
        ..Check::asserts(&format!("p{last} {sign} NULL"))
    })
}

/// A block that is taken elsewhere.
fn place(seen: &Seen<'_>, step: &Step, due: &Outcome) -> Option<Check> {
    let last = seen.calls.len();
    let (observed, Place::Heap(offset)) = (step.outcome.result?, due.result?) else {
        return None;
    };
    if observed == Place::Heap(offset) {
        return None;
    }
    let earlier = common(seen);
    let mut heap = false;
    let (expression, pointer) = expression(offset, &earlier, &mut heap);
    Some(Check {
        heap,
        pointers: pointer.into_iter().chain([last]).collect(),
        remark: Some(format!("It returns {}.", place_text(observed))),
        ..Check::asserts(&format!("p{last} == {expression}"))
    })
}

/// What a call asks of the system, added up.
#[derive(Default, PartialEq, Eq)]
struct Asked {
    moved: i64,
    mapped: u64,
    unmapped: u64,
    flags: Option<(i32, i32)>,
}

impl Asked {
    fn of(outcome: &Outcome) -> Self {
        let mut asked = Self::default();
        for call in &outcome.system_calls {
            match call {
                SystemCall::Brk { delta, failed } => {
                    asked.moved += if failed.is_some() { 0 } else { *delta };
                }
                SystemCall::Mmap { request, .. } => {
                    let MapRequest {
                        length,
                        protection,
                        flags,
                        ..
                    } = request;
                    asked.mapped += length;
                    asked.flags = Some((*protection, *flags));
                }
                SystemCall::Munmap { length, .. } => asked.unmapped += length,
            }
        }
        asked
    }
}

/// A break that moves too far or not at all, and mappings of another length.
fn system_calls(seen: &Seen<'_>, step: &Step, due: &Outcome) -> Option<Check> {
    let (observed, due_asked) = (Asked::of(&step.outcome), Asked::of(due));
    let counted = |what: &str, bytes: u64| Check {
        helpers: watcher(what),
        before: format!("\t{what}ped = 0;\n"),
        ..Check::asserts(&format!("{what}ped == {bytes}"))
    };
    if observed.moved != due_asked.moved {
        let moved = due_asked.moved;
        let to = match moved {
            0 => "before".to_owned(),
            _ => format!("before + {moved}"),
        };
        return Some(Check {
            before: "\tchar *before = sbrk(0);\n".to_owned(),
            remark: Some(format!("The break moves by {} bytes.", observed.moved)),
            ..Check::asserts(&format!("(char *)sbrk(0) == {to}"))
        });
    }
    if observed.mapped != due_asked.mapped {
        return Some(counted("map", due_asked.mapped));
    }
    if observed.unmapped != due_asked.unmapped {
        return Some(counted("unmap", due_asked.unmapped));
    }
    if observed.flags != due_asked.flags {
        return Some(Check {
            helpers: watcher("map").replace("mapped += length", "mapped = flags"),
            ..Check::asserts("mapped == (MAP_PRIVATE | MAP_ANONYMOUS)")
        });
    }
    moved_unmap(seen, step, due)
}

/// A range that is given back from elsewhere than its start.
fn moved_unmap(seen: &Seen<'_>, step: &Step, due: &Outcome) -> Option<Check> {
    let start = |outcome: &Outcome| {
        let mut calls = outcome.system_calls.iter();
        calls.find_map(|call| match call {
            SystemCall::Munmap { start, .. } => Some(*start),
            _ => None,
        })
    };
    let (observed, Place::Mapping(number, offset)) = (start(&step.outcome)?, start(due)?) else {
        return None;
    };
    if observed == Place::Mapping(number, offset) {
        return None;
    }
    let pointer = argument(step.call)?;
    let header = seen.profile.header - offset;
    let helpers = watcher("unmap")
        .replace("static size_t unmapped", "static void *unmapped")
        .replace("unmapped += length", "unmapped = address");
    Some(Check {
        helpers,
        remark: Some(format!("It unmaps from {} on.", place_text(observed))),
        pointers: vec![pointer],
        ..Check::asserts(&format!("unmapped == p{pointer} - {header}"))
    })
}

/// A function in front of the C library's, which notes what it is asked for.
fn watcher(what: &str) -> String {
    let parts = match what {
        "map" => (
            "void *mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset)",
            "(void *)syscall(SYS_mmap, address, length, protection, flags, fd, offset)",
        ),
        _ => (
            "int munmap(void *address, size_t length)",
            "(int)syscall(SYS_munmap, address, length)",
        ),
    };
    let (head, deed) = parts;
    format!(
        "static size_t {what}ped;\n{head}\n{{\n\t{what}ped += length;\n\treturn {deed};\n}}\n\n"
    )
}

/// A header with a wrong size or status.
fn header(seen: &Seen<'_>, step: &Step, due: &Outcome) -> Option<Check> {
    let foreign = |call: &Call| matches!(call, Call::MoveBreak { .. });
    if !seen.plain || seen.calls.iter().any(foreign) {
        return None;
    }
    mapped_header(seen, step, due).or_else(|| heap_header(seen, step, due))
}

fn mapped_header(seen: &Seen<'_>, step: &Step, due: &Outcome) -> Option<Check> {
    let last = seen.calls.len();
    let (Place::Mapping(number, _), Place::Mapping(..)) = (step.outcome.result?, due.result?)
    else {
        return None;
    };
    let mut mappings = step.memory.mappings.iter();
    let (_, words) = mappings.find(|(it, _)| *it == number)?;
    let length = Asked::of(due).mapped;
    let block = Block {
        size: length - seen.profile.header,
        state: State::Mapped,
    };
    let mut check = says(seen.profile, words, block, &format!("p{last}"))?;
    check.pointers.push(last);
    Some(check)
}

fn heap_header(seen: &Seen<'_>, step: &Step, due: &Outcome) -> Option<Check> {
    let (Layout::Blocks(expected), header) = (&due.layout, seen.profile.header) else {
        return None;
    };
    let observed = match &step.outcome.layout {
        Layout::Blocks(blocks) | Layout::Undecodable { blocks, .. } => blocks,
    };
    let there = runs(observed, header);
    let earlier = common(seen);
    let mut start = 0;
    let mut unknown = None;
    let in_doubt = runs(expected, header);
    for block in expected {
        let run = in_doubt.iter().rfind(|run| run.0 <= start);
        let differs = run.is_some_and(|run| !there.contains(run));
        let mut heap = false;
        let (place, pointer) = expression(start + header, &earlier, &mut heap);
        let known = step.memory.words(start);
        let found = match known.filter(|_| differs) {
            Some(words) => says(seen.profile, words, *block, &place),
            // Nothing looked like a header there.
            None if differs && unknown.is_none() => {
                let check = asserted_size(seen.profile, block.size, &place);
                unknown = Some((check, heap, pointer));
                None
            }
            None => None,
        };
        if let Some(check) = found {
            return Some(with_place(check, heap, pointer));
        }
        start += header + block.size;
    }
    let (check, heap, pointer) = unknown?;
    Some(with_place(check, heap, pointer))
}

fn with_place(check: Check, heap: bool, pointer: Option<usize>) -> Check {
    Check {
        heap,
        pointers: pointer.into_iter().collect(),
        ..check
    }
}

/// Where runs of blocks start and end, and whether they are free; free neighbours are one (V4).
fn runs(blocks: &[Block], header: u64) -> Vec<(u64, u64, State)> {
    let mut runs: Vec<(u64, u64, State)> = Vec::new();
    let mut start = 0;
    for block in blocks {
        let end = start + header + block.size;
        match runs.last_mut() {
            Some(last) if last.2 == State::Free && block.state == State::Free => last.1 = end,
            _ => runs.push((start, end, block.state)),
        }
        start = end;
    }
    runs
}

/// What a header says, where that is not what it should.
fn says(profile: &Profile, words: &[u64], block: Block, place: &str) -> Option<Check> {
    let word = |offset: u64| words.get(usize::try_from(offset / 8).ok()?).copied();
    let size = word(profile.size_offset)?.checked_next_multiple_of(profile.alignment);
    if size != Some(block.size) {
        return Some(asserted_size(profile, block.size, place));
    }
    let shift = profile.status_offset % 8 * 8;
    let status = (word(profile.status_offset)? >> shift) & u64::from(u32::MAX);
    let wanted = match block.state {
        State::Free => 0,
        State::Used => 1,
        State::Mapped => 2,
        State::Unknown(_) => return None,
    };
    (status != wanted).then(|| Check {
        helpers: field("int", "STATUS", profile.header - profile.status_offset),
        remark: Some(format!(
            "Its status is {status} (0 free, 1 used, 2 mapped)."
        )),
        ..Check::asserts(&format!("STATUS({place}) == {wanted}"))
    })
}

fn asserted_size(profile: &Profile, size: u64, place: &str) -> Check {
    Check {
        helpers: field("size_t", "SIZE", profile.header - profile.size_offset),
        ..Check::asserts(&format!("SIZE({place}) == {size}"))
    }
}

/// A field of the header in front of a payload.
fn field(kind: &str, name: &str, distance: u64) -> String {
    format!("#define {name}(payload) (*({kind} *)((char *)(payload) - {distance}))\n\n")
}

fn argument(call: Call) -> Option<usize> {
    match call.argument()? {
        Pointer::Of(number) => Some(number.0 as usize),
        Pointer::Null => None,
    }
}

fn size_of(call: Option<&Call>) -> u64 {
    match call {
        Some(Call::Malloc { size } | Call::Realloc { size, .. }) => *size,
        Some(Call::Calloc { count, size }) => count.wrapping_mul(*size),
        _ => 0,
    }
}
