//! A rest of META bytes holds a header, but not one byte of payload: no block of size 0 is made;
//! the block keeps its 1024 bytes.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario =
    Scenario::new("a rest of a bare header is not split off", &[B1, C6], run).needs(&["0201"]);

fn run(script: &mut Script<'_>) {
    let hole = script.malloc(1024);
    script.malloc(64); // keeps the hole from the free end of the heap
    script.free(hole);
    let header = script.profile().header;
    script.malloc(1024 - header); // 1024u 64u ...
}
