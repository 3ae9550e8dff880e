//! One byte takes a header and one aligned unit of payload.
//!
//! The break goes up by the whole preallocation; 8 of its 131040 payload bytes are kept, META go
//! to the next header: 8u 131000f.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "one byte comes from the preallocated heap, after a header",
    &[A2, A18, B1, C1],
    run,
);

fn run(script: &mut Script<'_>) {
    script.malloc(1); // H+0x20
}
