//! The heap as a drawing: before a call, as expected after it, as observed after it.
//!
//! All rows share one scale, so that the same column means the same offset. Every block gets its
//! own cells as far as there is room; a very long block is shortened, and blocks far from any
//! change are left out, both with a mark.

mod row;
mod scale;
#[cfg(test)]
mod tests;

use std::ops::Range;

use anstyle::{AnsiColor, Style};

use crate::record::{HeapBlock, Heaps};
use crate::types::{Block, Layout};
use row::{Part, parts};
use scale::{PieceKind, Scale};

pub use row::Look;

/// What changed.
const CHANGED: Style = AnsiColor::Yellow.on_default();

/// How a picture is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Columns to stay within; at least 20 are used.
    pub width: usize,
    /// Whether to keep to ASCII.
    pub ascii: bool,
    /// Whether to use ANSI colours for what changed, which is marked with `^` in any case.
    pub color: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            width: 80,
            ascii: false,
            color: false,
        }
    }
}

/// A heap to draw.
#[derive(Clone, Debug)]
pub struct Heap {
    /// Its blocks in address order.
    blocks: Vec<HeapBlock>,
    /// Bytes from the heap start to the first header that cannot be decoded.
    undecodable_at: Option<u64>,
}

impl Heap {
    /// A heap whose blocks lie one after another from its start on.
    pub fn of(layout: &Layout, header: u64) -> Self {
        let (blocks, undecodable_at) = match layout {
            Layout::Blocks(blocks) => (blocks, None),
            Layout::Undecodable { blocks, at, .. } => (blocks, Some(*at)),
        };
        let mut next: u64 = 0;
        let placed = |&Block { size, state }: &Block| {
            let start = next;
            next = start.saturating_add(header).saturating_add(size);
            HeapBlock { start, size, state }
        };
        Self {
            blocks: blocks.iter().map(placed).collect(),
            undecodable_at,
        }
    }
}

impl From<&[HeapBlock]> for Heap {
    fn from(blocks: &[HeapBlock]) -> Self {
        Self {
            blocks: blocks.to_vec(),
            undecodable_at: None,
        }
    }
}

/// A heap and what to call it.
#[derive(Clone, Debug)]
pub struct Row<'a> {
    /// What stands in front, such as `before`; longer than 8 characters it is cut.
    pub label: &'a str,
    pub heap: Heap,
}

/// Columns that labels take, where they stand in front of the bars.
const LABEL: usize = 10;
/// Narrower pictures have the labels on lines of their own.
const NARROW: usize = 40;
/// The narrowest picture.
const NARROWEST: usize = 20;

/// The rows one below another, each as a bar with the changes from the row above and the sizes
/// of blocks beneath; then the offsets from the heap start, and what the signs mean. `header` is
/// the size of a block's header in bytes.
pub fn picture(rows: &[Row<'_>], header: u64, options: &Options) -> Vec<String> {
    let width = options.width.max(NARROWEST);
    let margin = if width < NARROW { 0 } else { LABEL };
    let drawn = parts(rows.iter().map(|row| &row.heap), header);
    let mut sheet = Sheet {
        scale: Scale::new(&drawn, width - margin),
        options,
        margin,
        lines: Vec::new(),
    };
    for (row, parts) in rows.iter().zip(&drawn) {
        sheet.push_row(row.label, parts);
    }
    sheet.push_offsets(&drawn);
    sheet.push_legend(&drawn);
    sheet.lines
}

/// A stretch of a bar, for callers that draw themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// Its first column, and the column after its last.
    pub columns: Range<usize>,
    pub look: Look,
    /// The size of its block, as in snapshots; empty where there is no block.
    pub label: String,
    /// Whether the row above has no such block.
    pub changed: bool,
    /// Whether some of it is drawn shorter than in proportion.
    pub shortened: bool,
}

/// The rows as stretches of `columns` columns, on one scale.
pub fn bars(rows: &[&[HeapBlock]], header: u64, columns: usize) -> Vec<Vec<Stretch>> {
    let heaps: Vec<Heap> = rows.iter().map(|&blocks| blocks.into()).collect();
    let drawn = parts(heaps.iter(), header);
    let scale = Scale::new(&drawn, columns.max(NARROWEST) + 1);
    drawn.iter().map(|parts| stretches(&scale, parts)).collect()
}

