//! The free last block cannot be extended by the missing bytes: it stays as it was, and serves
//! what fits.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "extending the free last block fails, and it is still used for requests that fit",
    &[C7, E3, E4],
    run,
)
.faults();

fn run(script: &mut Script<'_>) {
    script.malloc(100_000);
    // 30904 bytes are left: too few for this one.
    let extended = script.malloc(60_000);
    let fits = script.malloc(20_000);
    script.free(extended);
    script.free(fits);
    script.malloc(70_000);
}
