//! Finds the block headers in the bytes of a heap.
//!
//! The bytes come from a process that may have written anything: no byte sequence makes the walk
//! fail, leave the bytes, or go on for ever.

use crate::types::{Header, HeapHeaders, Profile, Region};

/// A region of the heap and its bytes; fewer than the region has when they could not be read.
#[derive(Clone, Copy)]
pub struct Image<'a> {
    /// Where the bytes lie in the process.
    pub region: Region,
    /// The bytes.
    pub bytes: &'a [u8],
}

/// Walks each region from header to header (B2). It ends early at a header that does not fit, and
/// behind `most` headers: memory that was never written reads as blocks without payload, millions
/// of them.
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
            return broken("another block, more than the calls can have made".into());
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

/// Decodes the header at `address` from bytes that start at `start`.
#[must_use]
pub fn header_at(profile: &Profile, bytes: &[u8], start: u64, address: u64) -> Option<Header> {
    let first = usize::try_from(address.checked_sub(start)?).ok()?;
    let header = bytes.get(first..first.checked_add(usize::try_from(profile.header).ok()?)?)?;
    Some(Header {
        address,
        size: word(header, profile.size_offset)?,
        status: (word(header, profile.status_offset)? & 0xffff_ffff) as u32 as i32,
        previous: word(header, profile.prev_offset)?,
        next: word(header, profile.next_offset)?,
    })
}

fn word(header: &[u8], offset: u64) -> Option<u64> {
    let bytes = header.get(usize::try_from(offset).ok()?..)?.first_chunk()?;
    Some(u64::from_le_bytes(*bytes))
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
