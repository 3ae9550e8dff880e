//! What a row of a picture is made of: stretches of the heap, and how they look.

use std::collections::HashSet;

use super::Heap;
use crate::record::HeapBlock;
use crate::types::State;

/// What a stretch of the heap is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    Used,
    Free,
    /// A status that no block of the heap has.
    Strange,
    /// From the first header on that cannot be decoded.
    Unreadable,
    /// Several blocks, for which there is no room.
    LeftOut,
}

impl Look {
    /// What a bar is filled with.
    pub(super) const fn sign(self, ascii: bool) -> char {
        match (self, ascii) {
            (Self::Used, false) => '█',
            (Self::Used, true) => '#',
            (Self::Free, false) => '░',
            (Self::Free, true) => '.',
            (Self::Strange, false) => '▒',
            (Self::Strange, true) => '%',
            (Self::LeftOut, _) => '~',
            (Self::Unreadable, _) => '?',
        }
    }
}

impl From<State> for Look {
    fn from(state: State) -> Self {
        match state {
            State::Used => Self::Used,
            State::Free => Self::Free,
            State::Mapped | State::Unknown(_) => Self::Strange,
        }
    }
}

/// A block with its header, or what lies after the last readable one. In bytes from the heap
/// start.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) start: u64,
    pub(super) end: u64,
    pub(super) look: Look,
    /// Whether the row above has no such part.
    pub(super) changed: bool,
    block: Option<HeapBlock>,
}

impl Part {
    pub(super) const fn overlaps(&self, start: u64, end: u64) -> bool {
        self.start < end && start < self.end
    }

    /// The payload's size and the state, as in snapshots; `None` where there is no block.
    pub(super) fn size_label(&self) -> Option<String> {
        let HeapBlock { size, state, .. } = self.block?;
        Some(format!("{size}{}", state.letter()))
    }

    /// The end; `None` where it is only drawn somewhere.
    pub(super) const fn known_end(&self) -> Option<u64> {
        match self.block {
            Some(_) => Some(self.end),
            None => None,
        }
    }

    const fn identity(&self) -> (u64, Option<HeapBlock>) {
        (self.start, self.block)
    }
}

/// The parts of each heap, marked where they differ from the heap before.
pub(super) fn parts<'a>(
    heaps: impl Iterator<Item = &'a Heap> + Clone,
    header: u64,
) -> Vec<Vec<Part>> {
    let mut rows: Vec<Vec<Part>> = heaps.clone().map(|heap| blocks(heap, header)).collect();
    let ends = rows.iter().flatten().map(|part| part.end);
    let tails = heaps.clone().filter_map(|heap| heap.undecodable_at);
    let nearest = tails.map(|at| at.saturating_add(header.max(1)));
    let end = ends.chain(nearest).max().unwrap_or(0);
    for (row, heap) in rows.iter_mut().zip(heaps) {
        row.extend(heap.undecodable_at.map(|at| tail(at, end)));
        row.retain(|part| part.start < part.end);
    }
    mark_changes(&mut rows);
    rows
}

fn blocks(heap: &Heap, header: u64) -> Vec<Part> {
    let part = |block: &HeapBlock| Part {
        start: block.start,
        end: { block.start }
            .saturating_add(header)
            .saturating_add(block.size),
        look: block.state.into(),
        changed: false,
        block: Some(*block),
    };
    heap.blocks.iter().map(part).collect()
}

const fn tail(start: u64, end: u64) -> Part {
    Part {
        start,
        end,
        look: Look::Unreadable,
        changed: false,
        block: None,
    }
}

fn mark_changes(rows: &mut [Vec<Part>]) {
    for at in 1..rows.len() {
        let (above, below) = rows.split_at_mut(at);
        let known: HashSet<_> = above[at - 1].iter().map(Part::identity).collect();
        for part in &mut below[0] {
            part.changed = !known.contains(&part.identity());
        }
    }
}
