//! Finds the callers of an instruction, out to the call of the assignment.
//!
//! By the unwind tables of the library and of the C library, frame by frame. Where there is none, as
//! in a function that was compiled without, or for a jump to nowhere, the stack is searched for the
//! next address that lies in the library just after a call.

use std::cell::Cell;

use gimli::{
    BaseAddresses, CfaRule, EhFrame, EhFrameHdr, EndianSlice, LittleEndian, RegisterRule,
    UnwindContext, UnwindSection as _,
};
use object::endian::LittleEndian as FileEndian;
use object::read::elf::ElfFile64;
use object::{Object as _, ObjectSection as _};

use crate::types::{Code, Registers, Site};

/// Frames that are looked at, those of the C library included.
const STEPS: usize = 48;
/// Addresses of the library that are kept.
const KEPT: usize = 8;
/// Bytes of unwind tables, of one library.
const LARGEST: u64 = 4 << 20;
/// Bytes of unwind tables that are read for a submission in all.
pub(super) const ROWS: u64 = 64 << 20;
const STACK: usize = 7;
const INSTRUCTION: usize = 16;

/// What leads through a process.
pub(super) struct Unwinder<'a> {
    pub(super) code: &'a Code,
    /// The file of the submission's library.
    pub(super) library: &'a [u8],
    pub(super) c_library: &'a [u8],
    /// Bytes of unwind tables that may still be read.
    pub(super) left: &'a Cell<u64>,
}

/// The unwind tables of a library.
struct Tables<'a> {
    header: EhFrameHdr<EndianSlice<'a, LittleEndian>>,
    frames: EhFrame<EndianSlice<'a, LittleEndian>>,
    bases: BaseAddresses,
}

type Text<'a> = (u64, &'a [u8]);

/// The stack of a process as it was kept.
struct Stack<'a> {
    start: u64,
    bytes: &'a [u8],
}

impl Unwinder<'_> {
    /// The instructions in the library that were under way, the innermost first, as addresses in
    /// its file; and whether that are all.
    pub(super) fn addresses(&self, site: &Site) -> (Vec<u64>, bool) {
        let stack = Stack {
            start: site.stack_start,
            bytes: &site.stack,
        };
        let tables = Tables::of(self.library);
        let of_c_library = Tables::of(self.c_library);
        let text = text(self.library);
        let mut registers = site.registers;
        let mut found = Vec::new();
        for step in 0..STEPS {
            // A return address may lie after the last instruction of its function.
            let at = registers[INSTRUCTION].wrapping_sub(u64::from(step > 0));
            let next = if let Some(own) = self.code.library.own(at) {
                found.push(own);
                if found.len() == KEPT {
                    return (found, false);
                }
                tables
                    .as_ref()
                    .and_then(|it| it.caller(&registers, own, &stack, self.left))
            } else if let Some(own) = self.code.c_library.own(at) {
                of_c_library
                    .as_ref()
                    .and_then(|it| it.caller(&registers, own, &stack, self.left))
            } else if found.is_empty() && step == 0 {
                None
            } else {
                // The scenario program.
                return (found, true);
            };
            let next = next.or_else(|| self.next_return(&registers, &stack, text));
            match next {
                Some(next) if next[STACK] > registers[STACK] => registers = next,
                _ => return (found, false),
            }
        }
        (found, false)
    }

    /// The next address on the stack to which the library would return.
    fn next_return(
        &self,
        registers: &Registers,
        stack: &Stack<'_>,
        text: Option<Text<'_>>,
    ) -> Option<Registers> {
        let mut at = registers[STACK].max(stack.start);
        loop {
            let word = stack.word(at)?;
            at = at.checked_add(8)?;
            if self.is_after_call(word, text) {
                let mut next = *registers;
                (next[STACK], next[INSTRUCTION]) = (at, word);
                return Some(next);
            }
        }
    }

    fn is_after_call(&self, address: u64, text: Option<Text<'_>>) -> bool {
        let bytes_before = || {
            let own = self
                .code
                .library
                .own(address.wrapping_sub(1))?
                .checked_add(1)?;
            let (start, text) = text?;
            let end = usize::try_from(own.checked_sub(start)?).ok()?;
            text.get(end.checked_sub(7)?..end)
        };
        bytes_before().is_some_and(|before| {
            // `call` to an address that is given, or that is in a register or in memory.
            let indirect = |length: usize| {
                let [code, kind] = [before[7 - length], before[8 - length]];
                code == 0xff && kind & 0x38 == 0x10
            };
            before[2] == 0xe8 || (2..=7).any(indirect)
        })
    }
}

impl<'a> Tables<'a> {
    fn of(file: &'a [u8]) -> Option<Self> {
        let file = ElfFile64::<FileEndian>::parse(file).ok()?;
        let section = |name: &str| {
            let section = file.section_by_name(name)?;
            let data = section.data().ok()?;
            (section.size() <= LARGEST).then_some((section.address(), data))
        };
        let (header_at, header) = section(".eh_frame_hdr")?;
        let (frames_at, frames) = section(".eh_frame")?;
        let bases = BaseAddresses::default();
        Some(Self {
            header: EhFrameHdr::new(header, LittleEndian),
            frames: EhFrame::new(frames, LittleEndian),
            bases: bases.set_eh_frame_hdr(header_at).set_eh_frame(frames_at),
        })
    }

    /// The registers as they are in the caller of the function with this instruction.
    fn caller(
        &self,
        registers: &Registers,
        at: u64,
        stack: &Stack<'_>,
        left: &Cell<u64>,
    ) -> Option<Registers> {
        let header = self.header.parse(&self.bases, 8).ok()?;
        let entry = header
            .table()?
            .fde_for_address(&self.frames, &self.bases, at, EhFrame::cie_from_offset)
            .ok()?;
        let bytes = entry.entry_len() + entry.cie().entry_len();
        left.set(left.get().checked_sub(bytes as u64)?);
        let mut context = UnwindContext::new();
        let row = entry
            .unwind_info_for_address(&self.frames, &self.bases, &mut context, at)
            .ok()?;
        let CfaRule::RegisterAndOffset { register, offset } = row.cfa() else {
            return None;
        };
        let frame = registers
            .get(usize::from(register.0))?
            .wrapping_add_signed(*offset);
        let mut next = *registers;
        for (register, rule) in row.registers() {
            let value = match rule {
                RegisterRule::Offset(offset) => stack.word(frame.wrapping_add_signed(*offset)),
                RegisterRule::ValOffset(offset) => Some(frame.wrapping_add_signed(*offset)),
                RegisterRule::Register(other) => registers.get(usize::from(other.0)).copied(),
                _ => continue,
            };
            // What was not kept of the stack is not known, and seldom needed.
            if let Some(place) = next.get_mut(usize::from(register.0)) {
                *place = value.unwrap_or(0);
            }
        }
        next[STACK] = frame;
        Some(next)
    }
}

/// The instructions of a library, and the address of the first.
fn text(file: &[u8]) -> Option<Text<'_>> {
    let file = ElfFile64::<FileEndian>::parse(file).ok()?;
    let section = file.section_by_name(".text")?;
    Some((section.address(), section.data().ok()?))
}

impl Stack<'_> {
    fn word(&self, address: u64) -> Option<u64> {
        let at = usize::try_from(address.checked_sub(self.start)?).ok()?;
        let bytes = self.bytes.get(at..at.checked_add(8)?)?;
        bytes.try_into().ok().map(u64::from_le_bytes)
    }
}
