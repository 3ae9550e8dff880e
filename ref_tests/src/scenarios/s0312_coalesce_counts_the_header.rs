//! A coalesced pair of 128 has 128 + META + 128 = 288 bytes, no more and no less.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "a coalesced block gains exactly the other's header and size",
    &[B1, C3, C4],
    run,
)
.needs(&["0301"]);

fn run(script: &mut Script<'_>) {
    let header = script.profile().header;
    let [a, b, _] = [128, 128, 64].map(|size| script.malloc(size));
    script.free(a);
    script.free(b);
    script.malloc(128 + header + 128 + 1); // 296 bytes: off the free end
    script.malloc(128 + header + 128); // a's address, an exact fit
}
