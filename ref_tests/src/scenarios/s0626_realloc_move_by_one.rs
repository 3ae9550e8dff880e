//! The aligned size is what counts: from 97 bytes the block stays up to 104, and moves at 105.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "os_realloc by one byte beyond the rounded size moves the block",
    &[A11, A12, A16],
    run,
)
.needs(&["0605", "0625"]);

fn run(script: &mut Script<'_>) {
    let block = script.malloc(97);
    let guard = script.malloc(16);
    let block = script.realloc(block, 104);
    let block = script.realloc(block, 105);
    script.free(guard);
    script.free(block);
}
