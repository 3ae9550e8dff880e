//! Whether the list leads from heap block to heap block (B2).
//!
//! What the assignment leaves open is open here too: mapped blocks may stand anywhere on the list
//! (D3), and nothing is said of what lies before the first block and behind the last. `prev` is
//! not looked at: an allocator that never reads it may leave it behind.

use crate::types::{Finding, Header};

/// The first block whose `next` does not lead to the block behind it.
pub(crate) fn finding(heap: &[Header], mappings: &[Header], heap_start: u64) -> Option<Finding> {
    heap.windows(2).find_map(|pair| {
        let arrival = follow(pair[0].next, mappings);
        (arrival != pair[1].address).then(|| Finding::Links {
            at: pair[0].address.wrapping_sub(heap_start),
            reason: wording(arrival, pair[1].address, heap_start),
        })
    })
}

/// Where a link leads when mapped blocks are passed by.
fn follow(mut address: u64, mappings: &[Header]) -> u64 {
    // Each mapping can be passed once; more would be a circle.
    for _ in 0..mappings.len() {
        match mappings.iter().find(|header| header.address == address) {
            Some(header) => address = header.next,
            None => break,
        }
    }
    address
}

fn wording(arrival: u64, due: u64, heap_start: u64) -> String {
    let due = due.wrapping_sub(heap_start);
    match arrival.checked_sub(heap_start) {
        _ if arrival == 0 => format!("its next is NULL, the block behind it is at H+{due:#x}"),
        Some(offset) if offset < 1 << 32 => {
            format!("its next is H+{offset:#x}, the block behind it is at H+{due:#x}")
        }
        _ => format!("its next leads out of the heap, the block behind it is at H+{due:#x}"),
    }
}
