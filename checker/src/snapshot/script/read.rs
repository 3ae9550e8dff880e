//! Reads a script line by line, each from left to right. An error names what was expected at the
//! character where reading stopped.

use std::collections::BTreeMap;

use ref_tests::scenario::Kind;
use ref_tests::tape::MOST_STEPS;

use super::{Script, ScriptError, Written, error};
use crate::snapshot::cursor::{Cursor, Parsed};
use crate::snapshot::words::printable;
use crate::snapshot::{FORMAT, grammar, size, write};
use crate::types::{Call, CallNumber, Clause, Pointer, Profile};

/// What stands in front of a line's text where it belongs to a call.
const INDENT: &str = "        ";
/// The largest number of points.
const MOST_POINTS: f64 = 1_000_000.0;

/// A script as far as it has been read.
pub(super) struct Reader<'p> {
    profile: &'p Profile,
    script: Script,
    /// Comments and empty lines since the last call.
    comments: Vec<String>,
    /// What pointers are called.
    names: BTreeMap<String, CallNumber>,
    /// The calls whose blocks were freed.
    freed: Vec<CallNumber>,
    keys: Vec<String>,
    /// Whether the last line was one of the heap, which may go on.
    in_heap: bool,
    ended: bool,
}

impl<'p> Reader<'p> {
    pub(super) fn new(stem: &str, profile: &'p Profile) -> Self {
        Self {
            profile,
            script: Script::blank(stem),
            comments: Vec::new(),
            names: BTreeMap::new(),
            freed: Vec::new(),
            keys: Vec::new(),
            in_heap: false,
            ended: false,
        }
    }

    /// The script, when the line of this number would be the next.
    pub(super) fn finish(mut self, line: usize) -> Result<Script, ScriptError> {
        self.script.tail = self.comments;
        match self.script.calls.is_empty() {
            true => Err(error(
                (line, 1),
                "a call, such as `p1 = os_malloc(100)`",
                None,
            )),
            false => Ok(self.script),
        }
    }

    pub(super) fn line(&mut self, number: usize, text: &str) -> Result<(), ScriptError> {
        let mut cursor = Cursor::new(text);
        let read = self.read(number, text, &mut cursor);
        read.map_err(|expected| {
            let rest = cursor.rest();
            let column = 1 + text.chars().count() - rest.chars().count();
            error((number, column), &expected, Some(rest))
        })
    }

    /// Reads a line; what was expected where the cursor stands otherwise.
    fn read(&mut self, number: usize, text: &str, cursor: &mut Cursor<'_>) -> Result<(), String> {
        let content = text.trim();
        let in_heap = std::mem::take(&mut self.in_heap);
        if number == 1 && content.starts_with("# ") && content.contains(" · format ") {
            return self.title(cursor);
        }
        if content.is_empty() || content.starts_with('#') {
            self.in_heap = in_heap;
            self.comment(text);
            return Ok(());
        }
        if self.ended {
            return Err("nothing but comments after the end".to_owned());
        }
        if is_outcome(text, content, in_heap) && !self.script.calls.is_empty() {
            self.in_heap = in_heap || content.starts_with("heap");
            self.outcome(number, text);
            return Ok(());
        }
        if content.starts_with("exit ") && !self.script.calls.is_empty() {
            self.ended = true;
            self.outcome(number, content);
            return Ok(());
        }
        if self.script.calls.is_empty() && is_head(content) {
            self.head(number, cursor)?;
            self.comment(text);
            return Ok(());
        }
        self.call(number, text, cursor)
    }

    fn comment(&mut self, line: &str) {
        self.comments.push(line.trim_end().to_owned());
    }

    fn outcome(&mut self, number: usize, line: &str) {
        let call = self.script.calls.len();
        self.script.outcomes.push((call, number, line.to_owned()));
    }

    fn title(&self, cursor: &mut Cursor<'_>) -> Result<(), String> {
        cursor.eat("# ");
        let expected = format!("{} · format {FORMAT}", self.script.stem);
        match cursor.rest().trim_end() == expected {
            true => Ok(()),
            false => Err(format!("`{expected}`, after the file's name")),
        }
    }

    fn head(&mut self, number: usize, cursor: &mut Cursor<'_>) -> Result<(), String> {
        const KEYS: &str = "`purpose:`, `clauses:`, `points:`, `kind:`, `needs:`, or a call";
        cursor.skip_blanks();
        let key = Cursor::new(cursor.rest()).identifier(KEYS)?;
        let known = ["purpose", "clauses", "points", "kind", "needs"].contains(&key);
        if !known {
            return Err(KEYS.to_owned());
        }
        if self.keys.iter().any(|seen| seen == key) {
            return Err(format!("no second `{key}:`"));
        }
        self.keys.push(key.to_owned());
        cursor.eat(key);
        cursor.eat(":");
        cursor.skip_blanks();
        match key {
            "purpose" => self.purpose(cursor),
            "points" => self.points(cursor),
            "kind" => self.kind(cursor),
            "clauses" => self.clauses(cursor),
            _ => self.needs(number, cursor),
        }
        .map_err(ToOwned::to_owned)
    }

