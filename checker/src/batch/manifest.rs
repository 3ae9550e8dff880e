//! A list of submissions in a file: one path a line.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, Read as _};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

/// The paths in a manifest, `-` for standard input. They are relative to the current folder, as on
/// the command line. Blank lines, and lines that begin with `#`, are left out.
///
/// # Errors
///
/// When it cannot be read.
pub fn read(path: &Path) -> io::Result<Vec<PathBuf>> {
    let mut bytes = Vec::new();
    if path == Path::new("-") {
        io::stdin().lock().read_to_end(&mut bytes)?;
    } else {
        bytes = fs::read(path)?;
    }
    Ok(paths(&bytes))
}

fn paths(bytes: &[u8]) -> Vec<PathBuf> {
    let lines = bytes.split(|byte| *byte == b'\n');
    let lines = lines.map(<[u8]>::trim_ascii);
    let named = lines.filter(|line| !line.is_empty() && !line.starts_with(b"#"));
    named
        .map(|line| PathBuf::from(OsStr::from_bytes(line)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_lines() {
        let text = b"# class of 2026\r\nsubmissions/alice\r\n\n  two words \n\xff\n#x\nlast";
        let expected = ["submissions/alice", "two words"].map(PathBuf::from);
        let found = paths(text);
        assert_eq!(found[..2], expected);
        assert_eq!(found[2].as_os_str().as_bytes(), b"\xff");
        assert_eq!(found[3..], [PathBuf::from("last")]);
    }
}
