//! Breakpoints at the C library's allocator (E2).
//!
//! What a library imports is known before it runs, but not what it fetches by name, nor what the C
//! library allocates on its behalf. Every byte of these functions is a breakpoint, so that a jump
//! past the first instruction is met as well. They are set in the fork server before the first
//! constructor runs, and its children inherit them; they cost nothing until one of them is reached,
//! and then they are removed: only the first use is reported.

use std::io;

use super::c_library::CLibrary;
use super::maps;
use crate::elf::Export;
use crate::sys::trace::Stopped;

/// The instruction `int3`, one byte long.
const BREAKPOINT: u8 = 0xcc;

/// The breakpoints of a fork server and its children.
#[derive(Clone, Debug)]
pub(super) struct Alarms {
    library: CLibrary,
    alarms: Vec<Alarm>,
}

#[derive(Clone, Debug)]
struct Alarm {
    function: Export,
    /// The bytes in whose place they stand.
    original: Vec<u8>,
}

/// A use of the C library's allocator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Use {
    pub(super) function: &'static str,
    /// Whether another function of the system's libraries called it.
    pub(super) indirectly: bool,
    /// Whether it is for the buffer of a stream.
    pub(super) for_stream: bool,
}

impl Alarms {
    /// Sets them in a process that has loaded this C library.
    pub(super) fn set(process: &Stopped, library: CLibrary) -> io::Result<Self> {
        let mut alarms = Vec::new();
        for function in library.allocator() {
            let breakpoints = vec![BREAKPOINT; function.size.max(1) as usize];
            let original = process.overwrite(function.address, &breakpoints)?;
            alarms.extend(original.map(|original| Alarm { function, original }));
        }
        Ok(Self { library, alarms })
    }

    /// Sets them again, where they were removed.
    pub(super) fn set_again(&self, process: &Stopped) -> io::Result<()> {
        for Alarm { function, original } in &self.alarms {
            process.overwrite(function.address, &vec![BREAKPOINT; original.len()])?;
        }
        Ok(())
    }

    /// The C library that they are set in.
    pub(super) const fn library(&self) -> &CLibrary {
        &self.library
    }

    /// The use that stopped the process with a SIGTRAP, if that is what did.
    pub(super) fn reached(&self, process: &Stopped) -> io::Result<Option<Use>> {
        let Some((alarm, at)) = self.at(process) else {
            return Ok(None);
        };
        // Only a normal call of the function leaves a return address.
        let called = at == alarm.function.address;
        let caller = match process.stack_pointer().filter(|_| called) {
            Some(stack) => process.read_word(stack)?,
            None => None,
        };
        let by = |is: &dyn Fn(u64) -> bool| caller.is_some_and(is);
        Ok(Some(Use {
            function: alarm.function.name,
            indirectly: by(&|caller| maps::is_of_the_system(process.id(), caller)),
            for_stream: by(&|caller| self.library.buffers_a_stream(caller)),
        }))
    }

    /// Lets the process, which one of them has stopped, go on as if there were none.
    pub(super) fn lift(&self, process: &Stopped) -> io::Result<()> {
        for Alarm { function, original } in &self.alarms {
            process.overwrite(function.address, original)?;
        }
        match self.at(process) {
            Some((_, at)) => process.go_to(at),
            None => Ok(()),
        }
    }

    /// The one that the process has just run into, and the address of its instruction.
    fn at(&self, process: &Stopped) -> Option<(&Alarm, u64)> {
        let at = process.instruction_pointer()?.checked_sub(1)?;
        let alarm = self.alarms.iter().find(|Alarm { function, original }| {
            (function.address..function.address + original.len() as u64).contains(&at)
        });
        Some((alarm?, at))
    }
}
