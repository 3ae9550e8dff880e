//! Eight equal chunks fill the preallocation exactly: 16384 - META = 16352 bytes of payload each. The
//! eighth is an exact fit; the ninth is appended.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "equal chunks fill the preallocation without a rest",
    &[B2, C1, C5, C6, C7],
    run,
)
.needs(&["0201"]);

fn run(script: &mut Script<'_>) {
    let profile = *script.profile();
    let payload = profile.preallocation / 8 - profile.header;
    for _ in 0..8 {
        script.malloc(payload); // the break moves for the first only
    }
    script.malloc(payload); // the break moves by an eighth
}
