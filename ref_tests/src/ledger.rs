//! The live blocks of a sequence: where they are, what was written into them, and whether two
//! of them share a byte. Every look-up takes the same time however many there are.

use ref_tests::call::CallNumber;
use ref_tests::tape::CAPACITY;
use ref_tests::wire::{PayloadFinding, PayloadFindingKind};

use crate::occupancy::Occupancy;
use crate::payload;

/// What a call returned.
#[derive(Clone, Copy)]
struct Entry {
    address: u64,
    size: u64,
    /// Its place on the list of live blocks, from 1; 0 when it is not live.
    place: u32,
}

/// What each call returned, and the blocks that are live.
pub(crate) struct Ledger {
    entries: [Entry; CAPACITY],
    live: [CallNumber; CAPACITY],
    count: usize,
    occupied: Occupancy,
    header: u64,
    alignment: u64,
}

/// The one ledger of the process, in static memory. Only what a sequence needs of it is touched.
static mut LEDGER: Ledger = Ledger::ZERO;

impl Ledger {
    /// All of it zero: so it lies in .bss, and the program's file is not larger by it.
    const ZERO: Self = Self {
        entries: [Entry {
            address: 0,
            size: 0,
            place: 0,
        }; CAPACITY],
        live: [CallNumber(0); CAPACITY],
        count: 0,
        occupied: Occupancy::new(),
        header: 0,
        alignment: 0,
    };

    /// The process's ledger, empty, for a heap from `heap` on. To be called once in a process.
    pub(crate) fn of_process(heap: u64, header: u64, alignment: u64) -> &'static mut Self {
        let ledger = &raw mut LEDGER;
        // SAFETY: the program has one thread and asks once, so this is the only reference.
        let ledger = unsafe { &mut *ledger };
        ledger.occupied.start_at(heap);
        (ledger.header, ledger.alignment) = (header, alignment);
        ledger
    }

    /// The address that a call returned.
    pub(crate) fn address(&self, number: CallNumber) -> u64 {
        self.entry(number).address
    }

    /// The size of a live block; `None` for a dead one.
    pub(crate) fn size(&self, number: CallNumber) -> Option<u64> {
        let entry = self.entry(number);
        (entry.place > 0).then_some(entry.size)
    }

    /// Notes what a call returned.
    pub(crate) fn note(&mut self, number: CallNumber, address: u64, size: u64) {
        *self.entry_mut(number) = Entry {
            address,
            size,
            place: 0,
        };
    }

    /// What is wrong with the place of the block that a call returned.
    pub(crate) fn complaint(&self, number: CallNumber) -> Option<PayloadFinding> {
        let (kind, block) = if self.entry(number).address.is_multiple_of(self.alignment) {
            (PayloadFindingKind::Overlap, self.overlapped(number)?)
        } else {
            (PayloadFindingKind::Misaligned, CallNumber(0))
        };
        Some(PayloadFinding {
            kind,
            block,
            offset: 0,
        })
    }

    /// Puts what a call returned on the list of live blocks and writes its pattern.
    pub(crate) fn adopt(&mut self, number: CallNumber) {
        let (start, end) = self.extent(number);
        if self.occupied.covers(start, end) {
            self.occupied.occupy(start, end);
        }
        self.live[self.count] = number;
        self.count += 1;
        self.entry_mut(number).place = self.count as u32;
        let entry = self.entry(number);
        payload::fill(number, entry.address, entry.size);
    }

    /// Takes a live block off the list.
    pub(crate) fn release(&mut self, number: CallNumber) {
        let (start, end) = self.extent(number);
        if self.occupied.covers(start, end) {
            self.occupied.clear(start, end);
        }
        self.count -= 1;
        let (place, last) = (self.entry(number).place, self.live[self.count]);
        self.live[place as usize - 1] = last;
        self.entry_mut(last).place = place;
        self.entry_mut(number).place = 0;
    }

    /// Whether a live block has lost its content.
    pub(crate) fn verify(&self, number: CallNumber) -> Option<PayloadFinding> {
        let entry = self.entry(number);
        let offset = payload::first_change(number, entry.address, entry.size)?;
        Some(PayloadFinding {
            kind: PayloadFindingKind::Changed,
            block: number,
            offset,
        })
    }

    /// The first live block that has lost its content.
    pub(crate) fn verify_all(&self) -> Option<PayloadFinding> {
        self.blocks().iter().find_map(|&number| self.verify(number))
    }

    /// The live block whose payload or header has a byte of this block's.
    fn overlapped(&self, number: CallNumber) -> Option<CallNumber> {
        let (start, end) = self.extent(number);
        if self.occupied.covers(start, end) && !self.occupied.touches(start, end) {
            return None;
        }
        let mut blocks = self.blocks().iter().copied();
        blocks.find(|&other| {
            let (other_start, other_end) = self.extent(other);
            start < other_end && other_start < end
        })
    }

    /// A block's header and payload.
    fn extent(&self, number: CallNumber) -> (u64, u64) {
        let Entry { address, size, .. } = *self.entry(number);
        let start = address.saturating_sub(self.header);
        let end = address.saturating_add(size);
        (
            start,
            end.checked_next_multiple_of(self.alignment).unwrap_or(end),
        )
    }

    fn blocks(&self) -> &[CallNumber] {
        &self.live[..self.count]
    }

    fn entry(&self, number: CallNumber) -> &Entry {
        &self.entries[number.0 as usize % CAPACITY]
    }

    fn entry_mut(&mut self, number: CallNumber) -> &mut Entry {
        &mut self.entries[number.0 as usize % CAPACITY]
    }
}
