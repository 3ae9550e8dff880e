//! One call, from any state: section A. The other sections are in `heap` (C), `resize` (A10 to A16)
//! and `mappings` (D).

use super::blocks::Block;
use super::choices::{Chooser, Question};
use super::decide::{Handed, Purpose, Site, Situation, Watch, decide};
use super::mistakes::{Change, Point};
use super::reason::reasons;
use super::state::{Request, State};
use super::{Cut, Denied, Harm, Reason};
use crate::types::{Place, Profile, SystemCall};

/// Larger than any address space; the system always refuses it.
pub(super) const BEYOND_ADDRESS_SPACE: u64 = 1 << 47;

reasons! {
    /// Nothing is asked for (A1, A3).
    ZERO A1 [NotNull];
    OVERFLOW A5 [NotNull];
    /// The system can have no memory of this size.
    NO_MEMORY E3 [NotNull];
    MALLOC_THRESHOLD A2 [Maps, DoesNotMap];
    CALLOC_THRESHOLD A4 [
        Maps "maps; {total} bytes with the header must come from the heap (threshold {page})",
        DoesNotMap "does not map; {total} bytes with the header must be mapped (threshold {page})",
    ];
    REALLOC_THRESHOLD A13 [Maps, DoesNotMap];
    MAPPED_THRESHOLD A17 [Maps, DoesNotMap];
    ZEROED A4 [];
    FREE_OF_NULL A6 [];
    REALLOC_OF_NULL A9 [];
    REALLOC_ZERO A9 [NotNull];
    REALLOC_OF_FREE A10 [NotNull];
}

impl Cut {
    /// Why something is mapped or not.
    #[must_use]
    pub const fn reason(self) -> &'static Reason {
        match self {
            Self::Malloc => &MALLOC_THRESHOLD,
            Self::Calloc => &CALLOC_THRESHOLD,
            Self::ReallocHeap => &REALLOC_THRESHOLD,
            Self::ReallocMapped => &MAPPED_THRESHOLD,
        }
    }
}

/// Why a call ends early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// The system has refused memory, or it must (E3).
    NoMemory,
    /// A mistake has left memory in an unknown state.
    Ruin,
}

/// Why a call does what it does; recorded only if the caller asks for it.
#[derive(Debug)]
pub(super) struct Reasons {
    pub(super) list: Vec<&'static Reason>,
    pub(super) wanted: bool,
}

impl Reasons {
    pub(super) fn push(&mut self, reason: &'static Reason) {
        if self.wanted {
            self.list.push(reason);
        }
    }
}

/// What a function of the assignment returns.
pub(super) type Served = Result<Place, Stop>;

/// A call under way.
pub(super) struct Run<'a> {
    pub(super) profile: &'a Profile,
    pub(super) chooser: Chooser<'a>,
    pub(super) watch: Watch<'a>,
    pub(super) denied: Denied<'a>,
    pub(super) request: Request,
    pub(super) state: State,
    pub(super) system_calls: Vec<SystemCall>,
    pub(super) reasons: Reasons,
    /// Whether A13 applies.
    pub(super) large: bool,
    pub(super) harm: Harm,
    /// Used blocks that others were made to cover: they keep their headers and their callers.
    pub(super) covered: Vec<Block>,
    /// Whether this call is the first that the heap serves.
    pub(super) first: bool,
    /// The function and block that the decisions are part of.
    pub(super) purpose: Purpose,
    pub(super) size: u64,
    pub(super) need: u64,
    /// Payload bytes of the block that is reallocated.
    pub(super) had: u64,
    pub(super) handed: Handed,
    pub(super) took: Option<Block>,
    /// V12: whether sizes are compared as they stand in headers, once that was decided.
    pub(super) raw: bool,
}

/// The situation at a decision about the block of an index.
macro_rules! situation {
    ($run:expr, $index:expr) => {
        Situation {
            profile: $run.profile,
            heap: &$run.state.heap,
            request: $run.request,
            purpose: $run.purpose,
            size: $run.size,
            need: $run.need,
            index: $index,
            first: $run.first,
            had: $run.had,
            handed: $run.handed,
            mapped: $run.state.mapped,
            has_mapping: $run.state.mappings.iter().any(|mapping| mapping.live),
        }
    };
    ($run:expr) => {
        situation!($run, usize::MAX)
    };
}
pub(super) use situation;

