//! Commands that must succeed, and the C libraries built as the documentation says.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A path of this crate.
pub(crate) fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// A path for what the tests make.
pub(crate) fn scratch(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

/// What the command printed.
pub(crate) fn succeed(command: &mut Command) -> Output {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{command:?}: {}\n{errors}",
        output.status
    );
    output
}

/// Builds libosmem.so with these features, and returns its folder; `name` is that of the build.
pub(crate) fn build(name: &str, features: &str) -> PathBuf {
    let target = scratch(name);
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["rustc", "--quiet", "--lib", "--crate-type", "cdylib"]);
    cargo.args(["--features", features, "--profile", "embedded"]);
    cargo.arg("--manifest-path").arg(here("Cargo.toml"));
    cargo.arg("--target-dir").arg(&target);
    succeed(&mut cargo);
    target.join("embedded")
}
