//! The payload is the product of the factors, then aligned as a whole: 3 x 5 bytes are 15, in a
//! block of 16, and not three elements of 8.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "os_calloc allocates the product of its factors, whichever factor is larger",
    &[A4, A18, C6],
    run,
)
.needs(&["0501"]);

fn run(script: &mut Script<'_>) {
    let blocks = [
        script.calloc(1, 1),
        script.calloc(1, 7),
        script.calloc(7, 1),
        script.calloc(3, 5),
        script.calloc(5, 3),
        script.calloc(8, 8),
        script.calloc(2, 20),
        // 300 is not a multiple of 8: 304.
        script.calloc(3, 100),
        script.calloc(100, 3),
        script.calloc(1, 1),
    ];
    for block in blocks {
        script.free(block);
    }
}
