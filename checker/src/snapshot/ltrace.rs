//! The notation of a course's references: what `ltrace -S` printed of a test, with addresses
//! replaced, one call a line and its system calls indented beneath it.
//!
//! ```text
//! os_malloc (['1000'])                    = HeapStart + 0x20
//!   brk (['0'])                           = HeapStart + 0x0
//!   brk (['HeapStart + 0x20000'])         = HeapStart + 0x20000
//! os_free (['HeapStart + 0x20'])          = <void>
//! +++ exited (status 0) +++
//! ```
//!
//! It has no blocks of the heap, so a golden cannot be made from it alone. Blanks, and queries of
//! the break, are not compared.

use std::collections::BTreeMap;

use super::Snapshot;
use super::cursor::{Cursor, Parsed};
use super::script::{ScriptError, error};
use crate::types::{
    Call, CallNumber, End, MapRequest, MappingNumber, Outcome, Place, Pointer, SystemCall,
};

const END: &str = "+++ exited (status 0) +++";
/// The column in which results start.
const RESULT_COLUMN: usize = 90;

/// What a course's reference holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    pub calls: Vec<Call>,
    /// What is to be compared, each with the number of its line.
    lines: Vec<(usize, String)>,
}

/// Where a run differs from a reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    pub line: usize,
    /// The text there; empty at its end.
    pub recorded: String,
    /// What the run did; empty at its end.
    pub observed: String,
}

impl Reference {
    pub fn read(text: &str) -> Result<Self, ScriptError> {
        let mut reader = Reader::default();
        let mut last = 0;
        for (number, line) in (1..).zip(text.lines()) {
            last = number;
            let mut cursor = Cursor::new(line);
            reader.line(number, line, &mut cursor).map_err(|expected| {
                let rest = cursor.rest();
                let column = 1 + line.chars().count() - rest.chars().count();
                error((number, column), expected, Some(rest))
            })?;
        }
        match reader.calls.is_empty() {
            true => Err(error(
                (last + 1, 1),
                "a call, such as `os_malloc (['8'])`",
                None,
            )),
            false => Ok(Self {
                calls: reader.calls,
                lines: reader.lines,
            }),
        }
    }

    /// Where a golden first differs from it; `None` when it is the same but for blanks and queries.
    pub fn difference(&self, golden: &Snapshot) -> Option<Difference> {
        let observed: Vec<String> = match lines(golden) {
            Some(lines) => lines
                .into_iter()
                .filter(|line| !line.is_query)
                .map(|line| line.text())
                .collect(),
            None => Vec::new(),
        };
        let count = self.lines.len().max(observed.len());
        let at = (0..count).find(|&at| {
            let recorded = self.lines.get(at).map(|(_, line)| bare(line));
            recorded != observed.get(at).map(|line| bare(line))
        })?;
        let last = self.lines.last().map_or(0, |(number, _)| *number);
        let recorded = self.lines.get(at);
        Some(Difference {
            line: recorded.map_or(last, |(number, _)| *number),
            recorded: recorded
                .map(|(_, line)| line.trim().to_owned())
                .unwrap_or_default(),
            observed: observed.get(at).cloned().unwrap_or_default(),
        })
    }
}

/// A golden in the notation; `None` when the notation cannot express something.
pub fn write(golden: &Snapshot) -> Option<String> {
    let mut text = String::new();
    for line in lines(golden)? {
        let Line {
            nested,
            call,
            result,
            ..
        } = line;
        let call = if nested { format!("  {call}") } else { call };
        match result {
            Some(result) => text.push_str(&format!("{call:<RESULT_COLUMN$}= {result}\n")),
            None => text.push_str(&format!("{call}\n")),
        }
    }
    Some(text)
}

fn bare(line: &str) -> String {
    line.split_whitespace().collect()
}

/// A line of the notation.
struct Line {
    nested: bool,
    is_query: bool,
    call: String,
    result: Option<String>,
}

impl Line {
    fn call(function: &str, arguments: &[String], result: String) -> Self {
        let arguments: Vec<String> = arguments.iter().map(|it| format!("'{it}'")).collect();
        Self {
            nested: false,
            is_query: false,
            call: format!("{function} ([{}])", arguments.join(", ")),
            result: Some(result),
        }
    }

    fn nested(function: &str, arguments: &[String], result: String) -> Self {
        Self {
            nested: true,
            ..Self::call(function, arguments, result)
        }
    }

