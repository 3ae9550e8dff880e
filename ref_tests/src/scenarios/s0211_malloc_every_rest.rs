//! Every rest from 0 to 64 bytes in one heap: nine holes of 1024 bytes, each with a
//! used block after it.
//!
//! Rests up to 32 stay in their block; 40 to 64 become free blocks of 8 to 32 bytes, too small for
//! the 64-byte blocks between.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "every rest around the size of a header is split off or kept",
    &[A18, B2, C6],
    run,
)
.needs(&["0206", "0208"]);

fn run(script: &mut Script<'_>) {
    let profile = *script.profile();
    let mut rest = 0;
    while rest <= 2 * profile.header {
        let hole = script.malloc(1024);
        script.malloc(64);
        script.free(hole);
        script.malloc(1024 - rest);
        rest += profile.alignment;
    }
}
