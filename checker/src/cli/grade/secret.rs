//! The secret of a class. It decides which calls are made besides the scenarios, so no student can
//! prepare for them.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use anyhow::{Context as _, Error};

use crate::batch::given;
use crate::cli::Wrong;
use crate::digest::digest;
use crate::submission::shown;

/// The name of the file that keeps a secret that was drawn.
const FILE: &str = "secret";
/// Most bytes of a secret that count.
const MOST: u64 = 1 << 16;

/// The secret of the file that was named, or of the folder with results; nothing without either.
pub(super) fn of(file: Option<&Path>, out: Option<&Path>) -> Result<String, Error> {
    if let Some(file) = file {
        let reason = |error| Wrong(format!("cannot read the secret {}: {error}", shown(file)));
        let content = read(file).map_err(reason)?;
        if content.is_empty() {
            wrong!("the secret {} is empty", shown(file));
        }
        return Ok(digest([content.as_slice()]));
    }
    let Some(folder) = out else {
        return Ok(String::new());
    };
    let drawn = of_folder(folder);
    drawn.with_context(|| format!("cannot keep a secret in {}", shown(folder)))
}

/// A secret as a number.
pub(super) fn number(secret: &str) -> u64 {
    secret
        .get(..16)
        .and_then(|digits| u64::from_str_radix(digits, 16).ok())
        .unwrap_or(0)
}

/// The secret that is kept in a folder, drawn where there is none yet.
fn of_folder(folder: &Path) -> io::Result<String> {
    let path = folder.join(FILE);
    match read(&path) {
        Ok(content) if !content.is_empty() => return Ok(digest([content.as_slice()])),
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut drawn = [0; 32];
    File::open("/dev/urandom")?.read_exact(&mut drawn)?;
    let text: String = drawn.iter().map(|byte| format!("{byte:02x}")).collect();
    fs::create_dir_all(folder)?;
    let mut file = OpenOptions::new();
    let mut file = file
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&path)?;
    file.write_all(text.as_bytes())?;
    Ok(digest([text.as_bytes()]))
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    given::open(path)?.take(MOST).read_to_end(&mut content)?;
    Ok(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_keeps_its_secret() {
        let folders = [(); 2].map(|()| tempfile::tempdir().unwrap());
        let secrets = folders.each_ref().map(|it| of_folder(it.path()).unwrap());
        assert_ne!(secrets[0], secrets[1]);
        assert_eq!(of_folder(folders[0].path()).unwrap(), secrets[0]);
        assert_ne!(number(&secrets[0]), number(&secrets[1]));
    }
}
