//! Builds what the checker carries inside itself: the scenario program, the reference library,
//! the preloaded library, and the table of golden snapshots.
//!
//! The three are free of std and abort on panic, so they cannot share the checker's profile. A second
//! cargo builds them in a folder of its own, which also keeps the two from waiting for each
//! other's lock.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

const PROFILE: &str = "embedded";

fn main() {
    let checker = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let workspace = checker
        .parent()
        .expect("the checker lies in the workspace")
        .to_path_buf();
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    for input in [
        "allocator/src",
        "allocator/Cargo.toml",
        "ref_tests/src",
        "ref_tests/build.rs",
        "ref_tests/Cargo.toml",
        "snapshots",
        "checker/recorder/preload/src",
        "checker/recorder/preload/Cargo.toml",
        "Cargo.toml",
        "Cargo.lock",
    ] {
        println!("cargo:rerun-if-changed={}", workspace.join(input).display());
    }
    println!("cargo:rerun-if-changed=build.rs");

    let target = out.join("carried");
    cargo(
        &workspace,
        &target,
        &["build", "--package", "ref_tests", "--features", "program"],
    );
    shared_object(&workspace, &target, "osmem", "abi");
    shared_object(&workspace, &target, "preload", "preload");
    for file in ["ref_tests", "libosmem.so", "libpreload.so"] {
        let built = target.join(PROFILE).join(file);
        fs::copy(&built, out.join(file)).unwrap_or_else(|e| panic!("{}: {e}", built.display()));
    }
    fs::write(
        out.join("goldens.rs"),
        goldens(&workspace.join("snapshots")),
    )
    .expect("the build folder is writable");
}

/// Builds a package's library as a shared object, with the feature that makes it one.
fn shared_object(workspace: &Path, target: &Path, package: &str, feature: &str) {
    let arguments = [
        "rustc",
        "--package",
        package,
        "--lib",
        "--crate-type",
        "cdylib",
        "--features",
        feature,
    ];
    cargo(workspace, target, &arguments);
}

/// Runs cargo as if from a shell of its own: the flags and wrappers of the outer build (coverage,
/// clippy, sanitizers) are not for a program that must not pull in std.
fn cargo(workspace: &Path, target: &Path, arguments: &[&str]) {
    let mut command = Command::new(env::var_os("CARGO").expect("cargo sets it"));
    command
        .current_dir(workspace)
        .args(arguments)
        .args(["--profile", PROFILE, "--target-dir"])
        .arg(target);
    for name in [
        "RUSTFLAGS",
        "CARGO_ENCODED_RUSTFLAGS",
        "RUSTC_WRAPPER",
        "RUSTC_WORKSPACE_WRAPPER",
    ] {
        command.env_remove(name);
    }
    let status = command
        .status()
        .unwrap_or_else(|e| panic!("{command:?}: {e}"));
    assert!(status.success(), "{command:?}: {status}");
}

/// A table of (stem, text), in the order of the stems.
fn goldens(folder: &Path) -> String {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.expect("the folder can be listed").path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "snap")
        })
        .collect();
    files.sort();
    let rows = files.iter().map(|path| {
        let stem = path
            .file_stem()
            .and_then(|stem| stem.to_str())
            .expect("stems are UTF-8");
        format!("({stem:?}, include_str!({path:?})),\n")
    });
    format!("&[\n{}]\n", rows.collect::<String>())
}
