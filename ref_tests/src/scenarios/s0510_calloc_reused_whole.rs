//! The reused block is larger than asked for by a bare header, which is not enough to split: it
//! keeps its size.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "os_calloc takes a block whole that is too small to split",
    &[A4, C6],
    run,
)
.needs(&["0501"]);

fn run(script: &mut Script<'_>) {
    let size = 200 + script.profile().header;
    let dirty = script.malloc(size);
    let guard = script.malloc(16);
    script.free(dirty);
    // The rest is a header and no byte.
    let clean = script.calloc(1, 200);
    script.free(clean);
    // The block still has its full size.
    let full = script.calloc(1, size);
    script.free(full);
    // 193 bytes are aligned to 200: the same rest.
    let odd = script.calloc(193, 1);
    script.free(odd);
    script.free(guard);
}
