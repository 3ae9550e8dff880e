//! Sizes around multiples of the alignment: each payload is rounded up, so that the next header and
//! the next payload are aligned again.
//!
//! Payloads kept: 8 8 8 16 16 16 24.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "payloads and headers stay aligned after odd sizes",
    &[A2, A18, B1, B2],
    run,
)
.needs(&["0103"]);

fn run(script: &mut Script<'_>) {
    for size in [1, 7, 8, 9, 15, 16, 17] {
        script.malloc(size);
    }
}
