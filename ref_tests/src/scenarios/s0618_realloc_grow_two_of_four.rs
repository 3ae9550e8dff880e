//! Two of the four next free blocks are needed. Shrinking step by step leaves tails that no search
//! has merged: 1000 -> 800 -> 600 -> 400 gives 400u 168f 168f 168f, and a hole of 200 after them.
//!
//! Two tails make 400 + 2 * (32 + 168) = 800 bytes. For 792 of them the rest of 8 stays with the
//! block, where merging further would leave a rest that can be split off.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "os_realloc merges the next two of four free blocks and keeps the unused bytes",
    &[A12, A15, C3, C6],
    run,
)
.needs(&["0617"]);

fn run(script: &mut Script<'_>) {
    let header = script.profile().header;
    let block = script.malloc(1000);
    let hole = script.malloc(200);
    let guard = script.malloc(16);
    script.free(hole);
    let block = script.realloc(block, 800);
    let block = script.realloc(block, 600);
    let block = script.realloc(block, 400);
    let block = script.realloc(block, 792);
    // The third tail and the hole, exactly: 200 - 32 + 32 + 200.
    let rest = script.malloc(200 - header + header + 200);
    script.free(block);
    script.free(rest);
    script.free(guard);
}
