//! Says whether a sequence of calls is legal, and takes calls out of a sequence.
//!
//! Legal here means legal for every allocator, for any pointers that it returns: no block is freed
//! twice or used after it was freed, and `os_realloc` of a free block (A10) comes only where that
//! block must still have its header to itself.

use crate::types::{Call, CallNumber, Pointer, Profile};

/// The index, from 0, of the first call that is not legal.
pub fn first_illegal(profile: &Profile, calls: &[Call]) -> Option<usize> {
    let base = base(profile, calls);
    let mut live = vec![false; calls.len()];
    calls.iter().enumerate().position(|(index, call)| {
        let legal = match *call {
            Call::MoveBreak { .. } => false,
            Call::Malloc { .. } | Call::Calloc { .. } => true,
            Call::Free { pointer } | Call::Realloc { pointer, .. } => match pointer {
                Pointer::Null => true,
                Pointer::Of(number) => {
                    take(&mut live[..index], number) || is_refused(calls, index, base)
                }
            },
        };
        live[index] = gives_block(call) && !is_refused(calls, index, base);
        !legal
    })
}

/// The call that surely returns the block at the heap start: the first one that takes from the
/// heap, as far as the calls in front of it surely do not.
pub(super) fn base(profile: &Profile, calls: &[Call]) -> Option<CallNumber> {
    let decided = calls
        .iter()
        .position(|call| heap_use(profile, call) != Use::None)?;
    (heap_use(profile, &calls[decided]) == Use::Block).then(|| number_of(decided))
}

/// Whether the call is `os_realloc` of the block at the heap start right after it was freed: the
/// header is still there and says STATUS_FREE, because no free block lies in front of it.
fn is_refused(calls: &[Call], index: usize, base: Option<CallNumber>) -> bool {
    let Call::Realloc {
        pointer: pointer @ Pointer::Of(number),
        size: 1..,
    } = calls[index]
    else {
        return false;
    };
    let before = index.checked_sub(1).and_then(|before| calls.get(before));
    base == Some(number) && before == Some(&Call::Free { pointer })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    None,
    Block,
    Perhaps,
}

fn heap_use(profile: &Profile, call: &Call) -> Use {
    let (size, threshold) = match *call {
        Call::Malloc { size }
        | Call::Realloc {
            pointer: Pointer::Null,
            size,
        } => (size, profile.mmap_threshold),
        Call::Calloc { count, size } => match count.checked_mul(size) {
            Some(product) => (product, profile.page),
            None => return Use::None,
        },
        Call::Realloc { .. } => return Use::Perhaps,
        Call::Free { .. } | Call::MoveBreak { .. } => return Use::None,
    };
    match size {
        0 => Use::None,
        _ if size < profile.first_mapped(threshold) => Use::Block,
        _ if size >= threshold => Use::None,
        _ => Use::Perhaps,
    }
}

fn take(live: &mut [bool], number: CallNumber) -> bool {
    let index = (number.0 as usize).wrapping_sub(1);
    live.get_mut(index).is_some_and(std::mem::take)
}

const fn gives_block(call: &Call) -> bool {
    matches!(call.size(), Some(1..))
}

/// The sequence without the calls for which `kept` is false. What uses the block of a call that is
/// gone goes too; in place of a reallocation that is gone stands the block that it was to resize.
pub(super) fn without(calls: &[Call], kept: &[bool]) -> Vec<Call> {
    let mut left = Vec::with_capacity(calls.len());
    let mut renamed: Vec<Option<CallNumber>> = Vec::with_capacity(calls.len());
    for (&call, &kept) in calls.iter().zip(kept) {
        let new = |pointer| match pointer {
            Pointer::Null => Some(Pointer::Null),
            Pointer::Of(number) => {
                let index = (number.0 as usize).checked_sub(1)?;
                renamed.get(index).copied().flatten().map(Pointer::Of)
            }
        };
        let (call, old) = match call {
            Call::Realloc { pointer, size } => {
                let pointer = new(pointer);
                let call = pointer.map(|pointer| Call::Realloc { pointer, size });
                (call, pointer)
            }
            Call::Free { pointer } => (new(pointer).map(|pointer| Call::Free { pointer }), None),
            other => (Some(other), None),
        };
        renamed.push(match (call, old) {
            (Some(call), _) if kept => {
                left.push(call);
                Some(number_of(left.len() - 1))
            }
            (_, Some(Pointer::Of(number))) => Some(number),
            _ => None,
        });
    }
    left
}

/// The number of the call at an index.
pub(super) fn number_of(index: usize) -> CallNumber {
    CallNumber(u32::try_from(index).unwrap_or(u32::MAX - 1) + 1)
}
