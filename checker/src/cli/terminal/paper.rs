//! The terminal that reports are written to: its columns and rows, with or without colours.

use std::io::{self, IsTerminal as _};

use anstyle::{AnsiColor, Style};
use terminal_size::{Height, Width, terminal_size_of};
use textwrap::WordSplitter;

use crate::picture;
use crate::record::Failure;

/// Columns where standard output is no terminal.
const USUAL_WIDTH: usize = 80;
/// Rows where it is none, and the least that are used.
const USUAL_HEIGHT: usize = 24;
/// No line is made longer than this: it would be hard to read.
const WIDEST: usize = 120;
const NARROWEST: usize = 40;
/// What pictures are moved in by.
const PICTURE_INDENT: usize = 2;

/// The room there is, and whether colours may be used.
#[derive(Clone, Copy, Debug)]
pub(in crate::cli) struct Paper {
    /// Columns of text.
    width: usize,
    /// Columns of a picture.
    canvas: usize,
    /// Rows of a screen; the last one is the prompt's.
    pub(super) height: usize,
    colored: bool,
}

#[derive(Clone, Copy, Debug)]
pub(in crate::cli) enum Ink {
    Good,
    Bad,
    Dim,
    Strong,
}

impl Paper {
    /// The terminal that standard output is, or 80 columns and 24 rows.
    pub(in crate::cli) fn of_stdout(colored: bool) -> Self {
        let stdout = io::stdout();
        let size = match stdout.is_terminal() {
            true => terminal_size_of(&stdout),
            false => None,
        };
        let (width, height) = size.map_or((USUAL_WIDTH, USUAL_HEIGHT), |size| {
            let (Width(width), Height(height)) = size;
            (usize::from(width), usize::from(height))
        });
        Self::new(width, height, colored)
    }

    pub(super) fn new(width: usize, height: usize, colored: bool) -> Self {
        Self {
            width: width.clamp(NARROWEST, WIDEST),
            canvas: width.max(NARROWEST),
            height: height.max(USUAL_HEIGHT),
            colored,
        }
    }

    pub(in crate::cli) fn ink(&self, ink: Ink, text: &str) -> String {
        let style = match ink {
            Ink::Good => AnsiColor::Green.on_default(),
            Ink::Bad => AnsiColor::Red.on_default(),
            Ink::Dim => Style::new().dimmed(),
            Ink::Strong => Style::new().bold(),
        };
        match self.colored {
            true => format!("{style}{text}{style:#}"),
            false => text.to_owned(),
        }
    }

    /// A text of one paragraph; `first` stands in front of its first line, as many blanks in front
    /// of the others.
    pub(in crate::cli) fn text(&self, first: &str, text: &str) -> Vec<String> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let indent = " ".repeat(first.chars().count());
        self.wrapped(first, &indent, &words.join(" "))
    }

    fn wrapped(&self, first: &str, others: &str, text: &str) -> Vec<String> {
        let options = textwrap::Options::new(self.width)
            .initial_indent(first)
            .subsequent_indent(others)
            .word_splitter(WordSplitter::NoHyphenation);
        let lines = textwrap::wrap(text, options);
        lines.into_iter().map(String::from).collect()
    }

    pub(in crate::cli) fn inked(&self, ink: Ink, first: &str, text: &str) -> Vec<String> {
        let lines = self.text(first, text).into_iter();
        lines.map(|line| self.ink(ink, &line)).collect()
    }

    /// A line whose blanks count; what is too long goes on below, further in.
    pub(in crate::cli) fn verbatim(&self, indent: &str, line: &str) -> Vec<String> {
        self.wrapped(indent, &format!("{indent}        "), line.trim_end())
    }

    /// How pictures are drawn that are moved in by two columns.
    pub(in crate::cli) fn drawing(&self) -> picture::Options {
        picture::Options {
            width: self.canvas - PICTURE_INDENT,
            ..picture::Options::default()
        }
    }

    /// The heap around a call, as wide as there is room.
    pub(super) fn picture(&self, failure: &Failure) -> Vec<String> {
        let lines = match &failure.heaps {
            Some(heaps) => picture::of(heaps, &self.drawing()),
            None => failure.picture.lines().map(str::to_owned).collect(),
        };
        let indent = " ".repeat(PICTURE_INDENT);
        lines.iter().map(|line| format!("{indent}{line}")).collect()
    }

    /// What is left of a screen below these lines and a blank one; never too little for a page.
    pub(in crate::cli) fn below(self, lines: &[String]) -> Self {
        let height = self.height.saturating_sub(self.rows(lines) + 1);
        Self {
            height: height.max(USUAL_HEIGHT),
            ..self
        }
    }

    /// Rows that lines take, those that are too long included.
    pub(super) fn rows(&self, lines: &[String]) -> usize {
        let rows = |line: &String| textwrap::core::display_width(line).div_ceil(self.canvas);
        lines.iter().map(|line| rows(line).max(1)).sum()
    }
}
