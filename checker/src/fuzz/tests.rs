//! Fuzzing as a whole. Needs `gcc`. Rerun with `cargo test -p checker --lib fuzz`.

mod good;
mod mistakes;
mod sequences;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::*;
use crate::types::Profile;

const P: Profile = Profile::DEFAULT;

fn options() -> Options {
    Options {
        sequences: 12,
        calls: 3000,
        ..Options::new(Manner::canonical(&P))
    }
}

fn submissions() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../ref_tests/submissions")
}

/// Compiles the C files below a folder, and one of the test's own, with `flags`.
fn library(folder: &Path, own: Option<&str>, flags: &[&str]) -> Vec<u8> {
    let place = tempfile::tempdir().unwrap();
    let output = place.path().join("libosmem.so");
    let own_file = place.path().join("own.c");
    let mut command = Command::new("gcc");
    command.args(["-O1", "-g", "-w", "-shared", "-fPIC", "-fcommon", "-o"]);
    command.arg(&output).args(flags);
    for entry in walkdir::WalkDir::new(folder) {
        let entry = entry.unwrap();
        if entry.file_type().is_dir() {
            command.arg("-I").arg(entry.path());
        } else if entry.path().extension().is_some_and(|it| it == "c") {
            command.arg(entry.path());
        }
    }
    if let Some(text) = own {
        fs::write(&own_file, text).unwrap();
        command.arg(&own_file);
    }
    command.arg("-I").arg(headers());
    let status = command.status().unwrap();
    assert!(status.success(), "{command:?}");
    fs::read(output).unwrap()
}

fn headers() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../allocator/include")
}
