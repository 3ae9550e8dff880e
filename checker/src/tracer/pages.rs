//! Reads the heap of a stopped process, and only the pages that are asked for.
//!
//! A look at the heap asks for the pages with headers in them, and these are mostly those of the
//! look before: they are read together, with one system call, and each other page when it is needed.

use std::io;

use crate::heap::{self, Memory};
use crate::sys::trace::Stopped;
use crate::types::{Node, Region, WORDS};

const PAGE: u64 = 4096;
/// Bytes of a header that are kept.
const NODE: usize = WORDS * 8;

/// The pages that have been read, and those that the next look will probably need.
#[derive(Debug, Default)]
pub(super) struct Pages {
    /// In address order.
    pages: Vec<Page>,
    bytes: Vec<u8>,
    /// What one system call has read.
    fresh: Vec<u8>,
}

#[derive(Clone, Copy, Debug)]
struct Page {
    address: u64,
    /// Where its bytes begin; `None` where it cannot be read.
    place: Option<usize>,
    /// Whether this look has asked for it.
    used: bool,
}

/// A look at the heap of a process while it is stopped.
pub(super) struct Look<'a> {
    process: &'a Stopped,
    /// What may be read of the heap.
    regions: Vec<Region>,
    pages: &'a mut Pages,
    /// Why nothing can be read at all.
    failure: Option<io::Error>,
}

impl Pages {
    /// Starts a look at these parts of the heap, in which `likely` is an address that will be asked
    /// for. Returns the words at the addresses `starts` too, zeros for what cannot be read.
    pub(super) fn look<'a>(
        &'a mut self,
        process: &'a Stopped,
        regions: Vec<Region>,
        likely: Option<u64>,
        starts: &[u64],
    ) -> io::Result<(Look<'a>, Vec<Node>)> {
        let of_heap = |page: u64| {
            let overlaps = |it: &Region| it.start < page.saturating_add(PAGE) && page < it.end;
            regions.iter().any(overlaps)
        };
        let likely = likely.map(page_of);
        let used = self.pages.iter().filter(|page| page.used);
        let mut wanted: Vec<u64> = used.map(|page| page.address).chain(likely).collect();
        wanted.retain(|&page| of_heap(page));
        wanted.sort_unstable();
        wanted.dedup();
        let mut ranges: Vec<(u64, usize)> = Vec::with_capacity(wanted.len() + starts.len());
        for &page in &wanted {
            match ranges.last_mut() {
                Some((start, length)) if *start + *length as u64 == page => {
                    *length += PAGE as usize;
                }
                _ => ranges.push((page, PAGE as usize)),
            }
        }
        ranges.extend(starts.iter().map(|&start| (start, NODE)));
        let read = process.read(&ranges, &mut self.bytes)?;
        let places = (0..).step_by(PAGE as usize);
        let pages = wanted.iter().zip(places);
        // A read ends at the first page that cannot be read: the pages after it are read on request.
        let pages = pages.take_while(|&(_, place)| place + PAGE as usize <= read);
        self.pages.clear();
        self.pages.extend(pages.map(|(&address, place)| Page {
            address,
            place: Some(place),
            used: false,
        }));
        let ahead = wanted.len() * PAGE as usize;
        let mut nodes = Vec::with_capacity(starts.len());
        for (&start, place) in starts.iter().zip((ahead..).step_by(NODE)) {
            let bytes = match self.bytes.get(place..place + NODE) {
                Some(bytes) => bytes,
                None => {
                    process.read(&[(start, NODE)], &mut self.fresh)?;
                    &self.fresh
                }
            };
            nodes.push(heap::node(start, bytes));
        }
        let look = Look {
            process,
            regions,
            pages: self,
            failure: None,
        };
        Ok((look, nodes))
    }

    /// Where the bytes of a page are, which is read where it is not there yet.
    fn place(&mut self, process: &Stopped, address: u64) -> io::Result<Option<usize>> {
        let at = match self
            .pages
            .binary_search_by_key(&address, |page| page.address)
        {
            Ok(at) => at,
            Err(at) => {
                let read = process.read(&[(address, PAGE as usize)], &mut self.fresh)?;
                let place = (read == PAGE as usize).then_some(self.bytes.len());
                if place.is_some() {
                    self.bytes.extend_from_slice(&self.fresh);
                }
                let page = Page {
                    address,
                    place,
                    used: false,
                };
                self.pages.insert(at, page);
                at
            }
        };
        self.pages[at].used = true;
        Ok(self.pages[at].place)
    }
}

