//! Files that live in memory: what is executed, loaded and written in a run never touches a disk,
//! and what is sealed cannot be changed by a submission.

use std::ffi::CStr;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::fd::AsRawFd as _;

use nix::fcntl::{FcntlArg, OFlag, SealFlag, fcntl};
use nix::sys::memfd::{MFdFlags, memfd_create};

/// A file with this content that cannot be changed any more. The name shows in `/proc/PID/maps`.
pub fn sealed(name: &CStr, content: &[u8]) -> io::Result<File> {
    let mut file = File::from(memfd_create(
        name,
        MFdFlags::MFD_CLOEXEC | MFdFlags::MFD_ALLOW_SEALING,
    )?);
    file.write_all(content)?;
    let seals = SealFlag::F_SEAL_WRITE
        | SealFlag::F_SEAL_SHRINK
        | SealFlag::F_SEAL_GROW
        | SealFlag::F_SEAL_SEAL;
    fcntl(&file, FcntlArg::F_ADD_SEALS(seals))?;
    Ok(file)
}

/// A file for what a process prints. Every write goes to the end, wherever the process moved to,
/// so that emptying the file is enough to start over.
pub fn output() -> io::Result<File> {
    let file = File::from(memfd_create(c"output", MFdFlags::MFD_CLOEXEC)?);
    fcntl(&file, FcntlArg::F_SETFL(OFlag::O_APPEND))?;
    Ok(file)
}

/// The same file for standard error: opened a second time, it has a position of its own, which says
/// afterwards whether anything was written that way, while what is written stays in order.
pub fn errors(output: &File) -> io::Result<File> {
    let path = format!("/proc/self/fd/{}", output.as_raw_fd());
    File::options().append(true).open(path)
}

/// Whether anything was written through this opening since it was last asked.
pub fn was_written(file: &mut File) -> io::Result<bool> {
    let written = file.stream_position()? > 0;
    file.rewind()?;
    Ok(written)
}

/// Empties the file and returns what was in it, at most `limit` bytes.
pub fn take(file: &mut File, limit: u64) -> io::Result<Vec<u8>> {
    if file.metadata()?.len() == 0 {
        return Ok(Vec::new());
    }
    file.seek(SeekFrom::Start(0))?;
    let mut content = Vec::new();
    file.take(limit).read_to_end(&mut content)?;
    file.set_len(0)?;
    Ok(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sealed_files_keep_their_content() {
        let mut file = sealed(c"sealed", b"abc").unwrap();
        assert!(file.write_all(b"d").is_err());
        assert!(file.set_len(0).is_err());
    }

    #[test]
    fn output_is_taken_once_and_in_part() {
        let mut file = output().unwrap();
        file.write_all(b"hello").unwrap();
        assert_eq!(take(&mut file, 3).unwrap(), b"hel");
        file.write_all(b"again").unwrap();
        assert_eq!(take(&mut file, 99).unwrap(), b"again");
        assert_eq!(take(&mut file, 99).unwrap(), b"");
    }

    #[test]
    fn standard_error_is_told_from_standard_output() {
        let mut file = output().unwrap();
        let mut errors = errors(&file).unwrap();
        file.write_all(b"one, ").unwrap();
        assert!(!was_written(&mut errors).unwrap());
        errors.write_all(b"two, ").unwrap();
        file.write_all(b"three").unwrap();
        assert!(was_written(&mut errors).unwrap());
        assert!(!was_written(&mut errors).unwrap());
        assert_eq!(take(&mut file, 99).unwrap(), b"one, two, three");
    }
}
