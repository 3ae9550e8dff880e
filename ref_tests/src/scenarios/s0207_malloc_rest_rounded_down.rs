//! 1024 - 985 = 39 bytes look like a header and 7 bytes of payload. But 985 is rounded up to 992,
//! and 32 bytes are too few for a block.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "the rest is counted after rounding the request up",
    &[A18, C6],
    run,
)
.needs(&["0201"]);

fn run(script: &mut Script<'_>) {
    let hole = script.malloc(1024);
    script.malloc(64); // keeps the hole from the free end of the heap
    script.free(hole);
    let smallest = script.profile().smallest_chunk();
    script.malloc(1024 - smallest + 1); // 1024u 64u ...
}
