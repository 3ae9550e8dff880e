//! An array of pointers to rows, both from `os_calloc`. Rows grow, one is dropped, the array grows.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "a matrix of zeroed rows that grows",
    &[A4, A11, A15, A16, E4],
    run,
)
.needs(&["0501", "0625"]);

fn run(script: &mut Script<'_>) {
    let rows = script.calloc(6, 8);
    let mut row = [(); 6].map(|()| script.calloc(10, 4));
    // A row is dropped and another takes its place: zero again.
    script.free(row[3]);
    row[3] = script.calloc(10, 4);
    // Two more rows: the array is followed by a row, and moves to the end of the heap.
    let rows = script.realloc(rows, 8 * 8);
    // At the place of the array: 48 bytes for 40, whole.
    let seventh = script.calloc(10, 4);
    // That is taken now: at the end.
    let eighth = script.calloc(12, 4);
    // The last row grows and moves; the one in front of it grows into its place.
    row[5] = script.realloc(row[5], 100);
    row[4] = script.realloc(row[4], 100);
    for row in row {
        script.free(row);
    }
    script.free(eighth);
    script.free(seventh);
    script.free(rows);
}
