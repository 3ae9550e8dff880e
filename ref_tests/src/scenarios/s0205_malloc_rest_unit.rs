//! A rest of 8 bytes has no room for a header: the block keeps its 1024 bytes.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario =
    Scenario::new("8 bytes too many are kept in the block", &[C6], run).needs(&["0201"]);

fn run(script: &mut Script<'_>) {
    let hole = script.malloc(1024);
    script.malloc(64); // keeps the hole from the free end of the heap
    script.free(hole);
    let unit = script.profile().alignment;
    script.malloc(1024 - unit); // 1024u 64u ...
}
