//! Coalescing goes over the whole heap, also past a block that would do: the search takes the first
//! pair, but the second pair and the end are one block each afterwards as well.
//!
//! 128f 128f 64u 128f 128f 64u 192f ...f becomes 64u 192f 64u 288f 64u ...f.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "every group of free neighbours is coalesced before a search",
    &[C2, C3, C4],
    run,
)
.needs(&["0301"]);

fn run(script: &mut Script<'_>) {
    let [a, b, _, c, d, _, e] = [128, 128, 64, 128, 128, 64, 192].map(|size| script.malloc(size));
    for block in [a, b, c, d, e] {
        script.free(block);
    }
    script.malloc(64); // both pairs have 288 bytes: the first, a's address
}