    fn text(&self) -> String {
        match &self.result {
            Some(result) => format!("{} = {result}", self.call),
            None => self.call.clone(),
        }
    }
}

fn lines(golden: &Snapshot) -> Option<Vec<Line>> {
    let mut lines = Vec::new();
    let results: Vec<Option<Place>> = golden.steps.iter().map(|it| it.outcome.result).collect();
    let mut end: Option<i64> = None;
    for step in &golden.steps {
        lines.push(call_line(step.call, &step.outcome, &results)?);
        for call in &step.outcome.system_calls {
            if matches!(call, SystemCall::Brk { .. }) && end.is_none() {
                // `sbrk` asks once where the break stands.
                let query = Line::nested("brk", &["0".to_owned()], place(Place::Heap(0))?);
                lines.push(Line {
                    is_query: true,
                    ..query
                });
            }
            lines.push(system_call(call, end.get_or_insert(0))?);
        }
    }
    (golden.end == End::Finished(0)).then_some(())?;
    lines.push(Line {
        nested: false,
        is_query: false,
        call: END.to_owned(),
        result: None,
    });
    Some(lines)
}

fn call_line(call: Call, outcome: &Outcome, results: &[Option<Place>]) -> Option<Line> {
    let pointer = |pointer| match pointer {
        Pointer::Null => place(Place::Null),
        Pointer::Of(CallNumber(number)) => {
            place((*results.get(number as usize - 1)?).unwrap_or(Place::Null))
        }
    };
    let arguments = match call {
        Call::Malloc { size } => vec![size.to_string()],
        Call::Calloc { count, size } => vec![count.to_string(), size.to_string()],
        Call::Realloc { pointer: old, size } => vec![pointer(old)?, size.to_string()],
        Call::Free { pointer: old } => vec![pointer(old)?],
        Call::MoveBreak { .. } => return None,
    };
    let result = match outcome.result {
        Some(result) => place(result)?,
        None => "<void>".to_owned(),
    };
    Some(Line::call(call.function(), &arguments, result))
}

fn place(place: Place) -> Option<String> {
    Some(match place {
        Place::Null => "0".to_owned(),
        Place::Heap(offset) => format!("HeapStart + {offset:#x}"),
        Place::Mapping(MappingNumber(number), 0) => format!("<mapped-addr{number}>"),
        Place::Mapping(MappingNumber(number), offset) => {
            format!("<mapped-addr{number}> + {offset:#x}")
        }
        Place::Elsewhere => return None,
    })
}

fn system_call(call: &SystemCall, end: &mut i64) -> Option<Line> {
    match *call {
        SystemCall::Brk {
            delta,
            failed: None,
        } => {
            *end += delta;
            let target = place(Place::Heap(u64::try_from(*end).ok()?))?;
            let arguments = [target.clone()];
            Some(Line::nested("brk", &arguments, target))
        }
        SystemCall::Mmap {
            request,
            result: Ok(mapping),
        } => {
            let MapRequest { length, .. } = request;
            let usual = MapRequest::canonical(length);
            let arguments = [
                "0",
                &length.to_string(),
                "PROT_READ | PROT_WRITE",
                "MAP_PRIVATE | MAP_ANON",
                "-1",
                "0",
            ];
            let arguments = arguments.map(ToOwned::to_owned);
            let result = place(Place::Mapping(mapping, 0))?;
            (request == usual).then(|| Line::nested("mmap", &arguments, result))
        }
        SystemCall::Munmap {
            start,
            length,
            failed: None,
        } => Some(Line::nested(
            "munmap",
            &[place(start)?, length.to_string()],
            "0".to_owned(),
        )),
        _ => None,
    }
}

/// What has been read.
#[derive(Default)]
struct Reader {
    calls: Vec<Call>,
    lines: Vec<(usize, String)>,
    /// The last call that returned an address.
    returned: BTreeMap<String, CallNumber>,
    ended: bool,
}

impl Reader {
    fn line(&mut self, number: usize, line: &str, cursor: &mut Cursor<'_>) -> Parsed<()> {
        let content = line.trim();
        if content.is_empty() {
            return Ok(());
        }
        if self.ended {
            return Err("nothing after the end");
        }
        let query = if content.starts_with("+++") {
            self.ended = true;
            if content != END {
                return Err("`+++ exited (status 0) +++`");
            }
            false
        } else {
            self.call(cursor)?
        };
        if !query {
            self.lines.push((number, line.to_owned()));
        }
        Ok(())
    }

