//! The state of a simulated allocator and its four functions.

use super::choices::{Axis, AxisSet, Choices, Coalescing, Failure};
use super::environment::{Counter, Environment};
use super::fault::{Fault, FaultSet};
use super::heap::Heap;
use crate::types::{Block, Call, MappingNumber, Place, Pointer, Profile, SystemCall};

/// What one call returned and asked of the system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// Where the returned pointer points; `None` for a call that returns nothing.
    pub result: Option<Place>,
    /// Its system calls, in order.
    pub system_calls: Vec<SystemCall>,
}

/// How much of what follows the simulation knows. Only faults make it less than exact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Certainty {
    /// Everything.
    Exact,
    /// The headers in memory cannot be told any more; system calls and placement can.
    LayoutUnknown,
    /// Memory is corrupt after this call; whatever follows, follows from it.
    Nothing,
}

/// How a call was carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum How {
    /// Nothing to do, or refused.
    #[default]
    Nothing,
    /// A system call failed.
    Failed,
    /// A mapping was made (D1).
    Mapped,
    /// The free block at this offset, of this size, was taken (C4).
    Took {
        /// Bytes from the heap start to its header.
        start: u64,
        /// Its payload bytes before.
        had: u64,
    },
    /// The free last block of this size was grown (C7).
    Extended {
        /// Its payload bytes before.
        had: u64,
    },
    /// A block was appended (C7).
    Appended,
    /// A heap block was freed (A7).
    Freed,
    /// A mapping was given back (A8).
    Unmapped,
    /// The block was large enough and kept its address (A12).
    Kept,
    /// The last block grew in place (A14).
    GrewLast,
    /// The block merged free blocks behind it and kept its address (A15).
    Merged,
}

/// How a call was carried out, and whether it moved an existing block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Account {
    /// For a move: how the new block came about.
    pub how: How,
    /// Whether `os_realloc` moved a block (A13, A16, A17).
    pub moved: bool,
    /// Whether this call preallocated the heap (C1).
    pub preallocated: bool,
}

/// A pointer variable of a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Variable {
    Null,
    /// The block whose header is at this offset.
    Heap(u64),
    /// The index of a mapping.
    Mapped(usize),
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Mapping {
    pub(super) length: u64,
    pub(super) live: bool,
}

/// A block that is being looked for, and what for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    Malloc,
    Calloc,
    Move,
}

/// A call could not get the memory it asked the system for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NoMemory;

/// An allocator that follows the specification, call by call.
#[derive(Clone, Debug)]
pub struct Simulation {
    pub(super) profile: Profile,
    pub(super) choices: Choices,
    pub(super) faults: FaultSet,
    pub(super) heap: Heap,
    pub(super) account: Account,
    pub(super) preallocated: bool,
    pub(super) first_served: bool,
    pub(super) environment: Environment,
    pub(super) mappings: Vec<Mapping>,
    variables: Vec<Variable>,
    pub(super) system_calls: Vec<SystemCall>,
    pub(super) counter: Counter,
    pub(super) sensitive: AxisSet,
    certainty: Certainty,
}

impl Simulation {
    /// A process that has made no call yet.
    #[must_use]
    pub fn new(profile: &Profile, choices: &Choices, faults: FaultSet) -> Self {
        Self {
            profile: *profile,
            choices: *choices,
            faults,
            heap: Heap::new(profile).blind(faults.iter().any(Fault::blurs)),
            account: Account::default(),
            preallocated: false,
            first_served: false,
            environment: Environment::KIND,
            mappings: Vec::new(),
            variables: Vec::new(),
            system_calls: Vec::new(),
            counter: Counter::default(),
            sensitive: AxisSet::EMPTY,
            certainty: Certainty::Exact,
        }
    }

    /// The same, where some system calls fail.
    #[must_use]
    pub fn within(mut self, environment: Environment) -> Self {
        self.environment = environment;
        self
    }

