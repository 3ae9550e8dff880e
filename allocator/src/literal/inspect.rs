//! Looking at a block list: listing it, finding a block, checking that it is sound.
//!
//! Refuses to change or repair anything, and to follow a link that cannot be right.

use core::fmt;
use core::ptr::NonNull;

use super::align::ALIGNMENT;
use super::block::{Block, META, STATUS_ALLOC, STATUS_FREE, STATUS_MAPPED};
use super::list::{self, List};

/// What the header of a block says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockInfo {
    /// Where the payload starts, [`META`] bytes past the header.
    pub payload: NonNull<u8>,
    /// Payload bytes.
    pub size: usize,
    /// [`STATUS_FREE`], [`STATUS_ALLOC`] or [`STATUS_MAPPED`].
    pub status: i32,
}

impl From<Block> for BlockInfo {
    fn from(block: Block) -> BlockInfo {
        BlockInfo {
            payload: block.payload(),
            size: block.size(),
            status: block.status(),
        }
    }
}

/// The blocks of a heap, in list order.
#[derive(Clone, Debug)]
pub struct Blocks<'a>(list::Iter<'a>);

impl<'a> Blocks<'a> {
    pub(crate) fn of(list: &'a List) -> Blocks<'a> {
        Blocks(list.iter())
    }
}

impl Iterator for Blocks<'_> {
    type Item = BlockInfo;

    fn next(&mut self) -> Option<BlockInfo> {
        self.0.next().map(BlockInfo::from)
    }
}

/// The blocks of a heap in the notation of the golden snapshots: `1000u 130008f`, with `~` where
/// a gap lies between two blocks (E5).
#[derive(Clone, Debug)]
pub struct Listing<'a>(list::Iter<'a>);

impl<'a> Listing<'a> {
    pub(crate) fn of(list: &'a List) -> Listing<'a> {
        Listing(list.iter())
    }
}

impl fmt::Display for Listing<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut end = None;
        for block in self.0.clone() {
            match end {
                None => {}
                Some(end) if end == block.start() => out.write_str(" ")?,
                Some(_) => out.write_str(" ~ ")?,
            }
            write!(out, "{}{}", block.size(), letter(block.status()))?;
            end = Some(block.end());
        }
        Ok(())
    }
}

fn letter(status: i32) -> char {
    match status {
        STATUS_FREE => 'f',
        STATUS_ALLOC => 'u',
        STATUS_MAPPED => 'm',
        _ => '?',
    }
}

/// The first thing that is wrong with a heap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Defect {
    payload: usize,
    what: &'static str,
}

impl Defect {
    fn at(block: Block, what: &'static str) -> Defect {
        let payload = block.payload().addr().get();
        Defect { payload, what }
    }
}

impl fmt::Display for Defect {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "the block of payload {:#x} {}",
            self.payload, self.what
        )
    }
}

/// Checks links, order, sizes and status of the heap's blocks up to the break (B1, B2).
///
/// A header is read only when the link to it points forward and not past the last block.
pub(crate) fn validate(list: &List, heap_end: NonNull<u8>) -> Result<(), Defect> {
    let mut prev = None;
    let mut cursor = list.first();
    while let Some(block) = cursor {
        if let Some(prev) = prev {
            validate_link(list, prev, block)?;
        }
        validate_header(prev, block, heap_end)?;
        prev = cursor;
        cursor = block.next();
    }
    match prev.filter(|_| prev != list.last()) {
        Some(block) => Err(Defect::at(block, "ends the list before its last block")),
        None => Ok(()),
    }
}

fn validate_link(list: &List, block: Block, next: Block) -> Result<(), Defect> {
    if !next.start().addr().get().is_multiple_of(ALIGNMENT) {
        return Err(Defect::at(block, "links to a misaligned header"));
    }
    if next.start() < block.end() {
        return Err(Defect::at(block, "reaches past the next header"));
    }
    if list.last().is_none_or(|last| next.start() > last.start()) {
        return Err(Defect::at(block, "links past the last block"));
    }
    Ok(())
}

fn validate_header(prev: Option<Block>, block: Block, heap_end: NonNull<u8>) -> Result<(), Defect> {
    // The last header is at most META bytes below the break, unless the break was moved down.
    let room = heap_end
        .addr()
        .get()
        .saturating_sub(block.start().addr().get() + META);
    if block.size() == 0 || !block.size().is_multiple_of(ALIGNMENT) || block.size() > room {
        return Err(Defect::at(block, "has a size that cannot be right"));
    }
    if !matches!(block.status(), STATUS_FREE | STATUS_ALLOC) {
        return Err(Defect::at(block, "has a status that cannot be right"));
    }
    if block.prev() != prev {
        return Err(Defect::at(
            block,
            "does not link back to the block before it",
        ));
    }
    Ok(())
}
