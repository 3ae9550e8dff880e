//! The best fit is the smallest block, also when another would leave the more useful rest.
//!
//! 192f 64u 136f 64u ...: 128 bytes take the 136, unsplit; 192 would have been split into 128 and 32.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "a block with an unusable rest is still the best fit",
    &[C4, C6],
    run,
)
.needs(&["0205", "0401"]);

fn run(script: &mut Script<'_>) {
    let unit = script.profile().alignment;
    let [a, _, b, _] = [192, 64, 128 + unit, 64].map(|size| script.malloc(size));
    script.free(a);
    script.free(b);
    script.malloc(128); // b's address: 192f 64u 136u 64u ...
}
