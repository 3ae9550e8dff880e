//! The heap may be used first through `os_calloc`: it is preallocated then, once.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "os_calloc as the first call preallocates the heap",
    &[A4, C1, C6],
    run,
);

fn run(script: &mut Script<'_>) {
    // 400 bytes, split off the preallocated block.
    let table = script.calloc(10, 40);
    // No second preallocation for the calls that follow.
    let plain = script.malloc(100);
    let byte = script.calloc(1, 1);
    script.free(table);
    script.free(plain);
    script.free(byte);
}
