//! A hole of 1024 bytes is a better fit for 128 than the free end, which is much larger.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "a hole is taken before the larger free end of the heap",
    &[C4, C5, C6],
    run,
)
.needs(&["0203"]);

fn run(script: &mut Script<'_>) {
    let hole = script.malloc(1024);
    script.malloc(64);
    script.free(hole);
    script.malloc(128); // the hole's address: 128u 864f 64u ...
    script.malloc(900); // no longer fits there: off the free end
}
