//! Runs a submission's makefile, on a copy.
//!
//! What it leaves can be anything: a link to another's library, or a link in place of a folder on the
//! way there. The checker may be root, who could read all of them. So the folder is opened before the
//! makefile runs, every step from there goes into a real folder, and what is read is a regular file
//! that the build's user has written, under no second name.

use std::fs;
use std::io::{self, Read as _};
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Component, Path};

use nix::fcntl::{OFlag, openat};
use nix::sys::stat::Mode;

use super::run::BuildRun;
use super::toolchain::{compiler, make};
use super::{Failure, Library, Options, Step, inspect};
use crate::submission::{File, LARGEST_LIBRARY, Sources, Submission, built_library};

/// Runs `make` in the folder of the makefile and takes the `libosmem.so` that it leaves.
pub(super) fn run(
    submission: &Submission,
    sources: &Sources,
    options: &Options<'_>,
) -> Result<Library, Failure> {
    let folder = sources.make_folder.as_ref().ok_or(Failure::NoMakefile)?;
    let mut build = BuildRun::new(submission, options)?;
    let files = sources.everything.iter().filter(|file| !is_built(file));
    build.folder.add(files)?;
    build.compiler = compiler(options.compiler.as_deref())?;
    build
        .make(folder, sources)
        .map_err(|failure| build.blame(failure))
}

impl BuildRun<'_> {
    fn make(&mut self, folder: &Path, sources: &Sources) -> Result<Library, Failure> {
        let arguments = self
            .options
            .compiler
            .iter()
            .map(|name| format!("CC={name}"));
        let arguments: Vec<_> = arguments.map(Into::into).collect();
        let copy = fs::File::open(self.folder.copy());
        let copy = copy.map_err(Failure::system("open the copy of the submission"))?;
        let messages = self.run(Step::Make, &make()?, folder, &arguments)?;
        let file = built_library(Path::new(&format!("/proc/self/fd/{}", copy.as_raw_fd())))
            .map_err(Failure::system("look for what make built"))?
            .ok_or(Failure::NotMade { messages })?;
        let bytes = read_made(&copy, &file.path).map_err(|source| Failure::Foreign {
            path: file.path.clone(),
            source,
        })?;
        let image = inspect(&bytes, &file.path)?;
        Ok(self.library(
            bytes,
            image,
            sources.units.iter().map(|unit| unit.path.clone()),
        ))
    }
}

/// Reads a file that the makefile has written below the folder `copy`.
fn read_made(copy: &fs::File, path: &Path) -> io::Result<Vec<u8>> {
    let file = open_below(copy, path)?;
    let (status, own) = (file.metadata()?, copy.metadata()?.uid());
    if !status.is_file() || status.nlink() != 1 || status.uid() != own {
        return Err(io::Error::other("not a file that the build has written"));
    }
    if status.len() > LARGEST_LIBRARY {
        let limit = format!("larger than {LARGEST_LIBRARY} bytes");
        return Err(io::Error::other(limit));
    }
    let mut bytes = Vec::new();
    file.take(LARGEST_LIBRARY).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Opens what a relative path names, and follows no link on the way.
fn open_below(folder: &fs::File, path: &Path) -> io::Result<fs::File> {
    let way = OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC | OFlag::O_NONBLOCK | OFlag::O_NOCTTY;
    let mut place = folder.try_clone()?;
    for step in path.components() {
        let Component::Normal(name) = step else {
            return Err(io::Error::other("no path below the folder"));
        };
        place = openat(&place, name, way, Mode::empty())?.into();
    }
    Ok(place)
}

/// What an earlier build left would make this one do nothing.
fn is_built(file: &File) -> bool {
    ["so", "o", "a"]
        .iter()
        .any(|name| file.extension() == *name)
}