impl Run<'_> {
    pub(super) fn call(&mut self) -> Served {
        match self.request {
            Request::Malloc { size } => self.malloc(size),
            Request::Calloc { count, size } => self.calloc(count, size),
            Request::Realloc { target, size } => self.realloc(target, size),
            Request::Free { target } => {
                self.purpose = Purpose::Free;
                self.free(target).map(|()| Place::Null)
            }
            Request::MoveBreak { bytes } => {
                self.move_foreign(bytes);
                Ok(Place::Null)
            }
        }
    }

    /// Sets what the decisions from here on are about.
    pub(super) fn ask_for(&mut self, purpose: Purpose, size: u64) -> Result<(), Stop> {
        self.purpose = purpose;
        self.size = size;
        let total = self.profile.total(size);
        let huge = total.is_none_or(|it| it >= BEYOND_ADDRESS_SPACE);
        // For a size that no system can give, other mistakes cannot be distinguished.
        self.watch.huge = huge;
        let Some(total) = total.filter(|_| !huge || !self.chooser.ask(Question::RefusesHuge))
        else {
            self.reasons.push(&NO_MEMORY);
            let unchecked = total.is_none() && self.is_unchecked(Site::Size);
            return Err(if unchecked {
                Stop::Ruin
            } else {
                Stop::NoMemory
            });
        };

        let aligned = total - self.profile.header;
        self.need = decide!(self.watch, Need, situation!(self), aligned);
        self.harm.unaligned |= !self.need.is_multiple_of(self.profile.alignment);
        Ok(())
    }

    /// A1, A2.
    pub(super) fn malloc(&mut self, size: u64) -> Served {
        self.purpose = Purpose::Malloc;
        if self.refuses(size, size == 0) {
            self.reasons.push(&ZERO);
            return Ok(Place::Null);
        }
        let size = self.served(size);
        self.ask_for(Purpose::Malloc, size)?;
        let mapped = self.maps(Cut::Malloc);
        self.allocate(mapped)
    }

    /// A3 to A5.
    fn calloc(&mut self, count: u64, size: u64) -> Served {
        self.purpose = Purpose::Calloc;
        let product = count.wrapping_mul(size);
        let overflows = count.checked_mul(size).is_none();
        if decide!(self.watch, SeesOverflow, situation!(self), overflows) {
            self.reasons.push(&OVERFLOW);
            return Ok(Place::Null);
        }
        self.harm.overlaps |= overflows;
        // A product that has overflowed to zero may be served or refused.
        let wrapped = product == 0 && overflows && self.chooser.ask(Question::RefusesHuge);
        let none = (product == 0 && !overflows) || wrapped;
        if self.refuses(product, none) {
            self.reasons.push(&ZERO);
            return Ok(Place::Null);
        }
        let room = self.served(product);
        self.ask_for(Purpose::Calloc, room)?;
        let mapped = self.maps(Cut::Calloc);
        self.reasons.push(&ZEROED);
        let place = self.allocate(mapped)?;
        self.zero(place, product);
        Ok(place)
    }

    fn zero(&mut self, place: Place, product: u64) {
        let zeroed = decide!(self.watch, Zeroes, situation!(self), product);
        let Place::Heap(payload) = place else { return };
        // A mapping is zero by itself.
        if zeroed < product {
            self.harm.not_zero = Some(zeroed);
        }
        let start = payload - self.profile.header;
        let room = self
            .state
            .heap
            .at(start)
            .map(|at| self.state.heap.blocks[at].size);
        if let Some(room) = room.filter(|room| zeroed > *room) {
            self.harm.change_from(payload + room);
        }
    }

    /// A6 to A8.
    pub(super) fn free(&mut self, target: Place) -> Result<(), Stop> {
        match target {
            Place::Null => {
                self.reasons.push(&FREE_OF_NULL);
                if decide!(self.watch, ReadsNull, situation!(self), false) {
                    return Err(Stop::Ruin);
                }
            }
            Place::Mapping(number, _) => {
                self.walk_list()?;
                self.unmap(number)?;
            }
            Place::Heap(payload) => {
                self.walk_list()?;
                self.free_block(payload.wrapping_sub(self.profile.header));
            }
            Place::Elsewhere => {}
        }
        Ok(())
    }

    /// A9 to A17.
    fn realloc(&mut self, target: Place, size: u64) -> Served {
        if target == Place::Null {
            self.purpose = Purpose::Malloc;
            self.reasons.push(&REALLOC_OF_NULL);
            if decide!(self.watch, Refuses, situation!(self), false) {
                return Ok(Place::Null);
            }
            return self.malloc(size);
        }
        if size == 0 {
            return self.realloc_zero(target);
        }
        match target {
            Place::Mapping(number, _) => self.realloc_mapping(number, size),
            Place::Heap(payload) => self.realloc_block(payload, size),
            Place::Null | Place::Elsewhere => Ok(Place::Null),
        }
    }

    /// `os_realloc(p, 0)` is `os_free(p)`.
    fn realloc_zero(&mut self, target: Place) -> Served {
        self.purpose = Purpose::Free;
        self.reasons.push(&REALLOC_ZERO);
        let canonical = (true, true);
        let (frees, null) = decide!(self.watch, ReallocZero, situation!(self), canonical);
        if frees {
            self.free(target)?;
        }
        let live = match target {
            Place::Mapping(number, _) => self.state.mapping(number).is_some(),
            _ => true,
        };
        Ok(match (null, live) {
            (true, _) => Place::Null,
            (false, true) => target,
            (false, false) => Place::Elsewhere,
        })
    }

    /// A10, or the block that is to be resized.
    fn realloc_block(&mut self, payload: u64, size: u64) -> Served {
        let start = payload.wrapping_sub(self.profile.header);
        let index = self.state.heap.at(start);
        let used = index.filter(|at| !self.state.heap.blocks[*at].free);
        self.purpose = Purpose::Grow;
        self.size = size;
        if used.is_none() {
            self.reasons.push(&REALLOC_OF_FREE);
            let refused = decide!(
                self.watch,
                Refuses,
                situation!(self, index.unwrap_or(usize::MAX)),
                true
            );
            if refused {
                return Ok(Place::Null);
            }
        }
        match index {
            Some(index) => {
                self.ask_for(Purpose::Grow, size)?;
                self.resize(index)
            }
            // Merged into another one: the result of a resize depends on stale memory.
            None => Err(Stop::Ruin),
        }
    }

    fn refuses(&mut self, size: u64, refuses: bool) -> bool {
        self.size = size;
        decide!(self.watch, Refuses, situation!(self), refuses)
    }

    /// The size of what is served.
    fn served(&mut self, size: u64) -> u64 {
        match size == 0 && self.chooser.ask(Question::ServesOne) {
            true => 1,
            false => size,
        }
    }

    /// Memory from the heap or from a mapping, for what was asked.
    pub(super) fn allocate(&mut self, mapped: bool) -> Served {
        self.walk_list()?;
        if mapped {
            let number = self.map()?;
            self.handed = Handed::Mapped;
            Ok(Place::Mapping(number, self.profile.header))
        } else {
            let start = self.take_from_heap()?;
            Ok(Place::Heap(start + self.profile.header))
        }
    }

    /// What a call may do that goes over the list of blocks: it finds nothing there that is gone
    /// (A8).
    fn walk_list(&mut self) -> Result<(), Stop> {
        let live = self.state.mappings.iter().filter(|mapping| mapping.live);
        if (live.count() as u64) < u64::from(self.state.mapped)
            && decide!(self.watch, ReadsUnmapped, situation!(self), false)
        {
            self.harm.crashes = Some(self.system_calls.len());
            return Err(Stop::Ruin);
        }
        Ok(())
    }

    /// Whether what is asked for is mapped (A2, A4, A13, A17; V1 to V3).
    pub(super) fn maps(&mut self, cut: Cut) -> bool {
        let band = cut.band(self.profile);
        let size = self.size;
        let mapped = if size < *band.start() {
            false
        } else if size >= *band.end() {
            true
        } else {
            !self.chooser.ask(Question::StaysBelow(cut, size))
        };
        self.reasons.push(cut.reason());
        decide!(self.watch, Maps, situation!(self), mapped)
    }

    /// Whether a mistake leaves the result of the system call at this site unchecked (E3).
    pub(super) fn is_unchecked(&mut self, site: Site) -> bool {
        let here = |change: &Change| matches!(change, Change::Unchecked(it) if *it == site);
        if self.watch.looks {
            let others = super::mistakes::at(Point::Unchecked).iter();
            let others = others.filter(|(_, change)| here(change));
            self.watch
                .differing
                .extend(others.map(|(mistake, _)| mistake));
        }
        let made = self.watch.made.iter();
        made.flat_map(|mistake| mistake.changes()).any(here)
    }
}
