//! Finds the compiler, and `make`.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use super::Failure;
use crate::sys::inherited;

/// Finds the compiler before the build, so that a missing compiler is not mistaken for a failing
/// one.
pub(super) fn compiler(wanted: Option<&str>) -> Result<PathBuf, Failure> {
    if !inherited::can_vfork() {
        return Err(Failure::NoCompiler {
            reason: "the system call vfork is denied here, and compilers need it".to_owned(),
        });
    }
    let names = wanted.map_or(vec!["gcc", "cc", "clang"], |name| vec![name]);
    let found = names.iter().find_map(|name| find_program(name));
    found.ok_or_else(|| Failure::NoCompiler {
        reason: format!(
            "{} not found; set PATH or name a compiler",
            names.join(", ")
        ),
    })
}

/// `make`, where there is one.
pub(super) fn make() -> Result<PathBuf, Failure> {
    find_program("make").ok_or_else(|| Failure::NoCompiler {
        reason: "make not found; set PATH".to_owned(),
    })
}

/// A name stays a name, to be found by `PATH` again; a path becomes absolute, because commands
/// run in other folders.
fn find_program(name: &str) -> Option<PathBuf> {
    if name.contains('/') {
        let path = std::path::absolute(name).ok()?;
        return is_program(&path).then_some(path);
    }
    let path = std::env::var_os("PATH")?;
    let here = |folder: PathBuf| is_program(&folder.join(name));
    std::env::split_paths(&path).any(here).then(|| name.into())
}

fn is_program(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}
