//! Whether the list leads from heap block to heap block, and back (B2).
//!
//! What the assignment leaves open is open here too: mapped blocks may stand anywhere on the list
//! (D3), and nothing is said of what lies before the first block and behind the last.

use crate::types::{Finding, Header};

/// The first link between two neighbours that leads elsewhere.
pub(crate) fn finding(heap: &[Header], mappings: &[Header], heap_start: u64) -> Option<Finding> {
    heap.windows(2).find_map(|pair| {
        let (one, other) = (pair[0], pair[1]);
        let forth = follow(one.next, mappings, |header| header.next);
        let back = follow(other.previous, mappings, |header| header.previous);
        let (block, link, arrival, due) = match (forth == other.address, back == one.address) {
            (true, true) => return None,
            (false, _) => (one, "next", forth, other),
            (true, false) => (other, "prev", back, one),
        };
        let reason = wording(link, arrival, due.address, heap_start);
        Some(Finding::Links {
            at: block.address.wrapping_sub(heap_start),
            reason,
        })
    })
}

/// Where a link leads when mapped blocks are passed by.
fn follow(mut address: u64, mappings: &[Header], link: impl Fn(&Header) -> u64) -> u64 {
    // Each mapping can be passed once; more would be a circle.
    for _ in 0..mappings.len() {
        match mappings.iter().find(|header| header.address == address) {
            Some(header) => address = link(header),
            None => break,
        }
    }
    address
}

fn wording(link: &str, arrival: u64, due: u64, heap_start: u64) -> String {
    let due = format!("its neighbour is at H+{:#x}", due.wrapping_sub(heap_start));
    match arrival.checked_sub(heap_start) {
        _ if arrival == 0 => format!("its {link} is NULL, {due}"),
        Some(offset) if offset < 1 << 32 => format!("its {link} is H+{offset:#x}, {due}"),
        _ => format!("its {link} leads out of the heap, {due}"),
    }
}
