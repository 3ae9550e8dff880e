//! A table of zeroed slots with small entries. It is rebuilt larger twice; the last one is mapped.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "a table that is rebuilt larger, at last in a mapping",
    &[A4, A7, A8, E4],
    run,
)
.needs(&["0501", "0506"]);

fn run(script: &mut Script<'_>) {
    let mut table = script.calloc(8, 16);
    let mut entries = [None; 12];
    for (index, entry) in entries.iter_mut().enumerate() {
        // The table is rebuilt at four entries, on the heap, and at eight, as a mapping.
        if index % 4 == 0 && index > 0 {
            let slots = if index == 4 { 64 } else { script.profile().page };
            let larger = script.calloc(slots, 16);
            script.free(table);
            table = larger;
        }
        *entry = Some(script.malloc(24 + 8 * (index as u64 % 3)));
    }
    for entry in entries.into_iter().flatten() {
        script.free(entry);
    }
    script.free(table);
}
