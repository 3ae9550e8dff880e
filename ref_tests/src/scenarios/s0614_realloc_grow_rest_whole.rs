//! A rest of a bare header stays with the grown block, which may use it later.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "os_realloc keeps a rest that is too small when it grows",
    &[A11, A15, C6],
    run,
)
.needs(&["0611"]);

fn run(script: &mut Script<'_>) {
    let header = script.profile().header;
    let block = script.malloc(104);
    let hole = script.malloc(200);
    let guard = script.malloc(16);
    script.free(hole);
    // 104 + 32 + 200 without the last 32.
    let block = script.realloc(block, 104 + 200);
    // Already there.
    let block = script.realloc(block, 104 + header + 200);
    script.free(guard);
    script.free(block);
}