    /// Makes the next call. Calls are numbered 1, 2, 3, … in the order they are made.
    pub fn call(&mut self, call: &Call) -> Reply {
        self.account = Account::default();
        let before = self.environment.is_harsh().then(|| self.heap.clone());
        let returned = self.dispatch(call);
        let variable = returned.unwrap_or(Variable::Null);
        if returned.is_err() {
            self.account.how = How::Failed;
            self.roll_back(before);
        }
        self.variables.push(variable);
        Reply {
            result: call.returns_pointer().then(|| self.place(variable)),
            system_calls: std::mem::take(&mut self.system_calls),
        }
    }

    /// The blocks of the heap in address order, those of all regions one after the other.
    #[must_use]
    pub fn layout(&self) -> Vec<Block> {
        self.heap.blocks().collect()
    }

    /// The same without collecting them.
    pub fn blocks(&self) -> impl ExactSizeIterator<Item = Block> + '_ {
        self.heap.blocks()
    }

    /// The same, each with the bytes from the heap start to its header.
    pub fn placed_blocks(&self) -> impl ExactSizeIterator<Item = (u64, Block)> + '_ {
        self.heap
            .chunks
            .iter()
            .map(|chunk| chunk.start)
            .zip(self.heap.blocks())
    }

    /// Where the pointer variable points.
    #[must_use]
    pub fn pointee(&self, pointer: Pointer) -> Place {
        self.place(self.variable(pointer))
    }

    /// The payload bytes of the mapping, as its header says them.
    #[must_use]
    pub fn mapped_length(&self, mapping: MappingNumber) -> Option<u64> {
        let index = usize::try_from(mapping.0).ok()?.checked_sub(1)?;
        self.mappings.get(index).map(|mapping| mapping.length)
    }

    /// How the last call was carried out.
    #[must_use]
    pub const fn account(&self) -> Account {
        self.account
    }

    /// The axes on which another permitted choice would have changed something so far. A run
    /// under choices that agree on these is the same run.
    #[must_use]
    pub const fn sensitive(&self) -> AxisSet {
        self.sensitive
    }

    /// How much the simulation knows after the last call.
    #[must_use]
    pub const fn certainty(&self) -> Certainty {
        self.certainty
    }

    fn dispatch(&mut self, call: &Call) -> Result<Variable, NoMemory> {
        match *call {
            Call::Malloc { size } => self.malloc(size),
            Call::Calloc { count, size } => self.calloc(count, size),
            Call::Realloc { pointer, size } => self.realloc(self.variable(pointer), size),
            Call::Free { pointer } => {
                self.free(self.variable(pointer))?;
                Ok(Variable::Null)
            }
            Call::MoveBreak { bytes } => {
                self.move_foreign(bytes);
                Ok(Variable::Null)
            }
        }
    }

    fn malloc(&mut self, size: u64) -> Result<Variable, NoMemory> {
        if size == 0 && !self.has(Fault::ZeroServed) {
            return Ok(Variable::Null);
        }
        let mapped = self.malloc_maps(size);
        self.allocate(size, mapped, Purpose::Malloc)
    }

    fn calloc(&mut self, count: u64, size: u64) -> Result<Variable, NoMemory> {
        let Some(product) = count.checked_mul(size) else {
            return Ok(Variable::Null);
        };
        if product == 0 && !self.has(Fault::CallocZeroServed) {
            return Ok(Variable::Null);
        }
        let mapped = self.calloc_maps(product);
        self.allocate(product, mapped, Purpose::Calloc)
    }

    fn free(&mut self, variable: Variable) -> Result<(), NoMemory> {
        match variable {
            Variable::Null => Ok(()),
            Variable::Mapped(index) => {
                let released = self.unmap(index, Fault::MappedNeverUnmapped);
                self.coalesce_after_unmapping();
                released
            }
            Variable::Heap(start) => {
                self.account.how = How::Freed;
                self.free_chunk(start);
                Ok(())
            }
        }
    }

    fn realloc(&mut self, variable: Variable, size: u64) -> Result<Variable, NoMemory> {
        if variable == Variable::Null {
            if self.has(Fault::ReallocNullRefused) {
                return Ok(Variable::Null);
            }
            return self.malloc(size);
        }
        if size == 0 {
            if !self.has(Fault::ReallocZeroKeeps) {
                self.free(variable)?;
            }
            return Ok(Variable::Null);
        }
        match variable {
            Variable::Null => Ok(Variable::Null),
            Variable::Mapped(index) if self.mappings[index].live => self.move_mapping(index, size),
            Variable::Mapped(_) => Ok(Variable::Null),
            Variable::Heap(start) => self.realloc_chunk(start, size),
        }
    }

    /// A10: the header of a free block, or one that was merged away, says STATUS_FREE.
    fn realloc_chunk(&mut self, start: u64, size: u64) -> Result<Variable, NoMemory> {
        let used = self
            .heap
            .at(start)
            .filter(|index| !self.heap.chunks[*index].free);
        match used {
            Some(index) => self.resize(index, size),
            None if self.has(Fault::ReallocOfFreeServed) => {
                self.doubt(Certainty::Nothing);
                Ok(Variable::Heap(start))
            }
            None => Ok(Variable::Null),
        }
    }

    /// A17.
    fn move_mapping(&mut self, index: usize, size: u64) -> Result<Variable, NoMemory> {
        let fits = self
            .profile
            .total(size)
            .is_some_and(|total| total <= self.mappings[index].length);
        if fits && self.has(Fault::MappedKept) {
            return Ok(Variable::Mapped(index));
        }
        self.account.moved = true;
        let mapped = self.moved_maps(size);
        let new = self.allocate(size, mapped, Purpose::Move)?;
        if new != Variable::Null {
            let how = self.account.how;
            self.unmap(index, Fault::OldNotUnmapped)?;
            self.account.how = how;
            self.coalesce_after_unmapping();
        }
        Ok(new)
    }

    fn allocate(
        &mut self,
        size: u64,
        mapped: bool,
        purpose: Purpose,
    ) -> Result<Variable, NoMemory> {
        let Some(total) = self.profile.total(size) else {
            return Ok(Variable::Null);
        };
        let kept = self.kept_size(size, total - self.profile.header);
        if mapped {
            return self.map(kept);
        }
        self.take_from_heap(kept, purpose).map(Variable::Heap)
    }

    /// The payload bytes of a heap block for `size` bytes.
    pub(super) fn kept_size(&mut self, size: u64, aligned: u64) -> u64 {
        if self.has(Fault::NoAlignment) && size != aligned {
            self.doubt(Certainty::LayoutUnknown);
            return size;
        }
        aligned
    }

    fn roll_back(&mut self, before: Option<Heap>) {
        let Some(before) = before else { return };
        if before.end != self.heap.end || before.chunks == self.heap.chunks {
            return;
        }
        self.sensitive.insert(Axis::Failure);
        if self.choices.failure == Failure::RolledBack {
            self.heap = before;
        }
    }

    fn coalesce_after_unmapping(&mut self) {
        if !self.coalesces_otherwise() && self.heap.has_free_pair() {
            self.sensitive.insert(Axis::Coalescing);
            if self.choices.coalescing == Coalescing::AtAnyRelease {
                self.heap.coalesce();
            }
        }
    }

    pub(super) const fn has(&self, fault: Fault) -> bool {
        self.faults.has(fault)
    }

    pub(super) fn doubt(&mut self, certainty: Certainty) {
        self.certainty = self.certainty.max(certainty);
    }

    pub(super) const fn depends_on(&mut self, axis: Axis) {
        self.sensitive.insert(axis);
    }

    fn variable(&self, pointer: Pointer) -> Variable {
        match pointer {
            Pointer::Null => Variable::Null,
            Pointer::Of(number) => usize::try_from(number.0)
                .ok()
                .and_then(|number| self.variables.get(number.checked_sub(1)?))
                .copied()
                .unwrap_or(Variable::Null),
        }
    }

    fn place(&self, variable: Variable) -> Place {
        match variable {
            Variable::Null => Place::Null,
            Variable::Heap(start) => Place::Heap(start + self.profile.header),
            Variable::Mapped(index) => Place::Mapping(number_of(index), self.profile.header),
        }
    }
}

pub(super) fn number_of(index: usize) -> MappingNumber {
    MappingNumber(u32::try_from(index).unwrap_or(u32::MAX).saturating_add(1))
}
