//! Six mappings unmapped in other orders than they were made: the last first, and from the inside
//! outwards. The lengths differ, so that a length taken from another block shows.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "mapped blocks are unmapped whole in any order",
    &[A8, D2, D3],
    run,
)
.needs(&["0706"]);

fn run(script: &mut Script<'_>) {
    let threshold = script.profile().mmap_threshold;
    let orders: [[usize; 6]; 2] = [[5, 4, 3, 2, 1, 0], [2, 3, 1, 4, 0, 5]];
    for order in orders {
        let blocks = [0, 1, 2, 3, 4, 5].map(|i| script.malloc(threshold + 5000 * i));
        for i in order {
            script.free(blocks[i]);
        }
    }
}
