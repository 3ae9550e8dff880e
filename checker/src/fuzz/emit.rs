//! A sequence as a C program of its own, which needs nothing but `osmem.h` and the library.

use std::fmt::Write as _;

use super::failure::Failure;
use crate::snapshot::call_text;
use crate::types::{
    Block, Call, CallNumber, Layout, Outcome, Place, Pointer, Profile, State, SystemCall,
};

const PRELUDE: &str = include_str!("emit/prelude.c");

/// What a program is made of.
#[derive(Clone, Copy, Debug)]
pub struct Program<'a> {
    /// The constants of the assignment.
    pub profile: &'a Profile,
    /// The calls that it makes.
    pub calls: &'a [Call],
    /// What they are known to show.
    pub failure: Option<&'a Failure>,
    /// What each call must do; checked where there is something.
    pub expected: &'a [Outcome],
    /// The seed that the sequence was shrunk from.
    pub seed: Option<u64>,
}

/// A program that makes the calls and checks the payloads by itself.
#[must_use]
pub fn emit(profile: &Profile, calls: &[Call]) -> String {
    let program = Program {
        profile,
        calls,
        failure: None,
        expected: &[],
        seed: None,
    };
    program.text()
}

impl Program<'_> {
    /// The program's text.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        self.push_comment(&mut text);
        self.push_constants(&mut text);
        text.push_str(PRELUDE);
        let mut brk = 0;
        for (number, call) in (1..).map(CallNumber).zip(self.calls) {
            self.push_call(&mut text, number, *call, &mut brk);
        }
        push_main(&mut text, self.calls.len());
        text
    }

    fn push_comment(&self, text: &mut String) {
        text.push_str("/*\n");
        if let Some(failure) = self.failure {
            push(
                text,
                format_args!(
                    " * Call {}: {}.\n",
                    failure.call.0,
                    comment(&failure.sentence)
                ),
            );
        }
        if let Some(seed) = self.seed {
            push(
                text,
                format_args!(" * Shrunk from the random sequence of seed {seed}.\n"),
            );
        }
        let stop = self.failure.map_or(1, |failure| failure.call.0.max(1));
        push(
            text,
            format_args!(
                " *\n * Put this file beside osmem.h and libosmem.so, then:\n *\n \
                 *\tgcc -g -o repro repro.c -L. -losmem -Wl,-rpath,.\n \
                 *\t./repro\n \
                 *\tgdb -ex 'break repro_call_{stop}' -ex 'break repro_fail' -ex run ./repro\n */\n"
            ),
        );
    }

    fn push_constants(&self, text: &mut String) {
        let profile = self.profile;
        for (name, value) in [
            ("CALLS", self.calls.len() as u64),
            ("ALIGNMENT", profile.alignment),
            ("HEADER", profile.header),
            ("SIZE_OFFSET", profile.size_offset),
            ("STATUS_OFFSET", profile.status_offset),
            ("PREV_OFFSET", profile.prev_offset),
            ("NEXT_OFFSET", profile.next_offset),
        ] {
            push(text, format_args!("#define {name} {value}\n"));
        }
    }

    fn push_call(&self, text: &mut String, number: CallNumber, call: Call, brk: &mut i64) {
        let n = number.0;
        let shown = call_text(number, call);
        push(
            text,
            format_args!("\nvoid repro_call_{n}(void)\n{{\n\tbegin({n}, \"{shown}\");\n"),
        );
        push_deed(text, call);
        if let Some(outcome) = self.expected.get(n as usize - 1) {
            push_expectations(text, outcome, brk);
            let last = n as usize == self.calls.len();
            let blamed = self.failure.is_some_and(|failure| failure.call == number);
            if last || blamed {
                push_blocks(text, &outcome.layout);
            }
        }
        text.push_str("}\n");
    }
}

