//! Reads snapshots from text.

use std::fmt;
use std::iter::Peekable;
use std::str::Lines;

use thiserror::Error;

use super::cursor::{Cursor, Parsed};
use super::grammar::{self, Arrow};
use super::words::{UNFINISHED, standing};
use super::{FORMAT, Snapshot, SnapshotStep};
use crate::types::{Block, Call, End, Layout, Outcome, Place, SystemCall};

/// Why text is not a snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ParseError {
    #[error("line {line}: expected {expected}, found {found}")]
    Unexpected {
        line: usize,
        /// The character on it, from 1.
        column: usize,
        expected: String,
        /// What is there, fit for a terminal.
        found: String,
    },
    /// A later version of this program wrote it.
    #[error("line 1: format {format} is newer than format {FORMAT}, which this version reads")]
    NewerFormat { format: u64 },
    #[error("line {line}: expected text in UTF-8, found other bytes")]
    NotText { line: usize },
}

impl ParseError {
    /// The line, from 1, that the error is about.
    pub const fn line(&self) -> usize {
        match self {
            Self::Unexpected { line, .. } | Self::NotText { line } => *line,
            Self::NewerFormat { .. } => 1,
        }
    }

    fn unexpected(
        (line, column): (usize, usize),
        expected: impl fmt::Display,
        found: Option<&str>,
    ) -> Self {
        Self::Unexpected {
            line,
            column,
            expected: expected.to_string(),
            found: standing(found),
        }
    }
}

/// The snapshot that `text` spells.
///
/// An error names the first line that is not as [`super::render`] writes it.
pub fn parse(text: &str) -> Result<Snapshot, ParseError> {
    let mut reader = Reader::new(text);
    let snapshot = reader.snapshot()?;
    check_spelling(text, &snapshot.render())?;
    Ok(snapshot)
}

/// The snapshot that the bytes of a file spell.
pub fn parse_bytes(bytes: &[u8]) -> Result<Snapshot, ParseError> {
    match std::str::from_utf8(bytes) {
        Ok(text) => parse(text),
        Err(error) => {
            let valid = &bytes[..error.valid_up_to()];
            let line = 1 + valid.iter().filter(|byte| **byte == b'\n').count();
            Err(ParseError::NotText { line })
        }
    }
}

/// Everything has one spelling: the one that rendering gives.
fn check_spelling(text: &str, spelled: &str) -> Result<(), ParseError> {
    let lines = text.split('\n').zip(spelled.split('\n'));
    for (number, (found, expected)) in (1..).zip(lines) {
        if found != expected {
            let same = found.chars().zip(expected.chars());
            let column = 1 + same.take_while(|(a, b)| a == b).count();
            let expected = format!("`{expected}`");
            let at = (number, column);
            return Err(ParseError::unexpected(at, expected, Some(found)));
        }
    }
    if text.len() != spelled.len() {
        let line = text.split('\n').count();
        let expected = "one line feed at the end of the text";
        return Err(ParseError::unexpected((line, 1), expected, None));
    }
    Ok(())
}

/// What the line of a call opens.
enum Opened {
    Returned(SnapshotStep),
    Unfinished(Vec<SystemCall>),
}

