//! Both of the next free blocks are needed, to the last byte.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "os_realloc merges the next two free blocks when one is too small",
    &[A11, A15],
    run,
)
.needs(&["0613"]);

fn run(script: &mut Script<'_>) {
    let header = script.profile().header;
    let block = script.malloc(104);
    let near = script.malloc(200);
    let far = script.malloc(304);
    let guard = script.malloc(16);
    script.free(near);
    script.free(far);
    let block = script.realloc(block, 104 + header + 200 + header + 304);
    script.free(block);
    script.free(guard);
}
