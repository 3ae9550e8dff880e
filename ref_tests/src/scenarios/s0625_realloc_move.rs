//! A block in use follows, then the rest of the preallocation: the block moves there.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "os_realloc moves a block that cannot grow in place",
    &[A7, A11, A16, C6],
    run,
)
.needs(&["0201"]);

fn run(script: &mut Script<'_>) {
    let block = script.malloc(1000);
    let guard = script.malloc(16);
    let block = script.realloc(block, 2000);
    // The old place is free.
    let reused = script.malloc(1000);
    script.free(block);
    script.free(guard);
    script.free(reused);
}
