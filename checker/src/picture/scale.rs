//! Which column an offset is drawn in.

use std::collections::BTreeSet;

use super::row::Part;

/// Cells of the narrowest piece: an edge and one column of content.
const NARROWEST: usize = 2;
/// A piece this many times as long as all others together is shortened …
const TOO_LONG: u128 = 8;
/// … to this many times.
const SHORTENED: u128 = 2;

/// How a piece is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PieceKind {
    /// In proportion to its length, but for very short ones.
    Scaled,
    /// Shorter than in proportion.
    Shortened,
    /// It has edges within that are not drawn.
    LeftOut,
}

/// A stretch of the heap from one edge that is drawn to the next, in bytes from the heap start.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    pub(super) start: u64,
    pub(super) end: u64,
    pub(super) kind: PieceKind,
    /// The first of its columns.
    pub(super) column: usize,
    /// How many columns it takes.
    pub(super) cells: usize,
}

/// The one scale of all rows. The last column is for the last edge.
#[derive(Debug)]
pub(super) struct Scale {
    pieces: Vec<Piece>,
    width: usize,
}

impl Scale {
    /// A scale that shows the edges of all rows in `width` columns, or those around the first
    /// change when that are too many.
    pub(super) fn new(rows: &[Vec<Part>], width: usize) -> Self {
        let parts = || rows.iter().flatten();
        let edges: BTreeSet<u64> = parts().flat_map(|part| [part.start, part.end]).collect();
        let edges: Vec<u64> = edges.into_iter().collect();
        let changes = parts().filter(|part| part.changed);
        let focus = changes.map(|part| part.start).min().unwrap_or(0);
        let focus = edges.partition_point(|edge| *edge < focus);
        let mut pieces = pieces(&edges, focus, (width - 1) / NARROWEST);
        shorten_and_size(&mut pieces, width - 1);
        Self { pieces, width }
    }

    pub(super) const fn width(&self) -> usize {
        self.width
    }

    pub(super) fn pieces(&self) -> impl Iterator<Item = &Piece> {
        self.pieces.iter()
    }

    /// The column of an edge; `None` for one that is left out.
    pub(super) fn column(&self, edge: u64) -> Option<usize> {
        let at = self.pieces.partition_point(|piece| piece.end < edge);
        let piece = self.pieces.get(at)?;
        if edge == piece.end {
            Some(piece.column + piece.cells)
        } else {
            (edge == piece.start).then_some(piece.column)
        }
    }
}

/// At most `room` pieces: one between any two edges where they fit, else those around the edge of
/// index `focus`, and what is left out on both sides.
fn pieces(edges: &[u64], focus: usize, room: usize) -> Vec<Piece> {
    let count = edges.len().saturating_sub(1);
    let (mut first, mut last) = (0, count);
    if count > room {
        let shown = room - 2;
        first = focus.saturating_sub(shown / 2).min(count - shown);
        last = first + shown;
    }
    let mut pieces = Vec::new();
    if first > 0 {
        pieces.push(piece(edges[0], edges[first], PieceKind::LeftOut));
    }
    let shown = edges.get(first..=last).unwrap_or_default();
    pieces.extend(
        shown
            .windows(2)
            .map(|ends| piece(ends[0], ends[1], PieceKind::Scaled)),
    );
    if last < count {
        pieces.push(piece(edges[last], edges[count], PieceKind::LeftOut));
    }
    pieces
}

const fn piece(start: u64, end: u64, kind: PieceKind) -> Piece {
    Piece {
        start,
        end,
        kind,
        column: 0,
        cells: 0,
    }
}

fn shorten_and_size(pieces: &mut [Piece], cells: usize) {
    let mut weights: Vec<u128> = pieces.iter().map(weight).collect();
    let total: u128 = weights.iter().sum();
    for (piece, weight) in pieces.iter_mut().zip(&mut weights) {
        let others = total - *weight;
        if others > 0 && *weight > TOO_LONG * others {
            *weight = SHORTENED * others;
            piece.kind = PieceKind::Shortened;
        }
    }
    let mut column = 0;
    for (piece, cells) in pieces.iter_mut().zip(shares(&weights, cells)) {
        piece.column = column;
        piece.cells = cells;
        column += cells;
    }
}

const fn weight(piece: &Piece) -> u128 {
    match piece.kind {
        PieceKind::LeftOut => 0,
        _ => (piece.end - piece.start) as u128,
    }
}

/// `cells` shared out in proportion to `weights`, each at least [`NARROWEST`]. There must be that
/// many for each.
fn shares(weights: &[u128], cells: usize) -> Vec<usize> {
    let mut narrow = vec![false; weights.len()];
    loop {
        let left = cells - NARROWEST * narrow.iter().filter(|narrow| **narrow).count();
        let wide = weights.iter().zip(&narrow).filter(|(_, narrow)| !**narrow);
        let total: u128 = wide.map(|(weight, _)| *weight).sum();
        let too_small = |weight: u128| weight * (left as u128) < total * NARROWEST as u128;
        let before = narrow.clone();
        for (narrow, weight) in narrow.iter_mut().zip(weights) {
            *narrow |= *weight == 0 || too_small(*weight);
        }
        if narrow == before {
            return rounded(weights, &narrow, left as u128, total);
        }
    }
}

/// Rounds the ends, not the shares, so that they add up.
fn rounded(weights: &[u128], narrow: &[bool], left: u128, total: u128) -> Vec<usize> {
    let (mut sum, mut given) = (0, 0);
    let share = |(weight, narrow): (&u128, &bool)| {
        if *narrow {
            return NARROWEST;
        }
        sum += weight;
        let end = usize::try_from(sum * left / total).unwrap_or(usize::MAX);
        let share = end - given;
        given = end;
        share
    };
    weights.iter().zip(narrow).map(share).collect()
}
