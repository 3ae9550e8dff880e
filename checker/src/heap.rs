//! Finds the block headers in the bytes of a heap.
//!
//! The bytes come from a process that may have written anything: for any bytes, the walk ends and
//! stays inside them.

use crate::types::{Header, HeapHeaders, Node, Profile, Region, WORDS};

/// A region of the heap and its bytes; fewer than the region has when they could not be read.
#[derive(Clone, Copy)]
pub struct Image<'a> {
    /// Where the bytes lie in the process.
    pub region: Region,
    /// The bytes.
    pub bytes: &'a [u8],
}

/// Walks each region from header to header (B2). It ends early at a header that does not fit, and
/// after `most` headers: memory that was never written reads as millions of blocks without payload.
#[must_use]
pub fn walk(profile: &Profile, images: &[Image<'_>], most: usize) -> HeapHeaders {
    let mut found = HeapHeaders::default();
    for image in images {
        if let Err(broken) = walk_region(profile, *image, most, &mut found.headers) {
            found.broken = Some(broken);
            break;
        }
    }
    found
}

fn walk_region(
    profile: &Profile,
    image: Image<'_>,
    most: usize,
    headers: &mut Vec<Header>,
) -> Result<(), (u64, String)> {
    let Region { start, end } = image.region;
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
        let Some(header) = header_at(profile, image.bytes, start, address) else {
            return broken("the header cannot be read".into());
        };
        match profile.total(header.size) {
            Some(total) if total <= room => address += total,
            _ => return broken(format!("size {} reaches beyond the break", header.size)),
        }
        headers.push(header);
    }
    Ok(())
}

/// The words at `address`, from bytes that start at `start`.
#[must_use]
pub fn node_at(bytes: &[u8], start: u64, address: u64) -> Option<Node> {
    let first = usize::try_from(address.checked_sub(start)?).ok()?;
    let mut words = [0; WORDS];
    // The last header of the heap may be followed by less than is kept.
    let there = bytes.get(first..bytes.len().min(first + WORDS * 8))?;
    let (whole, _) = there.as_chunks::<8>();
    for (word, bytes) in words.iter_mut().zip(whole) {
        *word = u64::from_le_bytes(*bytes);
    }
    Some(Node { at: address, words })
}

/// The header that stands at a place.
#[must_use]
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

fn header_at(profile: &Profile, bytes: &[u8], start: u64, address: u64) -> Option<Header> {
    let end = usize::try_from(address.checked_sub(start)?.checked_add(profile.header)?).ok()?;
    bytes.get(..end)?;
    Some(header_of(profile, &node_at(bytes, start, address)?))
}

/// Header lengths that submissions are known to have besides the profile's.
const OTHER_HEADERS: [u64; 1] = [24];

/// The words at all places that are or may be headers: those that the walk came to, in front of
/// each address that was returned, and what they point at or reach to.
#[must_use]
pub fn nodes(
    profile: &Profile,
    images: &[Image<'_>],
    walked: &HeapHeaders,
    returned: &[u64],
    most: usize,
) -> Vec<Node> {
    let mut found = Places {
        images,
        nodes: Vec::with_capacity(walked.headers.len() + 8),
        extra: Vec::new(),
        most: walked.headers.len() + 4 * most + 64,
    };
    let Some(start) = images.first().map(|image| image.region.start) else {
        return found.nodes;
    };
    let first = returned.iter().find(|&&address| address > start);
    let reaches = |header: &u64| first.is_some_and(|first| first - start == *header);
    let header = OTHER_HEADERS
        .into_iter()
        .find(reaches)
        .unwrap_or(profile.header);
    for image in images {
        found.walked(image.region.start);
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
struct Places<'a> {
    images: &'a [Image<'a>],
    /// In address order.
    nodes: Vec<Node>,
    /// Those that have not been followed.
    extra: Vec<Node>,
    most: usize,
}

impl Places<'_> {
    fn read(&self, address: u64) -> Option<Node> {
        let image = self
            .images
            .iter()
            .find(|image| image.region.contains(address))?;
        node_at(image.bytes, image.region.start, address)
    }

    fn walked(&mut self, address: u64) {
        let node = self.read(address);
        self.nodes.extend(node);
    }

    fn visit(&mut self, address: u64) {
        let Err(position) = self.nodes.binary_search_by_key(&address, |node| node.at) else {
            return;
        };
        if self.nodes.len() >= self.most {
            return;
        }
        if let Some(node) = self.read(address) {
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

    fn image(bytes: &[u8]) -> Image<'_> {
        Image {
            region: Region {
                start: START,
                end: START + bytes.len() as u64,
            },
            bytes,
        }
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
        let found = walk(&PROFILE, &[image(&bytes)], 100);
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
        let found = walk(&PROFILE, &[image(&bytes)], 100);
        assert_eq!(found.headers.len(), 1);
        assert_eq!(found.broken.unwrap().0, START + 48);
    }

    #[test]
    fn a_rest_too_small_for_a_header_is_named() {
        let mut bytes = block(16, 1);
        bytes.extend([0; 24]);
        let (address, reason) = walk(&PROFILE, &[image(&bytes)], 100).broken.unwrap();
        assert_eq!((address, reason.contains("24 bytes")), (START + 48, true));
    }

    #[test]
    fn zeros_are_not_walked_for_ever() {
        let bytes = vec![0; 32 * 101];
        let found = walk(&PROFILE, &[image(&bytes)], 100);
        assert_eq!(found.headers.len(), 100);
        assert_eq!(found.broken.unwrap().0, START + 3200);
    }

    #[test]
    fn short_bytes_are_no_headers() {
        let bytes = block(16, 1);
        let region = Region {
            start: START,
            end: START + 96,
        };
        let found = walk(
            &PROFILE,
            &[Image {
                region,
                bytes: &bytes,
            }],
            100,
        );
        assert_eq!((found.headers.len(), found.broken.is_some()), (1, true));
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
            let found = walk(&PROFILE, &[image(&bytes)], 100);
            prop_assert!(found.headers.len() <= (bytes.len() / 32).min(100));
        }
    }
}
