//! The heap's last block is free and too small, 5000 for 8000 bytes: the move extends it by the
//! missing 3000.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "os_realloc moves a block to the extended last block",
    &[A11, A16, C7],
    run,
)
.needs(&["0625"]);

fn run(script: &mut Script<'_>) {
    let profile = *script.profile();
    let block = script.malloc(1000);
    // What is left is a free block of 5000.
    let filler = script.malloc(profile.preallocation - 3 * profile.header - 1000 - 5000);
    let block = script.realloc(block, 8000);
    script.free(filler);
    script.free(block);
}
