//! `os_free(NULL)` before there is a heap, with used blocks only, and with a free one.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "os_free(NULL) makes no system call and changes no block",
    &[A6, C1],
    run,
)
.needs(&["0103"]);

fn run(script: &mut Script<'_>) {
    script.free_null(); // does not preallocate
    let block = script.malloc(64);
    script.malloc(64);
    script.free_null(); // both stay in use
    script.free(block);
    script.free_null(); // 64f 64u stay as they are
}
