//! Six holes, six requests, each for another hole; then three for what the splits have left.
//!
//! | request | hole | rest |
//! |---|---|---|
//! | 320 | 384 | 64: a free block of 32 |
//! | 200 | 256 | 56: 24 |
//! | 480 | 512 | 32: kept |
//! | 64 | 128 | 64: 32 |
//! | 400 | 448 | 48: 16 |
//! | 150 | 192 | 40: 8 (150 is rounded up to 152) |

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "each of many requests finds its best fit among many holes",
    &[B2, C4, C6],
    run,
)
.needs(&["0401", "0403"]);

fn run(script: &mut Script<'_>) {
    let holes = [512, 256, 384, 128, 448, 192].map(|size| {
        let hole = script.malloc(size);
        script.malloc(64);
        hole
    });
    for hole in holes {
        script.free(hole);
    }
    for size in [320, 200, 480, 64, 400, 150] {
        script.malloc(size);
    }
    script.malloc(16); // the rest of 448
    script.malloc(24); // the rest of 256
    script.malloc(32); // the rest of 384, which lies before that of 128
}
