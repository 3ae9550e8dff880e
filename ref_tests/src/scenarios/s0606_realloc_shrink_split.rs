//! A tail of a header and one aligned unit is the smallest that is split off.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "os_realloc to a smaller size splits off a tail that can be a block",
    &[A11, A12, C6],
    run,
)
.needs(&["0604"]);

fn run(script: &mut Script<'_>) {
    let smallest_chunk = script.profile().smallest_chunk();
    let block = script.malloc(1000);
    script.malloc(16);
    // The tail is a block of 8 bytes, and serves a request.
    let block = script.realloc(block, 1000 - smallest_chunk);
    let tail = script.malloc(8);
    // 500 is aligned to 504: the tail gets what is left.
    let block = script.realloc(block, 500);
    script.malloc(300);
    // Down to a single byte, that is to 8.
    let block = script.realloc(block, 1);
    script.free(tail);
    script.free(block);
}
