//! A used block keeps two free ones apart: 128f 64u 128f 64u ... has no room for 192 bytes, though
//! 256 are free. The used block keeps its contents.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "free blocks on both sides of a used one are not coalesced",
    &[A18, C3, C4],
    run,
)
.needs(&["0201"]);

fn run(script: &mut Script<'_>) {
    let [a, _, b, _] = [128, 64, 128, 64].map(|size| script.malloc(size));
    script.free(a);
    script.free(b);
    script.malloc(192); // off the free end
}