    fn purpose(&mut self, cursor: &Cursor<'_>) -> Parsed<()> {
        let purpose = printable(cursor.rest().trim_end());
        self.script.purpose = Some(purpose).filter(|purpose| !purpose.is_empty());
        match self.script.purpose {
            Some(_) => Ok(()),
            None => Err("what the scenario finds out, in one line"),
        }
    }

    fn points(&mut self, cursor: &Cursor<'_>) -> Parsed<()> {
        let points = cursor.rest().trim_end().parse::<f64>().ok();
        let points = points.filter(|points| (0.0..=MOST_POINTS).contains(points));
        self.script.points = Some(points.ok_or("a number of points, such as 2 or 0.5")?);
        Ok(())
    }

    fn kind(&mut self, cursor: &Cursor<'_>) -> Parsed<()> {
        self.script.kind = match cursor.rest().trim_end() {
            "golden" => Kind::Golden,
            "probe" => Kind::Probe,
            "faults" => Kind::Faults,
            "robustness" => Kind::Robustness,
            _ => return Err("`golden`, `probe`, `faults` or `robustness`"),
        };
        Ok(())
    }

    fn clauses(&mut self, cursor: &mut Cursor<'_>) -> Parsed<()> {
        const EXPECTED: &str = "a clause of the assignment, such as C4";
        words(cursor, |cursor| {
            let number = Cursor::new(cursor.rest()).identifier(EXPECTED)?;
            let clause = Clause::numbered(number).ok_or(EXPECTED)?;
            self.script.clauses.push(clause);
            cursor.eat(number);
            Ok(())
        })
    }

    fn needs(&mut self, line: usize, cursor: &mut Cursor<'_>) -> Parsed<()> {
        words(cursor, |cursor| {
            let name = cursor.name()?;
            self.script.needs.push((line, name));
            Ok(())
        })
    }

    fn call(&mut self, line: usize, text: &str, cursor: &mut Cursor<'_>) -> Result<(), String> {
        if self.script.calls.len() == MOST_STEPS {
            return Err(format!(
                "the end: a scenario has at most {MOST_STEPS} calls"
            ));
        }
        let own = CallNumber(self.script.calls.len() as u32 + 1);
        cursor.skip_blanks();
        let number = if cursor.rest().starts_with(|c: char| c.is_ascii_digit()) {
            let column = 1 + text.chars().count() - cursor.rest().chars().count();
            let number = cursor.decimal().map(|number| Some((number, column)))?;
            cursor.skip_blanks();
            number
        } else {
            None
        };
        let name = self.name(cursor)?;
        let at = cursor.rest();
        let (call, called) = self.called(cursor)?;
        if name.is_some() && !call.returns_pointer() {
            *cursor = Cursor::new(at);
            return Err("a call that returns a pointer".to_owned());
        }
        let spelled = match call.returns_pointer() {
            true => format!("{} = {called}", write::variable(Pointer::Of(own))),
            false => called,
        };
        cursor.skip_blanks();
        let result = if cursor.eat("->") {
            cursor.skip_blanks();
            Some(grammar::place(cursor)?)
        } else {
            None
        };
        cursor.skip_blanks();
        if cursor.rest().starts_with('#') {
            return Err("the end of the line: a comment has a line of its own".to_owned());
        }
        cursor.end()?;
        if call.returns_pointer() {
            let canonical = write::variable(Pointer::Of(own));
            match name {
                Some(name) => self.names.insert(name, own),
                None => Some(*self.names.entry(canonical).or_insert(own)),
            };
        }
        let before = std::mem::take(&mut self.comments);
        let before = match self.script.calls.is_empty() {
            true => {
                self.script.head = before;
                Vec::new()
            }
            false => before,
        };
        self.script.calls.push(call);
        self.script.written.push(Written {
            before,
            number,
            spelled,
            result,
            line,
            width: text.chars().count(),
        });
        Ok(())
    }

    /// The variable in front of a call.
    fn name(&self, cursor: &mut Cursor<'_>) -> Parsed<Option<String>> {
        let mut ahead = Cursor::new(cursor.rest());
        let Ok(name) = ahead.identifier("") else {
            return Ok(None);
        };
        ahead.skip_blanks();
        if !ahead.eat("=") {
            return Ok(None);
        }
        if name == "NULL" {
            return Err("a variable, such as p1");
        }
        ahead.skip_blanks();
        *cursor = ahead;
        Ok(Some(name.to_owned()))
    }

