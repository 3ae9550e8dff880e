//! A block does not remember which function it came from: one of `os_calloc` grows in place and
//! moves like any other.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "a heap block of os_calloc is resized like one of os_malloc",
    &[A4, A11, A12, A15, A16],
    run,
)
.needs(&["0501"]);

fn run(script: &mut Script<'_>) {
    let table = script.calloc(10, 10);
    // Only free memory follows the block: it grows in place.
    let table = script.realloc(table, 300);
    let guard = script.calloc(4, 8);
    // A block in use follows: it moves.
    let table = script.realloc(table, 600);
    // The old place, dirty: 300 were asked for, 304 are there.
    let reused = script.calloc(3, 100);
    let table = script.realloc(table, 100);
    script.free(reused);
    script.free(guard);
    script.free(table);
}
