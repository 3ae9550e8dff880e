//! Lengths around multiples of the alignment and of the page. A mapping is as long as header and
//! aligned payload, not rounded up to pages, and is unmapped with that very length.
//!
//! For T and the bytes after it total(n) = T+32, T+40, T+40, T+40, T+48; 2T-32 is whole pages.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "a mapping has exactly the length of header and aligned payload",
    &[A8, A18, B1, D1],
    run,
)
.needs(&["0701"]);

fn run(script: &mut Script<'_>) {
    let profile = *script.profile();
    let threshold = profile.mmap_threshold;
    let pages = 2 * threshold - profile.header;
    let sizes = [
        threshold,
        threshold + 1,
        threshold + 7,
        threshold + 8,
        threshold + 9,
        pages - 1, // rounded up to the same whole pages
        pages,
        pages + 1,
    ];
    for size in sizes {
        let mapped = script.malloc(size);
        script.free(mapped);
    }
}
