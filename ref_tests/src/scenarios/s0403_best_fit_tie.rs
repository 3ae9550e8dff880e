//! Three holes of the same size: the lowest address is taken first, in any order in which they were
//! freed.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "of several best fits the one at the lowest address is taken",
    &[B2, C4],
    run,
)
.needs(&["0204"]);

fn run(script: &mut Script<'_>) {
    let [a, _, b, _, c, _] = [128, 64, 128, 64, 128, 64].map(|size| script.malloc(size));
    for block in [c, a, b] {
        script.free(block);
    }
    script.malloc(128); // a's address
    script.malloc(128); // b's
    script.malloc(128); // c's
}
