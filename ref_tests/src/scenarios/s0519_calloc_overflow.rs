//! Products that do not fit in `size_t`. What is left of them after wrapping around is small, so a
//! careless product gets a block that is far too small.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "os_calloc whose product overflows returns NULL",
    &[A5],
    run,
)
.robustness();

fn run(script: &mut Script<'_>) {
    // 2^64 wraps to 0.
    script.calloc(1 << 63, 2);
    script.calloc(1 << 32, 1 << 32);
    // 2^64 + 8 wraps to 8.
    script.calloc((1 << 61) + 1, 8);
    script.calloc(8, (1 << 61) + 1);
    // 2^65 - 2 wraps to 2^64 - 2.
    script.calloc(u64::MAX, 2);
    // (2^64 - 1)^2 wraps to 1.
    script.calloc(u64::MAX, u64::MAX);
}
