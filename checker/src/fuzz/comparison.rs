//! Compares a sequence with the specification while it is played at full speed.
//!
//! It only detects that something differs, from results, system calls, damage, and the blocks at
//! the stops; a second run is then judged call by call.

use std::ops::ControlFlow;

use super::trial::Standard;
use crate::judge::{self, Rooms};
use crate::spec::Follower;
use crate::tracer::{Listener, Look, Stretch};
use crate::transcript::{self, Places};
use crate::types::{Call, Place, Profile, State};

/// Listens to a sequence until something differs.
pub(super) struct Comparison<'a> {
    profile: &'a Profile,
    calls: &'a [Call],
    follower: Follower<'a>,
    places: Places<'a>,
    /// Whether headers are as the assignment says, so that blocks can be compared as they stand.
    plain: bool,
    /// The index of the call at which something differs.
    pub(super) suspect: Option<usize>,
    /// The number of calls before the last stop; all of them were right.
    pub(super) sound: usize,
}

impl<'a> Comparison<'a> {
    pub(super) fn new(standard: &'a Standard, calls: &'a [Call]) -> Self {
        let reading = &standard.manner.reading;
        let plain = reading.rooms == Rooms::Sizes
            && !reading.listed
            && reading.profile == standard.profile
            && !reading.heap_chunks
            && !reading.mapped_chunks;
        Self {
            profile: &reading.profile,
            calls,
            follower: Follower::new(&reading.profile, &standard.manner.choices),
            places: Places::new(0, &reading.profile),
            plain,
            suspect: None,
            sound: 0,
        }
    }

    /// The index of the first call of a stretch that differs.
    fn first_difference(&mut self, stretch: &Stretch<'_>) -> Option<usize> {
        let mut raw = stretch.system_calls.iter().peekable();
        let last = stretch.first + stretch.results.len();
        for (index, &address) in (stretch.first..).zip(stretch.results) {
            let own = std::iter::from_fn(|| raw.next_if(|(made_by, _)| *made_by <= index));
            let system_calls = self.places.system_calls(own.map(|&(_, call)| call));
            let call = &self.calls[index];
            let (result, due) = self.follower.call(call);
            let seen = call.returns_pointer().then(|| self.places.place(address));
            if seen != result || !judge::same_system_calls(&system_calls, &due) {
                return Some(index);
            }
            let look = stretch.look.filter(|_| index + 1 == last);
            if look.is_some_and(|look| stretch.damage.is_some() || !self.is_sound(&look)) {
                return Some(index);
            }
        }
        None
    }

    /// Whether the heap and the mappings' headers are as the specification has them.
    fn is_sound(&self, look: &Look<'_>) -> bool {
        !self.plain
            || (look.heap.broken.is_none() && self.same_blocks(look) && self.same_mappings(look))
    }

    /// Adjacent free blocks count as one (V4).
    fn same_blocks(&self, look: &Look<'_>) -> bool {
        let due = self.follower.state().heap.blocks.iter();
        let due = due.map(|block| (block.start, block.free));
        let start = self.places.heap_start();
        let seen = look.heap.headers.iter().map(|header| {
            let free = transcript::state(header.status) == State::Free;
            (header.address.wrapping_sub(start), free)
        });
        starts_of_runs(due).eq(starts_of_runs(seen))
    }

    fn same_mappings(&self, look: &Look<'_>) -> bool {
        look.mappings.iter().all(|header| {
            let Place::Mapping(number, 0) = self.places.place(header.address) else {
                return true;
            };
            let due = self.follower.state().mapping(number);
            due.is_none_or(|due| {
                self.profile.align(header.size) == self.profile.align(due.size)
                    && transcript::state(header.status) == due.status
            })
        })
    }
}

/// The blocks, without those that are free and follow a free one.
fn starts_of_runs(blocks: impl Iterator<Item = (u64, bool)>) -> impl Iterator<Item = (u64, bool)> {
    let mut after_free = false;
    blocks.filter(move |&(_, free)| {
        let merges = free && after_free;
        after_free = free;
        !merges
    })
}

impl Listener for Comparison<'_> {
    fn start(&mut self, heap: u64) {
        self.places = Places::new(heap, self.profile);
    }

    fn stretch(&mut self, stretch: &Stretch<'_>) -> ControlFlow<()> {
        self.suspect = self.first_difference(stretch);
        if self.suspect.is_some() {
            return ControlFlow::Break(());
        }
        if stretch.look.is_some() {
            self.sound = stretch.first + stretch.results.len();
        }
        ControlFlow::Continue(())
    }
}
