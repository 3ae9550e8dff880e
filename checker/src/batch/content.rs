//! Hashes of what a result depends on.

use std::fs::OpenOptions;
use std::io::{self, Read as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use walkdir::{DirEntry, WalkDir};

use crate::digest::Parts;
use crate::submission::LARGEST_LIBRARY;

pub use crate::digest::digest;

/// Folders below each other that are looked into: more than a submission's search does.
const DEEPEST: usize = 12;
/// Entries that are looked at.
const MOST_ENTRIES: usize = 20_000;
/// Bytes that are read of all files together: twice what a build copies.
const MOST_BYTES: u64 = 128 << 20;

/// The hash of everything in a submission, given as a file or a folder: names, and what the files
/// hold. Folders called `.git` do not count. Only the path itself may be a link; inside it, no link
/// is followed and only regular files are opened. Of an oversized file only the beginning and the
/// size count, and after many bytes in total only the size.
/// What cannot be read inside a folder counts as unreadable.
pub fn fingerprint(path: &Path) -> io::Result<String> {
    let mut hash = Parts::default();
    path.metadata()?;
    let walk = WalkDir::new(path).max_depth(DEEPEST).sort_by_file_name();
    let kept = |entry: &DirEntry| entry.depth() == 0 || entry.file_name() != ".git";
    let entries = walk.into_iter().filter_entry(kept);
    let mut left = MOST_BYTES;
    for entry in entries.take(MOST_ENTRIES) {
        match entry {
            Ok(entry) => add_entry(&mut hash, path, &entry, &mut left),
            Err(_) => hash.add(b"unreadable"),
        }
    }
    Ok(hash.digest())
}

fn add_entry(hash: &mut Parts, root: &Path, entry: &DirEntry, left: &mut u64) {
    let name = entry.path().strip_prefix(root).unwrap_or(entry.path());
    hash.add(name.as_os_str().as_bytes());
    let file_type = entry.file_type();
    if file_type.is_dir() {
        hash.add(b"folder");
    } else if file_type.is_symlink() && entry.depth() > 0 {
        hash.add(b"link");
        let target = std::fs::read_link(entry.path()).unwrap_or_default();
        hash.add(target.as_os_str().as_bytes());
    } else if add_file(hash, entry.path(), entry.depth() == 0, left).is_err() {
        hash.add(b"unreadable");
    }
}

/// Never blocks: a FIFO is opened without blocking, and not read.
fn add_file(hash: &mut Parts, path: &Path, follow: bool, left: &mut u64) -> io::Result<()> {
    let no_follow = if follow { 0 } else { libc::O_NOFOLLOW };
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(no_follow | libc::O_NONBLOCK | libc::O_NOCTTY)
        .open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(io::Error::other("not a regular file"));
    }
    let mut content = Vec::new();
    file.take(LARGEST_LIBRARY.min(*left))
        .read_to_end(&mut content)?;
    *left -= content.len() as u64;
    hash.add(b"file");
    hash.add(&metadata.len().to_le_bytes());
    hash.add(&content);
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_fingerprint_changes_with_names_and_contents() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        fs::create_dir(path.join("src")).unwrap();
        fs::write(path.join("src/osmem.c"), "int x;").unwrap();
        let first = fingerprint(path).unwrap();
        assert_eq!(fingerprint(path).unwrap(), first);
        fs::create_dir(path.join(".git")).unwrap();
        fs::write(path.join(".git/HEAD"), "x").unwrap();
        assert_eq!(fingerprint(path).unwrap(), first);
        fs::write(path.join("src/osmem.c"), "int y;").unwrap();
        let second = fingerprint(path).unwrap();
        assert_ne!(second, first);
        fs::rename(path.join("src/osmem.c"), path.join("src/other.c")).unwrap();
        assert_ne!(fingerprint(path).unwrap(), second);
    }

    #[test]
    fn a_fingerprint_is_of_the_content_wherever_it_lies() {
        let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        for folder in [&one, &two] {
            fs::write(folder.path().join("osmem.c"), "int x;").unwrap();
        }
        assert_eq!(
            fingerprint(one.path()).unwrap(),
            fingerprint(two.path()).unwrap()
        );
        let file = one.path().join("osmem.c");
        assert_eq!(fingerprint(&file).unwrap().len(), 32);
        assert!(fingerprint(&one.path().join("none")).is_err());
    }

    #[test]
    fn a_great_many_bytes_are_not_read() {
        let folder = tempfile::tempdir().unwrap();
        for number in 0..200 {
            let file = fs::File::create(folder.path().join(format!("{number}.c"))).unwrap();
            file.set_len(64 << 30).unwrap();
        }
        let started = std::time::Instant::now();
        fingerprint(folder.path()).unwrap();
        assert!(started.elapsed() < std::time::Duration::from_secs(5));
    }

    #[test]
    fn a_fifo_is_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let fifo = folder.path().join("osmem.c");
        nix::unistd::mkfifo(&fifo, nix::sys::stat::Mode::S_IRWXU).unwrap();
        fingerprint(folder.path()).unwrap();
    }
}
