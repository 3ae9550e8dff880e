//! A list of submissions in a file: one path a line, and what the submission is called.

use std::ffi::OsStr;
use std::io::{self, Read as _};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use super::given;

/// A line of a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Where the submission is.
    pub path: PathBuf,
    /// What it is called, where the line says so after a tab.
    pub name: Option<String>,
}

/// The lines of a manifest, `-` for standard input. Paths are relative to the current folder, as on
/// the command line. Blank lines, and lines that begin with `#`, are left out.
pub fn read(path: &Path) -> io::Result<Vec<Listed>> {
    let mut bytes = Vec::new();
    if path == Path::new("-") {
        io::stdin().lock().read_to_end(&mut bytes)?;
    } else {
        bytes = given::read(path)?;
    }
    Ok(listed(&bytes))
}

fn listed(bytes: &[u8]) -> Vec<Listed> {
    let lines = bytes.split(|byte| *byte == b'\n');
    let lines = lines.map(<[u8]>::trim_ascii);
    let named = lines.filter(|line| !line.is_empty() && !line.starts_with(b"#"));
    named.map(one).collect()
}

fn one(line: &[u8]) -> Listed {
    let tab = line.iter().position(|byte| *byte == b'\t');
    let (path, name) = line.split_at(tab.unwrap_or(line.len()));
    let name = String::from_utf8_lossy(name.trim_ascii()).into_owned();
    Listed {
        path: PathBuf::from(OsStr::from_bytes(path.trim_ascii())),
        name: Some(name).filter(|name| !name.is_empty()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_lines() {
        let text = b"# class of 2026\r\nsubmissions/alice\r\n\n  two words \n\xff\n#x\nlast";
        let expected = ["submissions/alice", "two words"].map(PathBuf::from);
        let found: Vec<PathBuf> = listed(text).into_iter().map(|it| it.path).collect();
        assert_eq!(found[..2], expected);
        assert_eq!(found[2].as_os_str().as_bytes(), b"\xff");
        assert_eq!(found[3..], [PathBuf::from("last")]);
    }

    #[test]
    fn a_name_stands_after_a_tab() {
        let found = listed("s/311CA_7 \t Ștefan Țăran\ns/8\t\n".as_bytes());
        assert_eq!(found[0].path, Path::new("s/311CA_7"));
        assert_eq!(found[0].name.as_deref(), Some("Ștefan Țăran"));
        assert_eq!(
            (found[1].path.as_path(), &found[1].name),
            (Path::new("s/8"), &None)
        );
    }
}
