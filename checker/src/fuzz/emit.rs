//! Writes a sequence as a C program as a person would: its calls, and the one assertion that fails.
//!
//! The assertion holds by the specification and not in the observed run: the program succeeds with
//! the reference. Known limits: a program sees results, payloads, headers, the break, and what the
//! C library's `mmap` and `munmap` are called with; where a mistake shows in nothing of this, it
//! says so, and how system calls are watched.

mod check;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use textwrap::WordSplitter;

use crate::snapshot::{place_text, system_call_text};
use crate::spec::{self, Choices};
use crate::types::{Call, CallNumber, Outcome, Place, Pointer, Profile, SystemCall, Transcript};
use check::{Check, Seen};

/// Columns of a comment.
const WIDTH: usize = 88;

/// What a program is made of.
#[derive(Clone, Copy, Debug)]
pub struct Program<'a> {
    pub profile: &'a Profile,
    /// Where the calls come from.
    pub title: &'a str,
    /// The calls that it makes; the last one is wrong, or shows what one before did wrong.
    pub calls: &'a [Call],
    pub blamed: CallNumber,
    /// What is wrong with it, as a sentence.
    pub sentence: &'a str,
    /// What the calls did; `None` where the last one fails only when the system gives no more
    /// memory.
    pub transcript: Option<&'a Transcript>,
    /// Whether headers are read as the assignment has them, so that they can be compared.
    pub plain: bool,
    /// The commands that compile and run it, a line each.
    pub build: &'a str,
}

impl Program<'_> {
    pub fn text(&self) -> String {
        let due = self.due();
        let check = self.check(&due);
        let mut text = self.comment(&check);
        let body = self.body(&check, &due);
        text += &head(self.calls, &check, &body);
        text + &body
    }

    /// Whether the program fails by itself.
    pub(super) fn shows(&self) -> bool {
        self.check(&self.due()).seen
    }

    fn due(&self) -> Vec<Outcome> {
        spec::outcomes(self.profile, &Choices::canonical(self.profile), self.calls)
    }

    fn check(&self, due: &[Outcome]) -> Check {
        match self.transcript {
            Some(transcript) => check::of(&Seen {
                profile: self.profile,
                calls: self.calls,
                due,
                transcript,
                plain: self.plain,
            }),
            None => Check::without_memory(self.calls.len()),
        }
    }

    fn comment(&self, check: &Check) -> String {
        let number = self.blamed.0;
        let title = plain(self.title);
        let mut said = vec![format!("{title}, call {number}: {}.", plain(self.sentence))];
        said.extend(check.remark.clone());
        let options = textwrap::Options::new(WIDTH)
            .initial_indent(" * ")
            .subsequent_indent(" * ")
            .word_splitter(WordSplitter::NoHyphenation);
        let lines = said.iter().flat_map(|text| textwrap::wrap(text, &options));
        let mut text = String::from("/*");
        for (index, line) in lines.enumerate() {
            // The first stands beside the sign that opens the comment.
            text += if index == 0 { &line[2..] } else { &line };
            text.push('\n');
        }
        text += " *\n";
        for line in self.build.lines() {
            push(&mut text, format_args!(" *\t{}\n", plain(line)));
        }
        text + " */\n"
    }

    fn body(&self, check: &Check, due: &[Outcome]) -> String {
        let used = used(self.calls, check);
        let mut text = String::from("int main(void)\n{\n");
        if check.heap {
            text += "\tchar *heap = sbrk(0);\n";
        }
        if check.hangs {
            text += "\talarm(2); /* ends what does not end */\n";
        }
        for (index, (call, outcome)) in self.calls.iter().zip(due).enumerate() {
            let number = index + 1;
            let last = number == self.calls.len();
            if last {
                text += &check.before;
            }
            let fill = check.fill && !(last && check.content);
            let deed = deed(number, *call, used.contains(&number), fill);
            let expected = match self.transcript {
                None if last => " /* NULL */".to_owned(),
                _ => expected(outcome),
            };
            push(&mut text, format_args!("\t{deed};{expected}\n"));
        }
        push(&mut text, format_args!("\n{}", check.assertion));
        text + "\treturn 0;\n}\n"
    }
}

/// What stands above `main`: the headers that are needed, the functions that are called, and what
/// watches the system calls.
fn head(calls: &[Call], check: &Check, body: &str) -> String {
    let all = format!("{}{body}", check.helpers);
    let mut text = String::new();
    let has = |word: &str| all.contains(word);
    if has("syscall(") || has("sbrk(") {
        text += "#define _GNU_SOURCE\n";
    }
    for (header, words) in [
        ("assert.h", &["assert("][..]),
        ("stdint.h", &["uintptr_t"]),
        ("string.h", &["memset("]),
        ("sys/mman.h", &["*mmap(", "munmap("]),
        ("sys/resource.h", &["setrlimit("]),
        ("sys/syscall.h", &["syscall("]),
        ("unistd.h", &["sbrk(", "alarm(", "syscall("]),
    ] {
        if words.iter().any(|word| has(word)) {
            push(&mut text, format_args!("#include <{header}>\n"));
        }
    }
    // The others declare `size_t` and NULL.
    if !["string.h", "sys/mman.h", "unistd.h"]
        .iter()
        .any(|it| text.contains(it))
    {
        text += "#include <stddef.h>\n";
    }
    text.push('\n');
    let functions: BTreeSet<&str> = calls.iter().filter_map(prototype).collect();
    for function in functions {
        text += function;
        text.push('\n');
    }
    text.push('\n');
    text + &check.helpers
}

