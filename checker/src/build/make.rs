//! Runs a submission's makefile, on a copy.

use super::bench::Bench;
use super::toolchain::make;
use super::{Failure, Library, Options, Step, inspect, read_library};
use crate::submission::{File, Sources, Submission, built_library};

/// Runs `make` in the folder of the makefile and takes the `libosmem.so` that it leaves.
pub(super) fn run(
    submission: &Submission,
    sources: &Sources,
    options: &Options<'_>,
) -> Result<Library, Failure> {
    let folder = sources.make_folder.as_ref().ok_or(Failure::NoMakefile)?;
    let mut bench = Bench::new(submission, options)?;
    let files = sources.everything.iter().filter(|file| !is_built(file));
    bench.workshop.add(files)?;
    let arguments = options.compiler.iter().map(|name| format!("CC={name}"));
    let arguments: Vec<_> = arguments.map(Into::into).collect();
    let messages = bench.run(Step::Make, &make()?, folder, &arguments)?;
    let file = built_library(&bench.workshop.copy())
        .map_err(Failure::system("look for what make built"))?
        .ok_or(Failure::NotMade { messages })?;
    let bytes = read_library(&file)?;
    let image = inspect(&bytes, &file.path)?;
    Ok(bench.library(
        bytes,
        image,
        sources.units.iter().map(|unit| unit.path.clone()),
    ))
}

/// What an earlier build left would make this one do nothing.
fn is_built(file: &File) -> bool {
    ["so", "o", "a"]
        .iter()
        .any(|name| file.extension() == *name)
}
