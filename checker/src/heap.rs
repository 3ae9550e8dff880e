//! Finds the block headers in the memory of a heap.
//!
//! The bytes come from a process that may have written anything: for any bytes, the walk ends and
//! stays inside them.

use crate::types::{Header, HeapHeaders, Node, Profile, Region, WORDS};

/// The memory of a heap.
pub trait Memory {
    /// The words at an address of the heap, zeros where some cannot be read; `None` where fewer than
    /// `least` bytes can be.
    fn node(&mut self, address: u64, least: u64) -> Option<Node>;
}

/// Walks each region from header to header (B2). It ends early at a header that does not fit, and
/// after `most` headers: memory that was never written reads as millions of blocks without payload.
pub fn walk(
    profile: &Profile,
    regions: &[Region],
    memory: &mut impl Memory,
    most: usize,
) -> HeapHeaders {
    let mut found = HeapHeaders::default();
    for &region in regions {
        if let Err(broken) = walk_region(profile, region, memory, most, &mut found.headers) {
            found.broken = Some(broken);
            break;
        }
    }
    found
}

fn walk_region(
    profile: &Profile,
    Region { start, end }: Region,
    memory: &mut impl Memory,
    most: usize,
    headers: &mut Vec<Header>,
) -> Result<(), (u64, String)> {
    let least = profile.header.min(WORDS as u64 * 8);
    let mut address = start;
    while address < end {
        let broken = |reason: String| Err((address, reason));
        let room = end - address;
        if room < profile.header {
            return broken(format!(
                "{room} bytes before the break, too few for a header"
            ));
        }
        if headers.len() >= most {
            return broken("another block: more blocks than the calls can have made".into());
        }
        let Some(node) = memory.node(address, least) else {
            return broken("the header cannot be read".into());
        };
        let header = header_of(profile, &node);
        match profile.total(header.size) {
            Some(total) if total <= room => address += total,
            _ => return broken(format!("size {} reaches beyond the break", header.size)),
        }
        headers.push(header);
    }
    Ok(())
}

/// The words at `address`, from these bytes; zeros after them. The last header of the heap may have
/// fewer bytes after it than are kept.
pub fn node(address: u64, bytes: &[u8]) -> Node {
    let mut words = [0; WORDS];
    let (whole, _) = bytes.as_chunks::<8>();
    for (word, bytes) in words.iter_mut().zip(whole) {
        *word = u64::from_le_bytes(*bytes);
    }
    Node { at: address, words }
}

/// The header that stands at a place.
pub fn header_of(profile: &Profile, node: &Node) -> Header {
    let word = |offset: u64| node.words[(offset / 8) as usize % WORDS];
    Header {
        address: node.at,
        size: profile.size_in(&node.words),
        status: profile.status_in(&node.words),
        previous: word(profile.prev_offset),
        next: word(profile.next_offset),
    }
}

/// Header lengths that submissions are known to have besides the profile's: without a link, and
/// with fields of their own after those of the assignment.
pub(crate) const OTHER_HEADERS: [u64; 5] = [24, 40, 48, 56, 64];

/// The words at all places that are or may be headers: those that the walk came to, in front of
/// each address that was returned, and what they point at or reach to.
pub fn nodes(
    profile: &Profile,
    regions: &[Region],
    memory: &mut impl Memory,
    walked: &HeapHeaders,
    returned: &[u64],
    most: usize,
) -> Vec<Node> {
    let mut found = Places {
        memory,
        nodes: Vec::with_capacity(walked.headers.len() + 8),
        extra: Vec::new(),
        most: walked.headers.len() + 4 * most + 64,
    };
    let Some(start) = regions.first().map(|region| region.start) else {
        return found.nodes;
    };
    let first = returned.iter().find(|&&address| address > start);
    let reaches = |header: &u64| first.is_some_and(|first| first - start == *header);
    let header = OTHER_HEADERS
        .into_iter()
        .find(reaches)
        .unwrap_or(profile.header);
    for region in regions {
        found.walked(region.start);
    }
    if header == profile.header {
        for header in &walked.headers {
            found.walked(header.address);
        }
        found.nodes.sort_unstable_by_key(|node| node.at);
        found.nodes.dedup_by_key(|node| node.at);
    }
    for &address in returned {
        found.visit(address.wrapping_sub(header));
    }
    let known = found.nodes.clone();
    for node in &known {
        found.follow(node, header, profile);
    }
    while let Some(node) = found.extra.pop() {
        found.follow(&node, header, profile);
    }
    found.nodes
}

