//! A freed block in front of the free end is coalesced with it, and the request is split off the
//! whole: 1024f 129984f becomes 2048u 128960f.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "a freed block is coalesced with the free end of the heap",
    &[A7, C2, C3, C6],
    run,
)
.needs(&["0201"]);

fn run(script: &mut Script<'_>) {
    let block = script.malloc(1024);
    script.free(block);
    script.malloc(2048); // H+0x20
}