fn stretches(scale: &Scale, parts: &[Part]) -> Vec<Stretch> {
    let mut stretches: Vec<(usize, Stretch)> = Vec::new();
    for piece in scale.pieces() {
        let overlaps = |part: &Part| part.overlaps(piece.start, piece.end);
        let Some(index) = parts.iter().position(overlaps) else {
            continue;
        };
        let part = &parts[index];
        let left_out = piece.kind == PieceKind::LeftOut;
        let end = piece.column + piece.cells;
        let shortened = piece.kind == PieceKind::Shortened;
        match stretches.last_mut() {
            Some((last, stretch)) if *last == index && !left_out => {
                stretch.columns.end = end;
                stretch.shortened |= shortened;
            }
            _ => stretches.push((
                index,
                Stretch {
                    columns: piece.column..end,
                    look: match left_out {
                        true => Look::LeftOut,
                        false => part.look,
                    },
                    label: match left_out {
                        true => String::new(),
                        false => part.size_label().unwrap_or_default(),
                    },
                    changed: part.changed,
                    shortened,
                },
            )),
        }
    }
    stretches.into_iter().map(|(_, stretch)| stretch).collect()
}

/// The heap before a call, as it should be after it, and as it is.
pub fn of(heaps: &Heaps, options: &Options) -> Vec<String> {
    let shown = [("before", &heaps.before), ("expected", &heaps.expected)];
    let observed = heaps.observed.iter().map(|row| ("observed", row));
    let row = |(label, blocks): (_, &Vec<HeapBlock>)| Row {
        label,
        heap: blocks.as_slice().into(),
    };
    let rows: Vec<Row<'_>> = shown.into_iter().chain(observed).map(row).collect();
    picture(&rows, heaps.header, options)
}

/// A character of a bar, and whether it belongs to a change.
type Cell = (char, bool);

/// The lines that are being drawn.
struct Sheet<'o> {
    scale: Scale,
    options: &'o Options,
    margin: usize,
    lines: Vec<String>,
}

