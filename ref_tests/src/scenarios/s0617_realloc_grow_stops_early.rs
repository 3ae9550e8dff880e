//! Two free blocks follow; the nearer one is a tail that no search has merged yet:
//! 304u 664f 504f. The near one alone is enough for 304 + 32 + 664 = 1000 bytes.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "os_realloc merges no further than needed",
    &[A12, A15],
    run,
)
.needs(&["0609", "0613"]);

fn run(script: &mut Script<'_>) {
    let header = script.profile().header;
    let block = script.malloc(1000);
    let hole = script.malloc(504);
    let guard = script.malloc(16);
    script.free(hole);
    let block = script.realloc(block, 304);
    // A part of the near one: the rest of it is split off and stays a block of its own.
    let block = script.realloc(block, 504);
    // The near one exactly; the far one stays as it is.
    let block = script.realloc(block, 1000);
    // And now the far one, too.
    let block = script.realloc(block, 1000 + header + 504);
    script.free(block);
    script.free(guard);
}
