//! What was split off by shrinking is taken back by growing, at the same address.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "os_realloc to a smaller and back to the larger size stays in place",
    &[A11, A12, A15],
    run,
)
.needs(&["0606", "0613"]);

fn run(script: &mut Script<'_>) {
    let block = script.malloc(1000);
    let guard = script.malloc(16);
    let block = script.realloc(block, 200);
    let block = script.realloc(block, 1000);
    // Two tails, then back over both of them.
    let block = script.realloc(block, 600);
    let block = script.realloc(block, 104);
    let block = script.realloc(block, 1000);
    // A little more than there ever was: it moves.
    let block = script.realloc(block, 1001);
    let block = script.realloc(block, 8);
    script.free(guard);
    script.free(block);
}
