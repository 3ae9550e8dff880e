//! Of three holes that are all large enough the smallest is taken, though it is neither the first
//! nor the last: 320f 64u 128f 64u 192f 64u ... gives 320f 64u 64u 32f 64u 192f 64u ...

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "the smallest sufficient free block is taken, not the first or the last",
    &[C4, C6],
    run,
)
.needs(&["0203"]);

fn run(script: &mut Script<'_>) {
    let [a, _, b, _, c, _] = [320, 64, 128, 64, 192, 64].map(|size| script.malloc(size));
    for block in [a, b, c] {
        script.free(block);
    }
    script.malloc(64); // b's address
}
