//! `checker export`: what is built in, as files.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use anyhow::{Context as _, Error};

use super::Exit;
use crate::carried;
use crate::snapshot::store::Goldens;

pub(super) fn run(directory: &Path) -> Result<Exit, Error> {
    write(directory, "libosmem.so", carried::REFERENCE)?;
    write(directory, "ref_tests", carried::PROGRAM)?;
    let program = directory.join("ref_tests");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755))
        .with_context(|| program.display().to_string())?;
    for (name, text) in carried::HEADERS {
        write(directory, name, text.as_bytes())?;
    }
    write(directory, "osmem.c", carried::STARTER.as_bytes())?;
    let goldens = Goldens::built_in(carried::GOLDENS);
    for stem in goldens.stems() {
        let text = goldens.text(stem).unwrap_or_default();
        write(
            &directory.join("snapshots"),
            &format!("{stem}.snap"),
            text.as_bytes(),
        )?;
    }
    Ok(Exit::Passed)
}

fn write(directory: &Path, name: &str, content: &[u8]) -> Result<(), Error> {
    let path = directory.join(name);
    let write = || {
        fs::create_dir_all(directory)?;
        // Nothing of the user's is overwritten.
        fs::File::create_new(&path)?.write_all(content)
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}
