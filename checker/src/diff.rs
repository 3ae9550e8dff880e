//! Where two rendered transcripts differ, call by call, for people to read.
//!
//! Compares text line by line; of the format, it knows only where calls begin. It judges nothing: a
//! difference may be permitted. The output has no terminal control codes except the colours that
//! the caller asks for.

mod section;
#[cfg(test)]
mod tests;

use std::fmt;

use anstyle::{AnsiColor, Style};
use similar::{Algorithm, DiffOp, capture_diff_slices_by_key};

use crate::snapshot::words::printable;
use section::{Pair, Part, key, pairs};

/// How much of a difference is shown, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Calls shown before and after the first call that differs.
    pub context_calls: usize,
    pub color: bool,
    pub full: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            context_calls: 2,
            color: false,
            full: false,
        }
    }
}

/// How `observed` differs from `expected`, both as [`crate::snapshot::render`] writes them:
/// a headline with the first call that differs, then lines marked `-` (only expected) and `+`
/// (only observed). `None` when they do not differ. The number of blanks does not matter.
pub fn diff(expected: &str, observed: &str, options: &Options) -> Option<String> {
    let pairs = pairs(expected, observed);
    let first = pairs.iter().position(Pair::differs)?;
    let mut page = Page {
        text: String::new(),
        options,
        number_width: pairs.iter().map(Pair::number_width).max().unwrap_or(0),
    };
    page.push(Ink::Headline, "", &headline(&pairs[first]));
    page.push_pairs(&pairs, first);
    Some(page.text)
}

fn headline(pair: &Pair<'_>) -> String {
    let what = match pair.part {
        Part::Head => "the header".to_owned(),
        Part::Call => pair.title(),
        Part::End => "how the run ended".to_owned(),
    };
    let missing = match (&pair.expected, &pair.observed) {
        (_, None) => ", which was not made",
        (None, _) => ", which was not expected",
        _ => "",
    };
    format!("first difference in {what}{missing} (- expected, + observed)")
}

/// What a line says, and so how it looks.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ink {
    Headline,
    Alike,
    Expected,
    Observed,
    Omitted,
}

impl Ink {
    const fn mark(self) -> &'static str {
        match self {
            Self::Headline => "",
            Self::Alike | Self::Omitted => "  ",
            Self::Expected => "- ",
            Self::Observed => "+ ",
        }
    }

    const fn style(self) -> Style {
        match self {
            Self::Alike => Style::new(),
            Self::Headline => Style::new().bold(),
            Self::Expected => AnsiColor::Red.on_default(),
            Self::Observed => AnsiColor::Green.on_default(),
            Self::Omitted => Style::new().dimmed(),
        }
    }
}

/// The text so far.
struct Page<'o> {
    text: String,
    options: &'o Options,
    number_width: usize,
}

/// Of more lines of one kind in a call than this, only the first and the last are shown.
const LONG_RUN: usize = 12;
/// How many lines an end is.
const RUN_END: usize = 5;

impl Page<'_> {
    fn push(&mut self, ink: Ink, indent: &str, line: &str) {
        let line = format!("{}{indent}{}", ink.mark(), printable(line));
        let line = line.trim_end();
        match self.options.color {
            true => {
                let style = ink.style();
                self.text += &format!("{style}{line}{style:#}\n");
            }
            false => self.text += &format!("{line}\n"),
        }
    }

    fn push_pairs(&mut self, pairs: &[Pair<'_>], first: usize) {
        let mut omitted = Omitted::default();
        for (at, pair) in pairs.iter().enumerate() {
            if self.shows(pair, at, first) {
                self.push_omitted(omitted, at <= first);
                omitted = Omitted::default();
                self.push_pair(pair);
            } else {
                omitted.count(pair);
            }
        }
        self.push_omitted(omitted, false);
    }

    fn shows(&self, pair: &Pair<'_>, at: usize, first: usize) -> bool {
        match pair.part {
            _ if self.options.full => true,
            Part::Call => at.abs_diff(first) <= self.options.context_calls,
            Part::Head | Part::End => pair.differs(),
        }
    }

    fn push_omitted(&mut self, omitted: Omitted, before: bool) {
        if omitted.calls > 0 {
            let said = format!("… {} …", OmittedIn { omitted, before });
            self.push(Ink::Omitted, "", &said);
        }
    }

    fn push_pair(&mut self, pair: &Pair<'_>) {
        let expected = pair.expected.as_deref().unwrap_or_default();
        let observed = pair.observed.as_deref().unwrap_or_default();
        for run in changes(expected, observed).chunk_by(|one, next| one.0 == next.0) {
            self.push_run(run);
        }
    }

    fn push_run(&mut self, run: &[(Ink, &str)]) {
        if run.len() <= LONG_RUN || self.options.full {
            return self.push_lines(run);
        }
        let (begin, rest) = run.split_at(RUN_END);
        let (middle, end) = rest.split_at(rest.len() - RUN_END);
        self.push_lines(begin);
        let said = format!("… {} lines more …", middle.len());
        self.push(run[0].0, "        ", &said);
        self.push_lines(end);
    }

    fn push_lines(&mut self, lines: &[(Ink, &str)]) {
        for (ink, line) in lines {
            let line = section::renumbered(line, self.number_width);
            self.push(*ink, "", &line);
        }
    }
}

/// The lines of both sides in one order.
fn changes<'a>(expected: &[&'a str], observed: &[&'a str]) -> Vec<(Ink, &'a str)> {
    let mut lines = Vec::new();
    for operation in capture_diff_slices_by_key(Algorithm::Myers, expected, observed, |l| key(l)) {
        let old = expected[operation.old_range()].iter();
        let new = observed[operation.new_range()].iter();
        if let DiffOp::Equal { .. } = operation {
            lines.extend(old.map(|line| (Ink::Alike, *line)));
        } else {
            lines.extend(old.map(|line| (Ink::Expected, *line)));
            lines.extend(new.map(|line| (Ink::Observed, *line)));
        }
    }
    lines
}

/// Calls that are not shown.
#[derive(Clone, Copy, Default)]
struct Omitted {
    calls: usize,
    different: usize,
}

impl Omitted {
    fn count(&mut self, pair: &Pair<'_>) {
        if pair.part == Part::Call {
            self.calls += 1;
            self.different += usize::from(pair.differs());
        }
    }
}

/// [`Omitted`] in words.
struct OmittedIn {
    omitted: Omitted,
    before: bool,
}

impl fmt::Display for OmittedIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Omitted { calls, different } = self.omitted;
        let plural = if calls == 1 { "" } else { "s" };
        let place = if self.before { "before" } else { "more" };
        write!(f, "{calls} call{plural} {place}")?;
        match different {
            0 => write!(f, ", alike"),
            _ if different == calls => write!(f, ", different"),
            _ => write!(f, ", {different} of them different"),
        }
    }
}
