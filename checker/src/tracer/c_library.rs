//! The C library in a process: where its functions and variables lie.
//!
//! Found from outside, in the file that the loader has mapped: inside the process, a name may lead to
//! what the submission has put in its place.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::sync::{Mutex, PoisonError};

use ref_tests::wire::Borrowed;

use super::maps::{self, Mapping};
use crate::elf::{self, Export};
use crate::types::Region;

/// The functions that return memory. Without them there is nothing to pass to `free`, and
/// `free(NULL)` is harmless.
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
/// Makes the buffer of a stream.
const STREAM_BUFFER: &str = "_IO_file_doallocate";
const BORROWED: [&str; 6] = ["sbrk", "setvbuf", "fwide", "stdout", "stderr", "exit"];

/// The C library that a process has loaded.
#[derive(Clone, Debug)]
pub(super) struct CLibrary {
    /// At their addresses in the process.
    places: Vec<Export>,
}

impl CLibrary {
    /// The C library of a process with these mappings; `None` where it is not loaded yet.
    pub(super) fn of(maps: &[Mapping]) -> io::Result<Option<Self>> {
        let Some((path, start)) = maps::c_library(maps) else {
            return Ok(None);
        };
        let mut places = places_in(path)?;
        for place in &mut places {
            // A shared library's addresses count from where its first byte is loaded.
            place.address = place.address.saturating_add(start);
        }
        let code: Vec<Region> = maps::code_of(maps, path).collect();
        let is_allocator = |place: &Export| ALLOCATOR.contains(&place.name);
        let is_code = |place: &Export| code.iter().any(|region| region.contains(place.address));
        places.retain(|place| !is_allocator(place) || is_code(place));
        Ok(Some(Self { places }))
    }

    /// What the scenario program needs of it.
    pub(super) fn borrowed(&self) -> Option<Borrowed> {
        let address = |name| Some(self.place(name)?.address);
        Some(Borrowed {
            sbrk: address("sbrk")?,
            setvbuf: address("setvbuf")?,
            fwide: address("fwide")?,
            stdout: address("stdout")?,
            stderr: address("stderr")?,
            exit: address("exit")?,
        })
    }

    /// The functions that return memory, each once: some have several names.
    pub(super) fn allocator(&self) -> Vec<Export> {
        let mut functions: Vec<Export> = Vec::new();
        for place in &self.places {
            let known = functions.iter().any(|known| known.address == place.address);
            if ALLOCATOR.contains(&place.name) && !known {
                functions.push(*place);
            }
        }
        functions
    }

    /// Whether this is an instruction of what makes the buffer of a stream.
    pub(super) fn buffers_a_stream(&self, instruction: u64) -> bool {
        let function = self.place(STREAM_BUFFER);
        function.is_some_and(|it| (it.address..=it.address + it.size).contains(&instruction))
    }

    fn place(&self, name: &str) -> Option<&Export> {
        self.places.iter().find(|place| place.name == name)
    }
}

/// What names a file with its content: device, number, size, and the times of its changes.
type Version = [i64; 7];

/// Where the functions and variables lie in a file. It has megabytes, and each server loads it: it is
/// read again only when it has changed.
fn places_in(path: &str) -> io::Result<Vec<Export>> {
    static KNOWN: Mutex<Option<(Version, Vec<Export>)>> = Mutex::new(None);
    let file = fs::metadata(path)?;
    let version = [
        file.dev() as i64,
        file.ino() as i64,
        file.size() as i64,
        file.mtime(),
        file.mtime_nsec(),
        file.ctime(),
        file.ctime_nsec(),
    ];
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, places)) = known.as_ref().filter(|(known, _)| *known == version) {
        return Ok(places.clone());
    }
    let names = [&ALLOCATOR[..], &[STREAM_BUFFER], &BORROWED].concat();
    let places = elf::exports(&fs::read(path)?, &names)
        .map_err(|error| io::Error::other(error.to_string()))?;
    *known = Some((version, places.clone()));
    Ok(places)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_c_library_of_this_process() {
        let maps = maps::of(std::process::id() as i32).unwrap();
        let library = CLibrary::of(&maps).unwrap().unwrap();
        let found = library.allocator();
        let malloc = found.iter().find(|place| place.name == "malloc").unwrap();
        // Nothing here replaces it, so it is the one that this program is linked to.
        let expected = libc::malloc as *const () as u64;
        assert_eq!(malloc.address, expected);
        assert!(malloc.size > 1);
        let borrowed = library.borrowed().unwrap();
        assert_eq!(borrowed.sbrk, libc::sbrk as *const () as u64);
        assert!(CLibrary::of(&[]).unwrap().is_none());
    }
}
