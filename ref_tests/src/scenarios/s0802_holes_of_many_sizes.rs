//! Six holes of different sizes, kept apart by small blocks, and requests in another order.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "requests in any order find their holes",
    &[A4, A15, C4, C6, E4],
    run,
)
.needs(&["0201"]);

fn run(script: &mut Script<'_>) {
    let holes = [40, 400, 120, 1000, 240, 80].map(|size| {
        let hole = script.malloc(size);
        script.malloc(8);
        hole
    });
    let last = script.malloc(8);
    for hole in holes {
        script.free(hole);
    }
    // 240, exactly.
    script.malloc(240);
    // 104 of 120, whole.
    script.malloc(100);
    // 64 of 80, whole.
    script.calloc(15, 4);
    // 48: the hole of 40 is too small, 400 is split.
    script.malloc(41);
    // 904 of 1000, split into 904 and 64.
    script.malloc(900);
    // 40, exactly.
    script.malloc(33);
    // Grows where it is: it is followed by the rest of the heap.
    script.realloc(last, 300);
    // What is left of the hole of 400: 320.
    script.malloc(313);
}
