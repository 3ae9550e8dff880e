//! Every size from 1 to 32 bytes, all alive at once; then every second one is freed, and the others
//! keep their contents and correct headers.
//!
//! Eight blocks each of 8, 16, 24 and 32 bytes, and 32 headers: 1664 bytes. The break moves once.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "small blocks of every size lie side by side",
    &[A7, A18, B1, B2, E4],
    run,
)
.needs(&["0104"]);

fn run(script: &mut Script<'_>) {
    let blocks: [Handle; 32] = core::array::from_fn(|i| script.malloc(i as u64 + 1));
    for block in blocks.into_iter().step_by(2) {
        script.free(block);
    }
}
