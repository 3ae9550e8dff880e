//! Reads what is mapped where in a process.

use std::io;

use crate::carried;
use crate::sys::trace::Stopped;
use crate::types::{Code, Module, Region};

/// A line of `/proc/PID/maps`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mapping {
    pub(super) region: Region,
    /// Such as `r-xp`.
    access: String,
    /// Where in the file it starts.
    offset: u64,
    /// The file's path, or a name such as `[stack]`.
    name: String,
}

/// All mappings of a process.
pub(super) fn of(process: i32) -> io::Result<Vec<Mapping>> {
    let maps = match std::fs::read(format!("/proc/{process}/maps")) {
        // It was ended a moment ago.
        Err(error) if error.raw_os_error() == Some(libc::ESRCH) => Vec::new(),
        maps => maps?,
    };
    let maps = String::from_utf8_lossy(&maps);
    Ok(maps.lines().filter_map(parsed).collect())
}

fn parsed(line: &str) -> Option<Mapping> {
    let mut fields = line.split_whitespace();
    let (start, end) = fields.next()?.split_once('-')?;
    let number = |text| u64::from_str_radix(text, 16).ok();
    let region = Region {
        start: number(start)?,
        end: number(end)?,
    };
    let access = fields.next()?.to_owned();
    let offset = number(fields.next()?)?;
    // Device and inode lie between.
    let name = fields.nth(2).unwrap_or_default().to_owned();
    Some(Mapping {
        region,
        access,
        offset,
        name,
    })
}

/// Where the scenario program's own instructions lie: markers come from nowhere else.
pub(super) fn program_code(maps: &[Mapping]) -> Option<Mapping> {
    let code = maps
        .iter()
        .find(|mapping| mapping.access == "r-xp" && mapping.name == "/memfd:ref_tests");
    code.cloned()
}

/// Whether the instruction at this address is the dynamic loader's.
pub(super) fn is_loader(process: i32, instruction: u64) -> bool {
    let maps = of(process).unwrap_or_default();
    maps.iter().any(|mapping| {
        let file = mapping.name.rsplit('/').next().unwrap_or_default();
        mapping.region.contains(instruction) && (file.starts_with("ld-") || file == "ld.so")
    })
}

/// The C library's file, and where its first byte lies.
pub(super) fn c_library(maps: &[Mapping]) -> Option<(&str, u64)> {
    let first = maps.iter().find(|mapping| {
        let file = mapping.name.rsplit('/').next().unwrap_or_default();
        mapping.offset == 0 && (file.starts_with("libc.so") || file.starts_with("libc-"))
    })?;
    Some((&first.name, first.region.start))
}

/// The libraries in which instructions are told by function and line.
pub(super) fn code(maps: &[Mapping]) -> Code {
    let module = |path: &str| {
        let first = maps.iter().find(|it| it.name == path && it.offset == 0);
        first.map(|first| Module {
            path: path.to_owned(),
            base: first.region.start,
            text: code_of(maps, path).collect(),
        })
    };
    Code {
        library: module("/memfd:libosmem.so").unwrap_or_default(),
        c_library: c_library(maps)
            .and_then(|(path, _)| module(path))
            .unwrap_or_default(),
    }
}

/// Where the instructions of a file lie.
pub(super) fn code_of(maps: &[Mapping], path: &str) -> impl Iterator<Item = Region> {
    maps.iter()
        .filter(move |mapping| mapping.name == path && mapping.access == "r-xp")
        .map(|mapping| mapping.region)
}

/// Whether the instruction at this address is that of an installed library, and neither the
/// submission's nor the scenario program's, which live in files that have no path.
pub(super) fn is_of_the_system(process: i32, instruction: u64) -> bool {
    let maps = of(process).unwrap_or_default();
    maps.iter().any(|mapping| {
        let installed = mapping.name.starts_with('/') && !mapping.name.starts_with("/memfd:");
        mapping.region.contains(instruction) && installed && mapping.name.contains(".so")
    })
}

/// The lowest address of the stack.
pub(super) fn stack_start(process: i32) -> Option<u64> {
    let maps = of(process).unwrap_or_default();
    let stack = maps.iter().find(|mapping| mapping.name == "[stack]")?;
    Some(stack.region.start)
}

/// Whether a fault at this address, with the stack pointer there, means that the stack is used up.
pub(super) fn is_stack_overflow(process: i32, address: u64, stack_pointer: u64) -> bool {
    // What a large frame may leave untouched, and how far below the stack it may so reach.
    const NEAR: u64 = 1 << 20;
    let maps = of(process).unwrap_or_default();
    let stack = maps.iter().find(|mapping| mapping.name == "[stack]");
    stack.is_some_and(|stack| {
        let below = stack.region.start.saturating_sub(NEAR)..stack.region.start;
        let at_the_edge = stack_pointer < stack.region.start.saturating_add(64 << 10);
        below.contains(&address) && at_the_edge
    })
}

impl Mapping {
    /// Whether the process has there what the carried program has there.
    pub(super) fn is_carried(&self, process: &Stopped) -> io::Result<bool> {
        let length = (self.region.end - self.region.start) as usize;
        let mut seen = Vec::new();
        if process.read(&[(self.region.start, length)], &mut seen)? < length {
            return Ok(false);
        }
        let file = carried::PROGRAM
            .get(self.offset as usize..)
            .unwrap_or_default();
        let file = &file[..length.min(file.len())];
        // After the end of the file, the page is filled up with zeros.
        Ok(seen.starts_with(file) && seen[file.len()..].iter().all(|&byte| byte == 0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_the_kernel() {
        let line = "7f59-8000 r-xp 0002a000 00:01 1026      /memfd:ref_tests (deleted)";
        let mapping = parsed(line).unwrap();
        assert_eq!(mapping.region.start, 0x7f59);
        assert_eq!(mapping.offset, 0x2a000);
        assert_eq!(mapping.name, "/memfd:ref_tests");
        assert!(program_code(&[mapping]).is_some());
        let anonymous = parsed("1000-2000 rw-p 00000000 00:00 0").unwrap();
        assert_eq!(anonymous.name, "");
        assert_eq!(parsed("nonsense"), None);
    }
}
