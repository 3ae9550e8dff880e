//! Two holes of the same size that are both larger than needed, after a still larger hole. The rest
//! of the first, 128 - 64 - META = 32 bytes, is then the best fit for 32.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "of equal blocks that must be split, the one at the lowest address is taken",
    &[C4, C6],
    run,
)
.needs(&["0401"]);

fn run(script: &mut Script<'_>) {
    let [a, _, b, _, c, _] = [256, 64, 128, 64, 128, 64].map(|size| script.malloc(size));
    for block in [a, c, b] {
        script.free(block);
    }
    script.malloc(64); // b's address: 256f 64u 64u 32f 64u 128f 64u ...
    script.malloc(32); // the rest of b
    script.malloc(64); // c's address
}
