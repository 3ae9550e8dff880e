//! Reads and writes the memory of a traced process that has stopped.
//!
//! There are three ways to read, and a container may deny each of them. A way that was denied once
//! is not tried again. An unreadable address is a fault of the process; if no way is left, that is a
//! fault of the machine.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::sync::atomic::{AtomicUsize, Ordering};

use nix::errno::Errno;
use nix::sys::ptrace;
use nix::sys::uio::{RemoteIoVec, process_vm_readv};
use nix::unistd::Pid;

/// A way to read another process's memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// `process_vm_readv`: one system call for up to 1024 ranges.
    Vectored,
    /// `/proc/PID/mem`: one system call for each range, and two more.
    File,
    /// `PTRACE_PEEKDATA`: one system call for each word.
    Words,
}

impl Way {
    /// The best first.
    pub const ALL: [Self; 3] = [Self::Vectored, Self::File, Self::Words];

    /// The name of the system call or file.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Vectored => "process_vm_readv",
            Self::File => "/proc/PID/mem",
            Self::Words => "PTRACE_PEEKDATA",
        }
    }
}

/// The index of the best way that has not been denied.
static BEST: AtomicUsize = AtomicUsize::new(0);

/// The way that is used; `None` when all have been denied.
pub fn way() -> Option<Way> {
    Way::ALL.get(BEST.load(Ordering::Relaxed)).copied()
}

/// Reads ranges, as (address, length), one after another into `buffer`, which has their length.
/// Returns how many bytes could be read; reading ends at the first that cannot.
pub(super) fn read(process: Pid, ranges: &[(u64, usize)], buffer: &mut [u8]) -> io::Result<usize> {
    let mut denied = None;
    while let Some(way) = way() {
        match read_by(way, process, ranges, buffer) {
            Ok(count) => return Ok(count),
            // It has ended, or is about to end.
            Err(error) if error.raw_os_error() == Some(libc::ESRCH) => return Ok(0),
            Err(error) => {
                denied = Some(error);
                let next = Way::ALL
                    .iter()
                    .position(|it| *it == way)
                    .map_or(3, |it| it + 1);
                BEST.fetch_max(next, Ordering::Relaxed);
            }
        }
    }
    let reason = denied.map_or_else(String::new, |error| format!(": {error}"));
    Err(io::Error::other(format!(
        "the memory of another process cannot be read{reason}"
    )))
}

/// Reads ranges like `read`, in this way only.
pub fn read_by(
    way: Way,
    process: Pid,
    ranges: &[(u64, usize)],
    buffer: &mut [u8],
) -> io::Result<usize> {
    match way {
        Way::Vectored => vectored(process, ranges, buffer),
        Way::File => from_file(process, ranges, buffer),
        Way::Words => word_by_word(process, ranges, buffer),
    }
}

fn vectored(process: Pid, ranges: &[(u64, usize)], buffer: &mut [u8]) -> io::Result<usize> {
    let remote: Vec<RemoteIoVec> = ranges
        .iter()
        .map(|&(address, len)| RemoteIoVec {
            base: address as usize,
            len,
        })
        .collect();
    let mut read = 0;
    // The kernel takes at most 1024 ranges at once.
    for part in remote.chunks(1024) {
        let length: usize = part.iter().map(|range| range.len).sum();
        let local = &mut [io::IoSliceMut::new(&mut buffer[read..read + length])];
        let count = match process_vm_readv(process, local, part) {
            Ok(count) => count,
            Err(Errno::EFAULT) => 0,
            Err(errno) => return Err(errno.into()),
        };
        read += count;
        if count < length {
            break;
        }
    }
    Ok(read)
}

fn from_file(process: Pid, ranges: &[(u64, usize)], buffer: &mut [u8]) -> io::Result<usize> {
    let memory = match File::open(format!("/proc/{process}/mem")) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        memory => memory?,
    };
    let mut read = 0;
    for &(address, length) in ranges {
        let end = read + length;
        while read < end {
            let place = address + (length - (end - read)) as u64;
            match memory.read_at(&mut buffer[read..end], place) {
                Ok(0) => return Ok(read),
                Ok(count) => read += count,
                Err(error) if error.raw_os_error() == Some(libc::EIO) => return Ok(read),
                // Beyond what a file can have.
                Err(error) if error.kind() == io::ErrorKind::InvalidInput => return Ok(read),
                Err(error) => return Err(error),
            }
        }
    }
    Ok(read)
}

