//! Sample submissions as folders.

use std::fs;
use std::path::{Path, PathBuf};

use checker::testing::samples;

/// The folder of a sample: one of the table, written out, or one that is a folder of its own.
pub(crate) fn sample(name: &str) -> PathBuf {
    let folders = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ref_tests/submissions");
    let Some(sample) = samples::named(name) else {
        return folders.join(name).canonicalize().unwrap();
    };
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("samples")
        .join(name);
    fs::create_dir_all(&folder).unwrap();
    // Written aside and renamed, because others may be reading it.
    let (process, thread) = (std::process::id(), std::thread::current().id());
    let aside = folder.with_extension(format!("{process}.{thread:?}"));
    fs::write(&aside, sample.source()).unwrap();
    fs::rename(&aside, folder.join("osmem.c")).unwrap();
    folder
}
