//! Coalescing comes before the choice, even when that loses an exact fit.
//!
//! 128f 128f 64u 192f 64u ...: the pair makes 288, so that 192 is the best fit for 128:
//! 288f 64u 128u 32f 64u ...

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "an exact fit beside a free block is coalesced before it can be chosen",
    &[C2, C3, C4],
    run,
)
.needs(&["0301"]);

fn run(script: &mut Script<'_>) {
    let [a, b, _, c, _] = [128, 128, 64, 192, 64].map(|size| script.malloc(size));
    for block in [a, b, c] {
        script.free(block);
    }
    script.malloc(128); // c's address
}