struct Reader<'a> {
    lines: Peekable<Lines<'a>>,
    /// The number of the line taken last.
    taken: usize,
    line: &'a str,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            lines: text.lines().peekable(),
            taken: 0,
            line: "",
        }
    }

    fn next(&mut self) -> Option<&'a str> {
        let line = self.lines.next()?;
        self.taken += 1;
        self.line = line;
        Some(line)
    }

    fn next_if(&mut self, wanted: impl Fn(&str) -> bool) -> Option<&'a str> {
        self.lines.peek().filter(|line| wanted(line))?;
        self.next()
    }

    /// Reads from the line taken last; an error names that line and where it went wrong.
    fn on_line<T>(
        &self,
        line: &mut Cursor<'a>,
        read: impl FnOnce(&mut Cursor<'a>) -> Parsed<T>,
    ) -> Result<T, ParseError> {
        read(line).map_err(|expected| self.wrong(expected, line.rest()))
    }

    fn wrong(&self, expected: &str, found: &str) -> ParseError {
        let read = self.line.strip_suffix(found).unwrap_or_default();
        let at = (self.taken, 1 + read.chars().count());
        ParseError::unexpected(at, expected, Some(found))
    }

    fn missing(&self, expected: &str) -> ParseError {
        ParseError::unexpected((self.taken + 1, 1), expected, None)
    }

    fn snapshot(&mut self) -> Result<Snapshot, ParseError> {
        let stem = self.header()?;
        let mut steps = Vec::new();
        let mut unfinished = Vec::new();
        while let Some(line) = self.next_if(is_call) {
            match self.call(line, &steps)? {
                Opened::Returned(step) => steps.push(step),
                Opened::Unfinished(calls) => {
                    unfinished = calls;
                    break;
                }
            }
        }
        if self.next_if(|line| line == UNFINISHED).is_some() {
            unfinished = self.system_calls()?;
        }
        let end = self.end()?;
        Ok(Snapshot {
            stem,
            steps,
            unfinished,
            end,
        })
    }

    fn header(&mut self) -> Result<String, ParseError> {
        const EXPECTED: &str = "`# STEM · format 1`";
        let line = self.next().ok_or_else(|| self.missing(EXPECTED))?;
        let parts = line
            .strip_prefix("# ")
            .and_then(|rest| rest.rsplit_once(" · format "))
            .and_then(|(stem, format)| Some((stem, format.parse::<u64>().ok()?)));
        match parts {
            Some((_, format)) if format > u64::from(FORMAT) => {
                Err(ParseError::NewerFormat { format })
            }
            Some((stem, 1..)) if !stem.is_empty() => Ok(stem.to_owned()),
            _ => Err(self.wrong(EXPECTED, line)),
        }
    }

    fn call(&mut self, line: &'a str, before: &[SnapshotStep]) -> Result<Opened, ParseError> {
        let mut cursor = Cursor::new(line);
        cursor.skip_blanks();
        let number = self.on_line(&mut cursor, Cursor::decimal::<u32>)?;
        if usize::try_from(number) != Ok(before.len() + 1) {
            let expected = format!("call {}", before.len() + 1);
            return Err(self.wrong(&expected, line));
        }
        cursor.skip_blanks();
        let (call, arrow) = self.on_line(&mut cursor, grammar::call_line)?;
        let result = match arrow {
            Arrow::NoReturn => return self.system_calls().map(Opened::Unfinished),
            Arrow::Returned(place) => Some(place),
            Arrow::None => None,
        };
        let before = before.last().map(|step| &step.outcome.layout);
        let step = self.returned(call, result, before)?;
        Ok(Opened::Returned(step))
    }

    fn returned(
        &mut self,
        call: Call,
        result: Option<Place>,
        before: Option<&Layout>,
    ) -> Result<SnapshotStep, ParseError> {
        let outcome = Outcome {
            result,
            system_calls: self.system_calls()?,
            layout: self.layout(before)?,
        };
        Ok(SnapshotStep { call, outcome })
    }

    /// The indented lines up to the heap.
    fn system_calls(&mut self) -> Result<Vec<SystemCall>, ParseError> {
        let mut calls = Vec::new();
        while let Some(line) = self.next_if(|line| is_detail(line) && !is_heap(line)) {
            let mut cursor = Cursor::new(line);
            cursor.skip_blanks();
            calls.push(self.on_line(&mut cursor, grammar::system_call)?);
        }
        Ok(calls)
    }

    fn layout(&mut self, before: Option<&Layout>) -> Result<Layout, ParseError> {
        const EXPECTED: &str = "a system call or the heap, indented by 8 blanks";
        let line = self.next().ok_or_else(|| self.missing(EXPECTED))?;
        let blocks = line.trim_start_matches(' ').strip_prefix("heap ");
        match (blocks, before) {
            (Some("="), Some(layout)) => Ok(layout.clone()),
            (Some("="), None) => Err(self.wrong("the blocks of the heap, or `-`", "=")),
            (Some("-"), _) => Ok(Layout::Blocks(Vec::new())),
            (Some(blocks), _) if is_detail(line) => self.blocks(blocks),
            _ => Err(self.wrong(EXPECTED, line)),
        }
    }

    /// The blocks, of which the first line holds `first`.
    fn blocks(&mut self, first: &'a str) -> Result<Layout, ParseError> {
        let mut blocks = Vec::new();
        let mut cursor = Cursor::new(first);
        loop {
            cursor.skip_blanks();
            if cursor.eat("?") {
                let (at, reason) = self.on_line(&mut cursor, grammar::trouble)?;
                return Ok(Layout::Undecodable { blocks, at, reason });
            }
            let block = self.on_line(&mut cursor, spaced_block)?;
            blocks.push(block);
            if cursor.rest().is_empty() {
                match self.next_if(is_continuation) {
                    Some(line) => cursor = Cursor::new(line),
                    None => return Ok(Layout::Blocks(blocks)),
                }
            }
        }
    }

    fn end(&mut self) -> Result<End, ParseError> {
        const EXPECTED: &str = "a numbered call, or how the run ended, such as `exit 0`";
        let line = self.next().ok_or_else(|| self.missing(EXPECTED))?;
        let end = self.on_line(&mut Cursor::new(line), grammar::end)?;
        match self.next() {
            Some(line) => Err(self.wrong("the end of the text", line)),
            None => Ok(end),
        }
    }
}

/// A block, with a blank or nothing after it.
fn spaced_block(line: &mut Cursor<'_>) -> Parsed<Block> {
    let block = grammar::block(line)?;
    if line.rest().is_empty() || line.rest().starts_with(' ') {
        Ok(block)
    } else {
        Err("a blank after the block")
    }
}

/// Whether the line opens a call: few blanks and a number.
fn is_call(line: &str) -> bool {
    !is_detail(line) && starts_with_digit(line)
}

/// Whether the line belongs to a call.
fn is_detail(line: &str) -> bool {
    line.starts_with("        ")
}

fn is_heap(line: &str) -> bool {
    line.trim_start_matches(' ').starts_with("heap")
}

/// Whether the line goes on with the blocks of the line before.
fn is_continuation(line: &str) -> bool {
    is_detail(line) && (starts_with_digit(line) || line.trim_start_matches(' ').starts_with('?'))
}

fn starts_with_digit(line: &str) -> bool {
    line.trim_start_matches(' ')
        .starts_with(|c: char| c.is_ascii_digit())
}
