//! Two free neighbours between used blocks serve a request that needs both and the header between.
//!
//! 64u 128f 192f 64u ... becomes 64u 352u 64u ...: 128 + META + 192 = 352.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "two free neighbours are coalesced for a request that needs both",
    &[A7, C2, C3],
    run,
)
.needs(&["0201"]);

fn run(script: &mut Script<'_>) {
    let header = script.profile().header;
    script.malloc(64);
    let a = script.malloc(128);
    let b = script.malloc(192);
    script.malloc(64);
    script.free(a);
    script.free(b);
    script.malloc(128 + header + 192); // a's address
}
