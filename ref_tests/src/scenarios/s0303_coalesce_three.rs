//! Three free neighbours, the middle one freed last: 3 * 128 + 2 * META = 448 bytes in one.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "a block freed between two free ones joins them",
    &[C2, C3],
    run,
)
.needs(&["0301"]);

fn run(script: &mut Script<'_>) {
    let header = script.profile().header;
    let [a, b, c] = [128; 3].map(|size| script.malloc(size));
    script.malloc(64); // keeps them from the free end of the heap
    script.free(a);
    script.free(c);
    script.free(b);
    script.malloc(3 * 128 + 2 * header); // a's address
}