impl Sheet<'_> {
    fn push_row(&mut self, label: &str, parts: &[Part]) {
        let bar = self.painted(&self.bar(parts));
        self.push(label, &bar);
        if parts.iter().any(|part| part.changed) {
            self.push("", &self.marks(parts));
        }
        let sizes = parts.iter().filter_map(|part| {
            let column = self.scale.column(part.start)?;
            let end = self.scale.column(part.end).unwrap_or(column);
            Some(Label::new(part.size_label()?, column, end, part.changed))
        });
        let sizes = arranged(sizes.collect(), self.scale.width());
        self.push("", &sizes);
    }

    /// Adds a line unless it is blank.
    fn push(&mut self, label: &str, line: &str) {
        let label: String = label.chars().take(LABEL - 2).collect();
        let line = line.trim_end();
        if self.margin == 0 {
            self.lines.extend(
                [label, line.to_owned()]
                    .into_iter()
                    .filter(|l| !l.is_empty()),
            );
        } else if !line.is_empty() || !label.is_empty() {
            self.lines.push(format!("{label:<LABEL$}{line}"));
        }
    }

    fn bar(&self, parts: &[Part]) -> Vec<Cell> {
        if parts.is_empty() {
            return "|(empty)".chars().map(|c| (c, false)).collect();
        }
        let mut cells = vec![(' ', false); self.scale.width()];
        for piece in self.scale.pieces() {
            let Some(part) = parts
                .iter()
                .find(|part| part.overlaps(piece.start, piece.end))
            else {
                continue;
            };
            let cells = &mut cells[piece.column..piece.column + piece.cells];
            cells.fill((part.look.sign(self.options.ascii), part.changed));
            match piece.kind {
                PieceKind::Scaled => {}
                PieceKind::Shortened => break_mark(cells),
                PieceKind::LeftOut => cells.fill(('~', false)),
            }
        }
        self.draw_edges(parts, &mut cells);
        cells
    }

    fn draw_edges(&self, parts: &[Part], cells: &mut [Cell]) {
        for part in parts {
            if let Some(column) = self.scale.column(part.start) {
                cells[column].0 = '|';
            }
        }
        let end = parts.last().and_then(|part| self.scale.column(part.end));
        if let Some(column) = end {
            cells[column] = ('|', false);
        }
    }

    fn marks(&self, parts: &[Part]) -> String {
        let mut marks = vec![' '; self.scale.width()];
        for piece in self.scale.pieces() {
            let overlaps = |part: &&Part| part.overlaps(piece.start, piece.end);
            if parts.iter().filter(overlaps).any(|part| part.changed) {
                marks[piece.column..piece.column + piece.cells].fill('^');
            }
        }
        marks.into_iter().collect()
    }

    fn painted(&self, cells: &[Cell]) -> String {
        let mut text = String::new();
        for run in cells.chunk_by(|one, next| one.1 == next.1) {
            let signs: String = run.iter().map(|cell| cell.0).collect();
            if run[0].1 && self.options.color {
                text += &format!("{CHANGED}{signs}{CHANGED:#}");
            } else {
                text.push_str(&signs);
            }
        }
        text
    }

    fn push_offsets(&mut self, rows: &[Vec<Part>]) {
        let mut labels = Vec::new();
        for part in rows.iter().flatten() {
            for offset in [Some(part.start), part.known_end()].into_iter().flatten() {
                let text = format!("{offset:#x}");
                let column = self.scale.column(offset);
                labels.extend(column.map(|at| Label::new(text, at, at, part.changed)));
            }
        }
        let offsets = arranged(labels, self.scale.width());
        if !offsets.trim().is_empty() {
            self.push("offset", &offsets);
        }
    }

    /// What the signs that occur mean.
    fn push_legend(&mut self, rows: &[Vec<Part>]) {
        let occurs = |look| rows.iter().flatten().any(|part| part.look == look);
        let cut = |kind| self.scale.pieces().any(|piece| piece.kind == kind);
        let changed = rows.iter().flatten().any(|part| part.changed);
        let sign = |look: Look| look.sign(self.options.ascii);
        let signs = [
            (sign(Look::Used), "used", occurs(Look::Used)),
            (sign(Look::Free), "free", occurs(Look::Free)),
            (sign(Look::Strange), "bad status", occurs(Look::Strange)),
            ('?', "unreadable", occurs(Look::Unreadable)),
            ('~', "shortened", cut(PieceKind::Shortened)),
            ('~', "left out", cut(PieceKind::LeftOut)),
            ('^', "differs from above", changed),
        ];
        let mut line = String::new();
        for (sign, meaning, _) in signs.into_iter().filter(|sign| sign.2) {
            let entry = format!("{sign} {meaning}  ");
            if (line.chars().count() + entry.trim_end().chars().count()) > self.scale.width() {
                self.push("", &line);
                line.clear();
            }
            line.push_str(&entry);
        }
        self.push("", &line);
    }
}

/// Shows that a block is longer than it looks.
fn break_mark(cells: &mut [Cell]) {
    let marks = if cells.len() < 8 { 1 } else { 2 };
    let first = cells.len().div_ceil(2) - marks / 2;
    for cell in cells.iter_mut().skip(first).take(marks) {
        cell.0 = '~';
    }
}

/// Text beneath a column.
struct Label {
    text: String,
    /// The first columns that it may begin in, the best one first.
    columns: Range<usize>,
    /// Whether it goes before others that would take its room.
    important: bool,
}

impl Label {
    /// Text that begins in `column`, or right of it as long as it ends before `end`.
    fn new(text: String, column: usize, end: usize, important: bool) -> Self {
        let last = end.saturating_sub(text.len()).max(column);
        Self {
            text,
            columns: column..last + 1,
            important,
        }
    }
}

/// One line with as many labels as fit without touching: important ones first, then from the
/// left. A label that would reach past the right end is moved to the left.
fn arranged(mut labels: Vec<Label>, width: usize) -> String {
    labels.sort_by_key(|label| (!label.important, label.columns.start));
    let mut line = vec![' '; width];
    for label in labels {
        let length = label.text.len();
        let Some(last) = width.checked_sub(length) else {
            continue;
        };
        let is_free = |column: &usize| {
            let around = column.saturating_sub(1)..(column + length + 1).min(width);
            line[around].iter().all(|c| *c == ' ')
        };
        let column = label.columns.map(|column| column.min(last)).find(is_free);
        if let Some(column) = column {
            line.splice(column..column + length, label.text.chars());
        }
    }
    line.into_iter().collect()
}
