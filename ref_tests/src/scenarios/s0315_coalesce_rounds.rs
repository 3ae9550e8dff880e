//! Eight rounds of six blocks each, larger from round to round, freed in another order every time:
//! each round starts from an empty heap and fills it from the start. The break moves once in all.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "a heap that was used and emptied does not grow",
    &[A7, C3, C5, E4],
    run,
)
.needs(&["0314"]);

fn run(script: &mut Script<'_>) {
    for round in 1..=8 {
        let blocks = [1, 2, 3, 4, 5, 6].map(|part| script.malloc(64 * round * part));
        for i in 0..blocks.len() {
            // 5 has no common factor with 6: every block once, from another start each round.
            script.free(blocks[(round as usize + 5 * i) % blocks.len()]);
        }
    }
}
