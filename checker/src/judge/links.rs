//! Links between blocks (B3): wrong links are reported once, as a remark, and never cost points.

use super::call::Sight;
use super::reading::Reading;
use super::words::call_text;
use super::{Run, Seen};
use crate::types::{LINK, Memory};

/// A remark for the first wrong link in each direction.
pub(super) fn remarks(reading: &Reading, runs: &[Run<'_>], seen: &[Seen<'_>]) -> Vec<String> {
    let profile = &reading.profile;
    // A header without a link back has none to look at.
    let back = profile.prev_offset != profile.next_offset;
    let forward = first_wrong(runs, seen, "next", |sight, memory| {
        neighbours(sight)
            .find(|&(one, other)| leads_elsewhere(memory, one, profile.next_offset, other))
            .map(|(one, _)| one)
    });
    let backward = first_wrong(runs, seen, "prev", |sight, memory| {
        neighbours(sight)
            .find(|&(one, other)| leads_elsewhere(memory, other, profile.prev_offset, one))
            .map(|(_, other)| other)
    });
    forward
        .into_iter()
        .chain(backward.filter(|_| back))
        .collect()
}

/// The headers of each block and the next.
fn neighbours<'s>(sight: &'s Sight<'_>) -> impl Iterator<Item = (u64, u64)> + 's {
    let blocks = sight
        .after
        .iter()
        .flat_map(|after| after.heap.blocks.windows(2));
    blocks.map(|pair| (pair[0].start, pair[1].start))
}

/// Whether a link leads to a wrong place of the heap, or is NULL. Where it leads out of the heap,
/// it may lead to a mapped block on the list (D3).
fn leads_elsewhere(memory: &Memory, from: u64, field: u64, to: u64) -> bool {
    let words = memory.words(from);
    let link = words.map(|words| words[(field / 8) as usize % words.len()]);
    link.is_some_and(|link| link != to | LINK && (link == 0 || link & LINK != 0))
}

fn first_wrong(
    runs: &[Run<'_>],
    seen: &[Seen<'_>],
    field: &str,
    wrong: impl Fn(&Sight<'_>, &Memory) -> Option<u64>,
) -> Option<String> {
    seen.iter().find_map(|call| {
        let run = &runs[call.run];
        let index = (call.number.0 as usize).checked_sub(1)?;
        let step = run.transcript.steps.get(index)?;
        let at = wrong(&call.sight, &step.memory)?;
        let made = call_text(run.calls.get(index)?);
        Some(format!(
            "after {made} in call {} of {}, {field} of the block at H+{at:#x} does not point to the neighbour block; links never cost points (B3)",
            call.number.0, run.stem
        ))
    })
}
