//! The largest aligned size, 2^64-8: its total overflows to 24, which looks like a small block.
//!
//! An allocator that then grows the last block by the "missing" bytes moves the break down by
//! about the preallocation.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario =
    Scenario::new("a size whose total overflows is refused", &[E3, E4], run).robustness();

fn run(script: &mut Script<'_>) {
    script.malloc(64);
    let unit = script.profile().alignment;
    script.malloc(u64::MAX - (unit - 1));
    script.malloc(64); // directly after the first
}
