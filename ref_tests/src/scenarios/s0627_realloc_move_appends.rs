//! The heap is full, and the block is not the last one. It moves to a new block: the break moves
//! by all of it, header included, because the old block is free only after the copy.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "os_realloc moves a block of a full heap to a new last block",
    &[A11, A16, C5, C7],
    run,
)
.needs(&["0625"]);

fn run(script: &mut Script<'_>) {
    let profile = *script.profile();
    let block = script.malloc(1000);
    let filler = script.malloc(profile.preallocation - 2 * profile.header - 1000);
    let block = script.realloc(block, 2000);
    let reused = script.malloc(1000);
    // Last now: it grows in place from here on.
    let block = script.realloc(block, 2008);
    script.free(block);
    script.free(filler);
    script.free(reused);
}