    /// A call, or a system call; whether it is a query of the break.
    fn call(&mut self, cursor: &mut Cursor<'_>) -> Parsed<bool> {
        const EXPECTED: &str = "os_malloc, os_calloc, os_realloc, os_free, brk, mmap or munmap";
        let nested = cursor.rest().starts_with(' ');
        cursor.skip_blanks();
        let function = Cursor::new(cursor.rest()).identifier(EXPECTED)?;
        let count = match (function, nested) {
            ("os_malloc" | "os_free", false) | ("brk", true) => 1,
            ("os_calloc" | "os_realloc", false) | ("munmap", true) => 2,
            ("mmap", true) => 6,
            ("brk" | "mmap" | "munmap", false) => {
                return Err("two blanks in front of a system call");
            }
            _ => return Err(EXPECTED),
        };
        cursor.eat(function);
        let call = match function {
            "os_malloc" => Some(Call::Malloc {
                size: size(cursor, 0)?,
            }),
            "os_calloc" => Some(Call::Calloc {
                count: size(cursor, 0)?,
                size: size(cursor, 1)?,
            }),
            "os_realloc" => Some(Call::Realloc {
                pointer: self.pointer(cursor)?,
                size: size(cursor, 1)?,
            }),
            "os_free" => Some(Call::Free {
                pointer: self.pointer(cursor)?,
            }),
            _ => None,
        };
        let mut query = false;
        for index in 0..count {
            // What a system call is about is only compared.
            if call.is_none() {
                let text = argument(cursor, index, |cursor| Ok(cursor.until('\'')))?;
                query = function == "brk" && is_null(text);
            }
        }
        cursor.skip_blanks();
        cursor.expect("])", "`])`")?;
        cursor.skip_blanks();
        cursor.expect("=", "`= ` and a result")?;
        cursor.skip_blanks();
        let result = cursor.rest().trim_end();
        if result.is_empty() {
            return Err("a result");
        }
        let Some(call) = call else {
            return Ok(query);
        };
        self.calls.push(call);
        if call.returns_pointer() && !is_null(result) {
            let number = CallNumber(self.calls.len() as u32);
            self.returned.insert(bare(result), number);
        }
        Ok(false)
    }

    fn pointer(&self, cursor: &mut Cursor<'_>) -> Parsed<Pointer> {
        argument(cursor, 0, |cursor| {
            let mut ahead = Cursor::new(cursor.rest());
            let text = ahead.until('\'');
            let known = self.returned.get(&bare(text));
            let pointer = match known {
                Some(number) => Pointer::Of(*number),
                None if is_null(text) => Pointer::Null,
                None => return Err("0, or an address that an earlier call returned"),
            };
            *cursor = ahead;
            Ok(pointer)
        })
    }
}

fn size(cursor: &mut Cursor<'_>, index: usize) -> Parsed<u64> {
    argument(cursor, index, Cursor::decimal)
}

/// One of the arguments, which stand in quotes.
fn argument<'a, T>(
    cursor: &mut Cursor<'a>,
    index: usize,
    read: impl FnOnce(&mut Cursor<'a>) -> Parsed<T>,
) -> Parsed<T> {
    cursor.skip_blanks();
    match index {
        0 => cursor.expect("(['", "`(['` and the arguments")?,
        _ => cursor.expect(", '", "`, '` and one more argument")?,
    }
    let argument = read(cursor)?;
    cursor.expect("'", "`'`")?;
    Ok(argument)
}

