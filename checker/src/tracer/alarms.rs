//! Breakpoints at the C library's allocator (E2).
//!
//! What a library imports is known before it runs, but not what it fetches by name, nor what the
//! C library allocates on its behalf. The breakpoints are set once in the fork server, whose
//! children inherit them; they cost nothing until one of them is reached, and then they are lifted:
//! the first use is what is told.

use std::io;

use super::maps::{self, Mapping};
use crate::elf;
use crate::sys::trace::Stopped;
use crate::types::Region;

/// What hands out memory. Without these there is nothing to give to `free`, and to give it a
/// NULL does no harm.
const ALLOCATOR: [&str; 9] = [
    "malloc",
    "calloc",
    "realloc",
    "reallocarray",
    "memalign",
    "aligned_alloc",
    "posix_memalign",
    "valloc",
    "pvalloc",
];
/// The instruction `int3`, one byte long.
const BREAKPOINT: u8 = 0xcc;

/// The breakpoints of a fork server and its children.
#[derive(Clone, Debug, Default)]
pub(super) struct Alarms(Vec<Alarm>);

#[derive(Clone, Copy, Debug)]
struct Alarm {
    function: &'static str,
    address: u64,
    /// The byte in whose place it stands.
    original: u8,
}

/// A use of the C library's allocator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Use {
    pub(super) function: &'static str,
    /// Whether another function of the system's libraries called it.
    pub(super) indirectly: bool,
}

impl Alarms {
    /// Sets them in a process that has loaded all its libraries. Where the C library is not found,
    /// there are none: the imports are judged without them.
    pub(super) fn set(process: &Stopped, maps: &[Mapping]) -> io::Result<Self> {
        let mut alarms = Vec::new();
        for (function, address) in allocator(maps) {
            // Some functions have several names.
            if alarms.iter().any(|alarm: &Alarm| alarm.address == address) {
                continue;
            }
            let replaced = process.write(address, BREAKPOINT)?;
            alarms.extend(replaced.map(|original| Alarm {
                function,
                address,
                original,
            }));
        }
        Ok(Self(alarms))
    }

    /// The use that stopped the process with a SIGTRAP, if that is what did.
    pub(super) fn reached(&self, process: &Stopped) -> Option<Use> {
        let alarm = self.at(process)?;
        let mut address = Vec::new();
        process.read(&[(process.stack_pointer()?, 8)], &mut address);
        let caller = u64::from_ne_bytes(address.try_into().ok()?);
        Some(Use {
            function: alarm.function,
            indirectly: maps::is_of_the_system(process.id(), caller),
        })
    }

    /// Lets the process, which one of them has stopped, go on as if there were none.
    pub(super) fn lift(&self, process: &Stopped) -> io::Result<()> {
        for alarm in &self.0 {
            process.write(alarm.address, alarm.original)?;
        }
        match self.at(process) {
            Some(alarm) => process.go_to(alarm.address),
            None => Ok(()),
        }
    }

    fn at(&self, process: &Stopped) -> Option<&Alarm> {
        let behind = process.instruction_pointer()?;
        self.0.iter().find(|alarm| alarm.address + 1 == behind)
    }
}

/// The addresses of the C library's functions in a process with these mappings.
fn allocator(maps: &[Mapping]) -> Vec<(&'static str, u64)> {
    let Some((path, start)) = maps::c_library(maps) else {
        return Vec::new();
    };
    let functions = std::fs::read(path)
        .ok()
        .and_then(|bytes| elf::functions(&bytes, &ALLOCATOR).ok())
        .unwrap_or_default();
    let code: Vec<Region> = maps::code_of(maps, path).collect();
    functions
        .into_iter()
        // A shared library's addresses count from where its first byte is loaded.
        .filter_map(|(name, address)| Some((name, start.checked_add(address)?)))
        .filter(|&(_, address)| code.iter().any(|region| region.contains(address)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_c_library_of_this_process() {
        let maps = maps::of(std::process::id() as i32).unwrap();
        let found = allocator(&maps);
        let malloc = found.iter().find(|(name, _)| *name == "malloc");
        // Nothing here replaces it, so it is the one that this program is linked to.
        let expected = libc::malloc as *const () as u64;
        assert_eq!(malloc.map(|&(_, address)| address), Some(expected));
        assert!(maps::is_of_the_system(std::process::id() as i32, expected));
        let own = allocator as *const () as u64;
        assert!(!maps::is_of_the_system(std::process::id() as i32, own));
    }
}
