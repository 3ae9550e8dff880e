//! Merging reaches the end of the heap and the block is still too small, as in 0635, but there is a
//! hole of 50000 bytes for the 40000 asked for: the break does not move.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "os_realloc that merges up to the end of the heap and is still too small prefers a hole",
    &[A15, A16, C5],
    run,
)
.needs(&["0611", "0625"]);

fn run(script: &mut Script<'_>) {
    let hole = script.malloc(50_000);
    let guard = script.malloc(16);
    let filler = script.malloc(48_000);
    // 131072 - 5 * 32 - 50000 - 16 - 48000 - 30000 = 2896 are left after it.
    let block = script.malloc(30_000);
    script.free(hole);
    let block = script.realloc(block, 40_000);
    script.free(filler);
    script.free(block);
    script.free(guard);
}
