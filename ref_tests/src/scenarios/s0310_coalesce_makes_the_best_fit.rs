//! Coalescing comes before the choice, so that the coalesced block can be the best fit.
//!
//! 192f 192f 64u 448f 64u ...: the pair makes 416, a better fit for 384 than 448. The rest of 32
//! stays in the block: 416u 64u 448f 64u ...

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "a block that coalescing makes can be the best fit",
    &[C2, C3, C4],
    run,
)
.needs(&["0301"]);

fn run(script: &mut Script<'_>) {
    let [a, b, _, c, _] = [192, 192, 64, 448, 64].map(|size| script.malloc(size));
    for block in [a, b, c] {
        script.free(block);
    }
    script.malloc(384); // a's address
}