fn push_deed(text: &mut String, call: Call) {
    let line = match call {
        Call::Malloc { size } => format!("returned(os_malloc({size}u), {size}u, 0, 0);"),
        Call::Calloc { count, size } => {
            let product = count.wrapping_mul(size);
            format!("returned(os_calloc({count}u, {size}u), {product}u, 1, 0);")
        }
        Call::Realloc { pointer, size: 0 } => {
            let (address, old) = argument(pointer);
            format!("returned(os_realloc({address}, 0), 0, 0, 0);\n\tblock[{old}].live = 0;")
        }
        Call::Realloc { pointer, size } => {
            let (address, old) = argument(pointer);
            let live = format!("block[{old}].live ? {old} : 0");
            format!("returned(os_realloc({address}, {size}u), {size}u, 0, {live});")
        }
        Call::Free { pointer } => {
            let (address, old) = argument(pointer);
            format!("os_free({address});\n\tfreed({old});")
        }
        Call::MoveBreak { bytes } => format!("returned(sbrk({bytes}), 0, 0, 0);"),
    };
    push(text, format_args!("\t{line}\n"));
}

/// The pointer argument, and the number of the call that it is named after; 0 for NULL.
fn argument(pointer: Pointer) -> (String, u32) {
    match pointer {
        Pointer::Null => ("NULL".to_owned(), 0),
        Pointer::Of(CallNumber(number)) => (format!("address_of({number})"), number),
    }
}

fn push_expectations(text: &mut String, outcome: &Outcome, brk: &mut i64) {
    let (mut maps, mut map_length, mut unmaps, mut unmap_length) = (0, 0, 0, 0);
    for call in &outcome.system_calls {
        match call {
            SystemCall::Brk { delta, .. } => *brk += delta,
            SystemCall::Mmap { request, .. } => (maps, map_length) = (maps + 1, request.length),
            SystemCall::Munmap { length, .. } => (unmaps, unmap_length) = (unmaps + 1, *length),
        }
    }
    match outcome.result {
        Some(Place::Null) => text.push_str("\texpect_null();\n"),
        Some(Place::Heap(offset)) => push(text, format_args!("\texpect_heap({offset}u);\n")),
        Some(Place::Mapping(..)) => {
            push(text, format_args!("\texpect_mapping({map_length}u);\n"));
        }
        Some(Place::Elsewhere) | None => {}
    }
    push(
        text,
        format_args!(
            "\texpect_system({brk}u, {maps}, {map_length}u, {unmaps}, {unmap_length}u);\n"
        ),
    );
}

fn push_blocks(text: &mut String, layout: &Layout) {
    let Layout::Blocks(blocks) = layout else {
        return;
    };
    let sizes: Vec<String> = blocks
        .iter()
        .map(|block| format!("{}u", block.size))
        .collect();
    let letter = |block: &Block| if block.state == State::Used { 'u' } else { 'f' };
    let statuses: String = blocks.iter().map(letter).collect();
    // An empty initialiser is not C.
    let sizes = if sizes.is_empty() {
        "0".to_owned()
    } else {
        sizes.join(", ")
    };
    let count = blocks.len();
    push(
        text,
        format_args!(
            "\tstatic const size_t sizes[] = {{ {sizes} }};\n\n\
             \texpect_blocks({count}, sizes, \"{statuses}\");\n"
        ),
    );
}

fn push_main(text: &mut String, calls: usize) {
    text.push_str(
        "\nint main(void)\n{\n\
         \t/* A buffer for standard output would come from malloc, which moves the break. */\n\
         \tsetvbuf(stdout, NULL, _IONBF, 0);\n\
         \twatch_signals();\n\
         \theap = current_break();\n",
    );
    for number in 1..=calls {
        push(text, format_args!("\trepro_call_{number}();\n"));
    }
    text.push_str("\tprintf(\"no difference was found\\n\");\n\treturn 0;\n}\n");
}

fn push(text: &mut String, what: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = text.write_fmt(what);
}

/// Text that cannot end a comment.
fn comment(text: &str) -> String {
    text.replace("*/", "* /").replace('\n', " ")
}
