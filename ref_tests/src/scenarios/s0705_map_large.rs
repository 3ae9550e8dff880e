//! Mappings of 1, 5 and 16 MiB, alive at the same time.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "blocks of many megabytes are mapped and unmapped",
    &[A2, A8, D1, D2],
    run,
)
.needs(&["0701"]);

fn run(script: &mut Script<'_>) {
    let blocks = [1, 5, 16].map(|mebibytes| script.malloc(mebibytes << 20));
    for block in blocks {
        script.free(block);
    }
}