fn is_null(text: &str) -> bool {
    ["0", "nil", "(nil)", "NULL", "0x0"].contains(&text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::parse;

    const TEXT: &str = "\
os_malloc (['0']) = 0
os_malloc (['1000'])                    = HeapStart + 0x20
  brk (['0'])                           = HeapStart + 0x0
  brk (['HeapStart + 0x20000'])         = HeapStart + 0x20000
os_realloc (['HeapStart + 0x20', '131072']) = <mapped-addr1> + 0x20
  mmap (['0', '131104', 'PROT_READ | PROT_WRITE', 'MAP_PRIVATE | MAP_ANON', '-1', '0']) = <mapped-addr1>

os_realloc (['0', '40'])                = HeapStart + 0x20
os_free (['HeapStart + 0x20'])          = <void>
os_realloc (['HeapStart + 0x20', '8'])  = 0
os_free (['<mapped-addr1> + 0x20'])     = <void>
  munmap (['<mapped-addr1>', '131104']) = 0
os_calloc (['2', '3'])                  = HeapStart + 0x20
+++ exited (status 0) +++
";

    const GOLDEN: &str = "\
# x · format 1
 1  p1 = os_malloc(0)                         -> NULL
        heap -
 2  p2 = os_malloc(1000)                      -> H+0x20
        brk +0x20000
        heap 1000u 130008f
 3  p3 = os_realloc(p2, 131072)               -> M1+0x20
        mmap 131104 rw private anon           = M1
        heap 1000f 130008f
 4  p4 = os_realloc(NULL, 40)                 -> H+0x20
        heap 40u 131000f
 5  os_free(p4)
        heap 40f 131000f
 6  p6 = os_realloc(p4, 8)                    -> NULL
        heap =
 7  os_free(p3)
        munmap M1 131104                      = 0
        heap =
 8  p8 = os_calloc(2, 3)                      -> H+0x20
        heap 8u 131032f
exit 0
";

    #[test]
    fn a_reference_names_the_same_blocks_as_its_calls() {
        let reference = Reference::read(TEXT).unwrap();
        let golden = parse(GOLDEN).unwrap();
        let calls: Vec<Call> = golden.steps.iter().map(|step| step.call).collect();
        assert_eq!(reference.calls, calls);
        assert_eq!(reference.difference(&golden), None);
        let written = write(&golden).unwrap();
        assert_eq!(bare(&written), bare(TEXT));
        assert_eq!(Reference::read(&written).unwrap().calls, reference.calls);
    }

    #[test]
    fn a_difference_is_reported_with_its_line() {
        let golden = parse(GOLDEN).unwrap();
        for (from, to, line, observed) in [
            (
                "131104']) = 0",
                "131072']) = 0",
                12,
                "munmap (['<mapped-addr1>', '131104']) = 0",
            ),
            (
                "+++ exited (status 0) +++\n",
                "",
                13,
                "+++ exited (status 0) +++",
            ),
            (
                "  brk (['HeapStart + 0x20000'])         = HeapStart + 0x20000\n",
                "",
                4,
                "brk (['HeapStart + 0x20000']) = HeapStart + 0x20000",
            ),
        ] {
            let difference = Reference::read(&TEXT.replacen(from, to, 1)).unwrap();
            let difference = difference.difference(&golden).unwrap();
            let expected = (line, observed.to_owned());
            assert_eq!((difference.line, difference.observed), expected, "{to:?}");
        }
        let failed = Snapshot {
            end: End::Finished(1),
            ..golden
        };
        assert_eq!(write(&failed), None);
    }

    #[test]
    fn text_outside_the_notation_is_reported_with_its_place() {
        for (text, expected) in [
            (
                "",
                "1:1: expected a call, such as `os_malloc (['8'])`, found the end of the text",
            ),
            ("os_maloc (['8']) = 0", "1:1: expected os_malloc, os_calloc"),
            (
                "os_malloc (8) = 0",
                "1:11: expected `(['` and the arguments",
            ),
            (
                "os_malloc (['many']) = 0",
                "1:14: expected a decimal number in range",
            ),
            (
                "os_malloc (['8'])",
                "1:18: expected `= ` and a result, found the end of the line",
            ),
            ("os_malloc (['8']) = ", "1:21: expected a result"),
            (
                "os_free (['HeapStart + 0x20'])",
                "1:12: expected 0, or an address that an earlier",
            ),
            (
                "brk (['0']) = HeapStart + 0x0",
                "1:1: expected two blanks in front of a",
            ),
            (
                "os_calloc (['8']) = 0",
                "1:16: expected `, '` and one more argument",
            ),
            (
                "+++ exited (status 1) +++",
                "1:1: expected `+++ exited (status 0) +++`",
            ),
            (
                "+++ exited (status 0) +++\nos_free (['0']) = <void>",
                "2:1: expected nothing after",
            ),
        ] {
            let found = Reference::read(text).unwrap_err().to_string();
            assert!(found.starts_with(expected), "{text:?}: {found}");
        }
    }
}