    /// A call, and how it is to be written.
    fn called(&mut self, cursor: &mut Cursor<'_>) -> Parsed<(Call, String)> {
        const EXPECTED: &str =
            "a call of os_malloc, os_calloc, os_realloc or os_free, or `(foreign brk +SIZE)`";
        let own = |called: String, call| Ok((call, called));
        let mut ahead = Cursor::new(cursor.rest());
        if ahead.eat("(foreign brk +") {
            *cursor = Cursor::new(ahead.rest());
            let (bytes, spelled) = self.size(&mut ahead)?;
            if bytes == 0 {
                return Err("a distance of at least 1");
            }
            *cursor = Cursor::new(ahead.rest());
            closed(cursor)?;
            return own(
                format!("(foreign brk +{spelled})"),
                Call::MoveBreak { bytes },
            );
        }
        let function = ahead.identifier(EXPECTED)?;
        if !["os_malloc", "os_calloc", "os_realloc", "os_free"].contains(&function) {
            return Err(EXPECTED);
        }
        *cursor = ahead;
        cursor.skip_blanks();
        cursor.expect("(", "`(`")?;
        cursor.skip_blanks();
        let (call, arguments) = match function {
            "os_malloc" => {
                let (size, spelled) = self.size(cursor)?;
                (Call::Malloc { size }, spelled)
            }
            "os_calloc" => {
                let (count, first) = self.size(cursor)?;
                comma(cursor)?;
                let (size, second) = self.size(cursor)?;
                (Call::Calloc { count, size }, format!("{first}, {second}"))
            }
            "os_realloc" => {
                let pointer = self.pointer(cursor)?;
                comma(cursor)?;
                let (size, spelled) = self.size(cursor)?;
                let first = write::variable(pointer);
                if size == 0 {
                    self.free(pointer);
                }
                (
                    Call::Realloc { pointer, size },
                    format!("{first}, {spelled}"),
                )
            }
            _ => {
                let at = cursor.rest();
                let pointer = self.pointer(cursor)?;
                if !self.free(pointer) {
                    *cursor = Cursor::new(at);
                    return Err("a block that was not freed before");
                }
                (Call::Free { pointer }, write::variable(pointer))
            }
        };
        closed(cursor)?;
        own(format!("{function}({arguments})"), call)
    }

    /// Notes that a block is freed; whether it was not before.
    fn free(&mut self, pointer: Pointer) -> bool {
        let Pointer::Of(number) = pointer else {
            return true;
        };
        let again = self.freed.contains(&number);
        self.freed.push(number);
        !again
    }

    fn size(&self, cursor: &mut Cursor<'_>) -> Parsed<(u64, String)> {
        cursor.skip_blanks();
        let before = cursor.rest();
        let size = size::size(cursor, self.profile)?;
        let spelled = &before[..before.len() - cursor.rest().len()];
        Ok((size, spelled.trim_end().to_owned()))
    }

    fn pointer(&self, cursor: &mut Cursor<'_>) -> Parsed<Pointer> {
        const EXPECTED: &str = "`NULL`, or a pointer that an earlier call returned";
        cursor.skip_blanks();
        let mut ahead = Cursor::new(cursor.rest());
        let pointer = match ahead.identifier(EXPECTED)? {
            "NULL" => Pointer::Null,
            name => Pointer::Of(*self.names.get(name).ok_or(EXPECTED)?),
        };
        *cursor = ahead;
        Ok(pointer)
    }
}

/// Words with commas or blanks between them, to the end of the line.
fn words(
    cursor: &mut Cursor<'_>,
    mut word: impl FnMut(&mut Cursor<'_>) -> Parsed<()>,
) -> Parsed<()> {
    loop {
        word(cursor)?;
        cursor.skip_blanks();
        cursor.eat(",");
        cursor.skip_blanks();
        if cursor.rest().is_empty() {
            return Ok(());
        }
    }
}

fn comma(cursor: &mut Cursor<'_>) -> Parsed<()> {
    cursor.skip_blanks();
    cursor.expect(",", "`,`")
}

fn closed(cursor: &mut Cursor<'_>) -> Parsed<()> {
    cursor.skip_blanks();
    cursor.expect(")", "`)`")
}

/// Whether a line says what a call did.
fn is_outcome(line: &str, content: &str, in_heap: bool) -> bool {
    let known = ["brk ", "mmap ", "munmap ", "heap"];
    let continued = in_heap && content.starts_with(|c: char| c.is_ascii_digit() || c == '?');
    line.starts_with(INDENT) && (continued || known.iter().any(|word| content.starts_with(word)))
}

/// Whether a line is `key: value`.
fn is_head(content: &str) -> bool {
    let key = content.split(':').next().unwrap_or_default();
    key.len() < content.len() && key.chars().all(|c| c.is_ascii_alphabetic())
}