const fn prototype(call: &Call) -> Option<&'static str> {
    Some(match call {
        Call::Malloc { .. } => "void *os_malloc(size_t size);",
        Call::Calloc { .. } => "void *os_calloc(size_t nmemb, size_t size);",
        Call::Realloc { .. } => "void *os_realloc(void *ptr, size_t size);",
        Call::Free { .. } => "void os_free(void *ptr);",
        Call::MoveBreak { .. } => return None,
    })
}

/// The calls whose results are used.
fn used(calls: &[Call], check: &Check) -> BTreeSet<usize> {
    let arguments = calls.iter().filter_map(Call::argument);
    let named = arguments.filter_map(|pointer| match pointer {
        Pointer::Of(CallNumber(number)) => Some(number as usize),
        Pointer::Null => None,
    });
    named.chain(check.pointers.iter().copied()).collect()
}

/// A call as a statement, without the semicolon.
fn deed(number: usize, call: Call, used: bool, fill: bool) -> String {
    let (call, size) = match call {
        Call::Malloc { size } => (format!("os_malloc({})", amount(size)), size),
        Call::Calloc { count, size } => (
            format!("os_calloc({}, {})", amount(count), amount(size)),
            count.wrapping_mul(size),
        ),
        Call::Realloc { pointer, size } => (
            format!("os_realloc({}, {})", name(pointer), amount(size)),
            size,
        ),
        Call::Free { pointer } => return format!("os_free({})", name(pointer)),
        Call::MoveBreak { bytes } => return format!("sbrk({bytes})"),
    };
    let call = match fill && size > 0 {
        true => format!("memset({call}, {}, {size})", byte(number)),
        false => call,
    };
    match used {
        true => format!("char *p{number} = {call}"),
        false => call,
    }
}

/// What the payload that a call returns is filled with.
fn byte(number: usize) -> usize {
    1 + number % 100
}

/// A size; one that is no `int` is unsigned.
fn amount(size: u64) -> String {
    match size > u64::from(u32::MAX >> 1) {
        true => format!("{size}ul"),
        false => size.to_string(),
    }
}

fn name(pointer: Pointer) -> String {
    match pointer {
        Pointer::Null => "NULL".to_owned(),
        Pointer::Of(CallNumber(number)) => format!("p{number}"),
    }
}

/// What a call should do, as a comment.
fn expected(outcome: &Outcome) -> String {
    let result = outcome.result.map(place_text);
    let system_calls = outcome.system_calls.iter().map(|call| match call {
        // Protection and flags are always the same.
        SystemCall::Mmap { request, .. } => format!("mmap {}", request.length),
        other => system_call_text(other),
    });
    let said: Vec<String> = result.into_iter().chain(system_calls).collect();
    match said.is_empty() {
        true => String::new(),
        false => format!(" /* {} */", said.join(", ")),
    }
}

fn push(text: &mut String, what: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = text.write_fmt(what);
}

/// Text that cannot end a comment.
fn plain(text: &str) -> String {
    text.replace("*/", "* /").replace('\n', " ")
}

/// Where a block of the heap has its payload, as an expression: what earlier calls returned in both
/// runs, or the start of the heap.
fn expression(offset: u64, earlier: &[(usize, u64)], heap: &mut bool) -> (String, Option<usize>) {
    let same = earlier.iter().find(|(_, at)| *at == offset);
    match same.or_else(|| earlier.iter().rfind(|(_, at)| *at <= offset)) {
        Some((number, at)) if *at == offset => (format!("p{number}"), Some(*number)),
        Some((number, at)) => (format!("p{number} + {}", offset - at), Some(*number)),
        None => {
            *heap = true;
            (format!("heap + {offset}"), None)
        }
    }
}

/// The results that lie in the heap at the same place in both runs.
fn common(seen: &Seen<'_>) -> Vec<(usize, u64)> {
    let steps = seen.transcript.steps.iter().zip(seen.due);
    let places = steps.enumerate().filter_map(|(index, (step, due))| {
        match (step.outcome.result, due.result) {
            (Some(Place::Heap(one)), Some(Place::Heap(other))) if one == other => {
                Some((index + 1, one))
            }
            _ => None,
        }
    });
    places.collect()
}
