//! One byte decides: 121 bytes need 128, so that a hole of 120 is passed over, and 128 is exact.
//!
//! 120f 64u 136f 64u 128f 64u ...; afterwards 120 bytes take the hole of 120.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "a block that is too small by one byte is passed over",
    &[A18, C4],
    run,
)
.needs(&["0402"]);

fn run(script: &mut Script<'_>) {
    let unit = script.profile().alignment;
    let [a, _, b, _, c, _] =
        [128 - unit, 64, 128 + unit, 64, 128, 64].map(|size| script.malloc(size));
    for block in [a, b, c] {
        script.free(block);
    }
    script.malloc(128 - unit + 1); // c's address
    script.malloc(128 - unit); // a's address
}
