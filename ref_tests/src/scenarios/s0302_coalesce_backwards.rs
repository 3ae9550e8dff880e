//! The second of two neighbours is freed first, and the first one is the first block of the heap.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "free neighbours are coalesced whichever was freed first",
    &[C2, C3],
    run,
)
.needs(&["0201"]);

fn run(script: &mut Script<'_>) {
    let header = script.profile().header;
    let a = script.malloc(128);
    let b = script.malloc(192);
    script.malloc(64);
    script.free(b);
    script.free(a);
    script.malloc(128 + header + 192); // H+0x20, from 128f 192f 64u ...
}
