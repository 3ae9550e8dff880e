//! A freed block is reused for a smaller request, which takes the front of it.
//!
//! 1024 - 104 = 920 bytes are left, META of them for the header: 104u 888f 64u ...

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "a freed block is split for a smaller request",
    &[A7, C4, C6],
    run,
)
.needs(&["0201"]);

fn run(script: &mut Script<'_>) {
    let hole = script.malloc(1024);
    script.malloc(64); // keeps the hole from the free end of the heap
    script.free(hole);
    script.malloc(100); // align(100) = 104, at the hole's address
}
