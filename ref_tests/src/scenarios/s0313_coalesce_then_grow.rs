//! The last blocks are coalesced first, and the break moves only by what is missing then.
//!
//! 65536u 32768f 32672f: the two make 65472 bytes, 66560 are asked for, the break moves by 1088, and
//! the block starts where the first of the two did.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "the end is coalesced before the break moves by the missing bytes",
    &[C2, C3, C5, C7],
    run,
)
.needs(&["0306"]);

fn run(script: &mut Script<'_>) {
    let preallocation = script.profile().preallocation;
    script.malloc(preallocation / 2);
    let last = script.malloc(preallocation / 4);
    script.free(last);
    script.malloc(preallocation / 2 + 1024); // last's address; no free end is left
}
