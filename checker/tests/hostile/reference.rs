//! The suite's own reference, handed in as a submission: renamed, compiled again with other flags,
//! and linked after functions of one's own. The report says so, and sources alone are graded.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use checker::testing::carried;
use libtest_mimic::Failed;

use super::require;

const SAID: &str = "this library is the reference that the suite carries, or was made of it";

/// Calls the reference, under other names.
const WRAPPERS: &str = "#include <stddef.h>\n\
    void *their_malloc(size_t), *their_calloc(size_t, size_t), *their_realloc(void *, size_t);\n\
    void their_free(void *);\n\
    void *os_malloc(size_t n) { return their_malloc(n); }\n\
    void *os_calloc(size_t m, size_t n) { return their_calloc(m, n); }\n\
    void *os_realloc(void *p, size_t n) { return their_realloc(p, n); }\n\
    void os_free(void *p) { their_free(p); }\n";

/// Without its symbols, build id and name.
pub(super) fn renamed() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let (whole, own) = (folder.path().join("whole"), folder.path().join("own.so"));
    fs::write(&whole, carried::REFERENCE)?;
    let strip = ["--strip-all", "--remove-section=.note.gnu.build-id"];
    run(Command::new("objcopy").args(strip).args([&whole, &own]))?;
    let refused = grade(&own, &[])?;
    require(refused.status.code() == Some(3), || said(&refused))?;
    is_recognised(&own, &["--allow-prebuilt"])
}

/// From its source, with other flags.
pub(super) fn compiled_again() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let own = folder.path().join("libosmem.so");
    let whole = reference("cdylib", "1")?.join("libosmem.so");
    run(Command::new("strip").arg("-o").args([&own, &whole]))?;
    is_recognised(&own, &["--allow-prebuilt"])
}

/// Its objects, not optimised, linked after functions of the assignment's names.
pub(super) fn linked_again() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let at = |name: &str| folder.path().join(name);
    let mut rename = Command::new("objcopy");
    for function in ["malloc", "calloc", "realloc", "free"] {
        rename.arg(format!("--redefine-sym=os_{function}=their_{function}"));
    }
    run(rename
        .arg(reference("staticlib", "0")?.join("libosmem.a"))
        .arg(at("helper.a")))?;
    fs::write(at("osmem.c"), WRAPPERS)?;
    run(Command::new("gcc")
        .args(["-shared", "-fPIC", "-s", "-Wl,--gc-sections", "-o"])
        .args(["libosmem.so", "osmem.c", "helper.a"].map(at)))?;
    is_recognised(&at("libosmem.so"), &["--allow-prebuilt"])
}

/// The folder with the reference, of this kind and optimised this far.
fn reference(kind: &str, optimised: &str) -> Result<PathBuf, Failed> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("reference");
    let target = target.join(format!("{kind}-{optimised}"));
    run(Command::new(env!("CARGO"))
        .args([
            "rustc",
            "--quiet",
            "--offline",
            "--package",
            "osmem",
            "--lib",
        ])
        .args(["--features", "abi", "--profile", "embedded"])
        .args(["--crate-type", kind, "--config"])
        .arg(format!("profile.embedded.opt-level={optimised}"))
        .arg("--target-dir")
        .arg(&target))?;
    Ok(target.join("embedded"))
}

fn is_recognised(path: &Path, options: &[&str]) -> Result<(), Failed> {
    let output = grade(path, options)?;
    let right = output.status.success() && said(&output).contains(SAID);
    require(right, || said(&output))
}

fn grade(path: &Path, options: &[&str]) -> Result<Output, Failed> {
    let mut checker = Command::new(env!("CARGO_BIN_EXE_checker"));
    Ok(checker
        .args(["grade", "--verbose"])
        .args(options)
        .arg(path)
        .output()?)
}

fn said(output: &Output) -> String {
    let streams = [&output.stdout, &output.stderr];
    streams.map(|it| String::from_utf8_lossy(it)).concat()
}

fn run(command: &mut Command) -> Result<(), Failed> {
    let output = command.output()?;
    require(output.status.success(), || said(&output))
}