/// Places that have been found.
struct Places<'a, M> {
    memory: &'a mut M,
    /// In address order.
    nodes: Vec<Node>,
    /// Those that have not been followed.
    extra: Vec<Node>,
    most: usize,
}

impl<M: Memory> Places<'_, M> {
    fn walked(&mut self, address: u64) {
        let node = self.memory.node(address, 1);
        self.nodes.extend(node);
    }

    fn visit(&mut self, address: u64) {
        let Err(position) = self.nodes.binary_search_by_key(&address, |node| node.at) else {
            return;
        };
        if self.nodes.len() >= self.most {
            return;
        }
        if let Some(node) = self.memory.node(address, 1) {
            self.nodes.insert(position, node);
            self.extra.push(node);
        }
    }

    /// Visits what a header points at, and what comes after a block of the size that it says.
    fn follow(&mut self, node: &Node, header: u64, profile: &Profile) {
        // Zeroed memory is not a header: following it would visit the whole heap, header by header.
        if node.words.iter().all(|word| *word == 0) {
            return;
        }
        for link in &node.words {
            if *link > 4096 {
                self.visit(*link);
            }
        }
        let said = header_of(profile, node).size;
        if let Some(size) = profile.align(said)
            && size < 1 << 40
        {
            self.visit(node.at + size);
            self.visit(node.at + header + size);
            if size != said {
                self.visit(node.at + header + said);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PROFILE: Profile = Profile::DEFAULT;
    const START: u64 = 0x5000;

    /// The bytes from `START` on.
    impl Memory for &[u8] {
        fn node(&mut self, address: u64, least: u64) -> Option<Node> {
            let bytes = self.get((address - START) as usize..)?;
            (bytes.len() as u64 >= least).then(|| node(address, &bytes[..bytes.len().min(40)]))
        }
    }

    /// The headers in a heap of `length` bytes of which these can be read.
    fn headers(length: usize, mut bytes: &[u8]) -> HeapHeaders {
        let region = Region {
            start: START,
            end: START + length as u64,
        };
        walk(&PROFILE, &[region], &mut bytes, 100)
    }

    fn block(size: u64, status: i32) -> Vec<u8> {
        let mut bytes = vec![0; PROFILE.total(size).unwrap() as usize];
        bytes[..8].copy_from_slice(&size.to_le_bytes());
        bytes[8..12].copy_from_slice(&status.to_le_bytes());
        bytes
    }

    #[test]
    fn headers_follow_each_other_at_aligned_sizes() {
        let bytes = [block(13, 1), block(64, 0)].concat();
        let found = headers(bytes.len(), &bytes);
        let seen: Vec<_> = found
            .headers
            .iter()
            .map(|h| (h.address - START, h.size, h.status))
            .collect();
        assert_eq!(seen, [(0, 13, 1), (48, 64, 0)]);
        assert_eq!(found.broken, None);
    }

    #[test]
    fn a_size_beyond_the_break_ends_the_walk() {
        let mut bytes = [block(16, 1), block(16, 1)].concat();
        bytes[48..56].copy_from_slice(&u64::MAX.to_le_bytes());
        let found = headers(bytes.len(), &bytes);
        assert_eq!(found.headers.len(), 1);
        assert_eq!(found.broken.unwrap().0, START + 48);
    }

    #[test]
    fn a_rest_too_small_for_a_header_is_named() {
        let mut bytes = block(16, 1);
        bytes.extend([0; 24]);
        let (address, reason) = headers(bytes.len(), &bytes).broken.unwrap();
        assert_eq!((address, reason.contains("24 bytes")), (START + 48, true));
    }

    #[test]
    fn zeros_are_not_walked_for_ever() {
        let bytes = vec![0; 32 * 101];
        let found = headers(bytes.len(), &bytes);
        assert_eq!(found.headers.len(), 100);
        assert_eq!(found.broken.unwrap().0, START + 3200);
    }

    #[test]
    fn short_bytes_are_no_headers() {
        let bytes = block(16, 1);
        let found = headers(96, &bytes);
        assert_eq!((found.headers.len(), found.broken.is_some()), (1, true));
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
            let found = headers(bytes.len(), &bytes);
            prop_assert!(found.headers.len() <= (bytes.len() / 32).min(100));
        }
    }
}
