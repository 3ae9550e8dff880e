//! An exact fit after a larger hole and before a smaller one.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "an exact fit is taken before a larger block at a lower address",
    &[C4],
    run,
)
.needs(&["0204"]);

fn run(script: &mut Script<'_>) {
    let [a, _, b, _, c, _] = [320, 64, 192, 64, 128, 64].map(|size| script.malloc(size));
    for block in [a, b, c] {
        script.free(block);
    }
    script.malloc(192); // b's address, whole
}