fn word_by_word(process: Pid, ranges: &[(u64, usize)], buffer: &mut [u8]) -> io::Result<usize> {
    const WORD: u64 = 8;
    let mut read = 0;
    for &(address, length) in ranges {
        let mut done = 0;
        while done < length {
            let place = address.wrapping_add(done as u64);
            let skipped = (place % WORD) as usize;
            let word = match ptrace::read(process, (place - place % WORD) as ptrace::AddressType) {
                Ok(word) => word.to_ne_bytes(),
                Err(Errno::EIO | Errno::EFAULT) => return Ok(read),
                Err(errno) => return Err(errno.into()),
            };
            let count = (WORD as usize - skipped).min(length - done);
            buffer[read..read + count].copy_from_slice(&word[skipped..skipped + count]);
            (read, done) = (read + count, done + count);
        }
    }
    Ok(read)
}

/// Writes into its memory, also where the process itself may only read. Writing to a process that
/// is about to be gone does nothing.
pub(super) fn write(process: Pid, address: u64, bytes: &[u8]) -> io::Result<()> {
    let file = File::options()
        .write(true)
        .open(format!("/proc/{process}/mem"));
    match file.and_then(|memory| memory.write_all_at(bytes, address)) {
        Ok(()) => Ok(()),
        Err(_) => match write_words(process, address, bytes) {
            Ok(()) | Err(Errno::ESRCH) => Ok(()),
            Err(errno) => Err(errno.into()),
        },
    }
}

fn write_words(process: Pid, address: u64, bytes: &[u8]) -> nix::Result<()> {
    const WORD: usize = size_of::<libc::c_long>();
    let mut written = 0;
    while written < bytes.len() {
        let place = address.wrapping_add(written as u64);
        let skipped = (place % WORD as u64) as usize;
        let count = (WORD - skipped).min(bytes.len() - written);
        let word = (place - skipped as u64) as ptrace::AddressType;
        let mut content = ptrace::read(process, word)?.to_ne_bytes();
        content[skipped..skipped + count].copy_from_slice(&bytes[written..written + count]);
        ptrace::write(process, word, libc::c_long::from_ne_bytes(content))?;
        written += count;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::trace;

    /// All ways see the same: bytes that start and end within words, several ranges, and an
    /// unmapped address.
    #[test]
    fn each_way_reads_the_same() {
        let stopped = trace::stopped_at_start();
        let (process, stack) = (
            Pid::from_raw(stopped.id()),
            stopped.stack_pointer().unwrap(),
        );
        let ranges = [(stack + 3, 13), (stack + 64, 100), (64, 8), (stack, 8)];
        let seen = Way::ALL.map(|way| {
            let mut buffer = vec![0; 129];
            let count = read_by(way, process, &ranges, &mut buffer).unwrap();
            (count, buffer[..count].to_vec())
        });
        assert_eq!(seen[0].0, 113);
        assert!(seen[0].1.iter().any(|&byte| byte != 0));
        assert_eq!(seen[0], seen[1]);
        assert_eq!(seen[0], seen[2]);
        // Both ways to write: over a word's end, each leaves its neighbours as they are.
        for (place, bytes) in [(stack + 5, [1; 13]), (stack + 9, [2; 13])] {
            write_words(process, place, &bytes).unwrap();
            write(process, place + 32, &bytes).unwrap();
        }
        let mut seen = [0; 64];
        read_by(Way::Vectored, process, &[(stack, 64)], &mut seen).unwrap();
        let due: Vec<u8> = [1; 4].into_iter().chain([2; 13]).collect();
        assert_eq!(seen[5..22], due);
        assert_eq!(seen[37..54], due);
        stopped.kill().unwrap();
        let gone = Way::ALL.map(|way| read_by(way, process, &ranges, &mut [0; 129]));
        assert!(gone.iter().all(|read| !matches!(read, Ok(1..))), "{gone:?}");
    }
}