impl Look<'_> {
    pub(super) fn end(self) -> io::Result<()> {
        self.failure.map_or(Ok(()), Err)
    }

    /// Bytes from this address on that lie in its page, at most so many.
    fn part(&mut self, address: u64, most: usize) -> &[u8] {
        let page = page_of(address);
        let place = self.pages.place(self.process, page);
        let place = place.unwrap_or_else(|error| {
            self.failure.get_or_insert(error);
            None
        });
        let first = (address - page) as usize;
        let length = most.min(PAGE as usize - first);
        let bytes = place.map(|place| &self.pages.bytes[place + first..][..length]);
        bytes.unwrap_or_default()
    }
}

impl Memory for Look<'_> {
    fn node(&mut self, address: u64, least: u64) -> Option<Node> {
        let region = self
            .regions
            .iter()
            .find(|region| region.contains(address))?;
        let wanted = NODE.min((region.end - address) as usize);
        let mut bytes = [0; NODE];
        let first = self.part(address, wanted);
        let mut read = first.len();
        bytes[..read].copy_from_slice(first);
        if 0 < read && read < wanted {
            let rest = self.part(address + read as u64, wanted - read);
            bytes[read..][..rest.len()].copy_from_slice(rest);
            read += rest.len();
        }
        (read as u64 >= least).then(|| heap::node(address, &bytes[..read]))
    }
}

const fn page_of(address: u64) -> u64 {
    address - address % PAGE
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::trace;

    /// Each look sees what stands there now, over the end of a page too, and nothing beyond its
    /// regions or where nothing is.
    #[test]
    fn a_look_sees_what_is_there_now() {
        // Its stack serves as a heap.
        let process = trace::stopped_at_start();
        let bottom = page_of(process.stack_pointer().unwrap());
        let region = Region {
            start: bottom - PAGE,
            end: bottom + PAGE - 8,
        };
        let edge = bottom - 16;
        let mut pages = Pages::default();
        for word in [1, 2] {
            let written = vec![word; PAGE as usize + 16];
            process.overwrite(edge, &written).unwrap();
            let due = u64::from_ne_bytes([word; 8]);
            let (mut look, starts) = pages
                .look(&process, vec![region], Some(edge), &[bottom, 64])
                .unwrap();
            assert_eq!(starts[0].words, [due; WORDS]);
            assert_eq!(starts[1].words, [0; WORDS], "nothing is there");
            assert_eq!(look.node(edge, 40).unwrap().words, [due; WORDS]);
            // The region ends in the middle of the last one.
            let last = look.node(region.end - 16, 16).unwrap();
            assert_eq!(last.words, [due, due, 0, 0, 0]);
            assert!(look.node(region.end - 16, 17).is_none());
            assert!(look.node(region.end, 1).is_none());
            assert!(look.node(region.start - 8, 1).is_none());
            look.end().unwrap();
        }
        // The second look has read both pages at once, and nothing after that.
        assert_eq!(pages.bytes.len(), 2 * PAGE as usize + NODE);
        let nowhere = Region {
            start: 2 * PAGE,
            end: 9 * PAGE,
        };
        let (mut look, _) = pages
            .look(&process, vec![nowhere, region], Some(3 * PAGE), &[])
            .unwrap();
        assert!(look.node(3 * PAGE, 1).is_none());
        let due = u64::from_ne_bytes([2; 8]);
        assert_eq!(look.node(edge, 40).unwrap().words, [due; WORDS]);
        look.end().unwrap();
        process.kill().unwrap();
    }
}
