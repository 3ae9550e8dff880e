//! A reused block that could not be split is larger than what was asked for: its size, not the
//! former request, says what fits.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "os_realloc grows into the unused bytes of an unsplit block",
    &[A11, A12, C6],
    run,
)
.needs(&["0604"]);

fn run(script: &mut Script<'_>) {
    let header = script.profile().header;
    let hole = script.malloc(200 + header);
    let guard = script.malloc(16);
    script.free(hole);
    // Taken whole.
    let block = script.malloc(200);
    let block = script.realloc(block, 201);
    let block = script.realloc(block, 216);
    // The very last byte of it.
    let block = script.realloc(block, 200 + header);
    script.free(block);
    script.free(guard);
}
