//! Compiles C files one by one and links those that belong together.
//!
//! Each file becomes an object first, because only an object file shows for certain whether it
//! defines `main`, or defines again what the allocator already defines: a backup copy beside it, or
//! a file that it includes.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::folder::BuildFolder;
use super::run::BuildRun;
use super::toolchain::compiler;
use super::{Failure, Library, Options, Step, inspect};
use crate::elf::{self, Image};
use crate::submission::{File, Ignored, Sources, Submission, neutral, shown};

/// Flags for every C file. Warnings are shown and never fail. `-fcommon` lets two files declare
/// one global variable, as compilers did when the course's material was written.
const COMPILE: [&str; 6] = ["-c", "-fPIC", "-g", "-Wall", "-Wextra", "-fcommon"];

/// Builds the library from its C files.
pub(super) fn build(
    submission: &Submission,
    sources: &Sources,
    options: &Options<'_>,
) -> Result<Library, Failure> {
    let mut build = BuildRun::new(submission, options)?;
    build.compiler = compiler(options.compiler.as_deref())?;
    build.hiding = build
        .folder
        .add(sources.units.iter().chain(&sources.included))?;
    let headers = options.headers.iter();
    build
        .folder
        .add_headers(headers.filter(|(name, _)| !sources.brings(name)))?;
    build.build(sources).map_err(|failure| build.blame(failure))
}

/// A C file that was compiled.
struct Object {
    source: PathBuf,
    file: PathBuf,
    defines: BTreeSet<Vec<u8>>,
}

impl BuildRun<'_> {
    fn build(&mut self, sources: &Sources) -> Result<Library, Failure> {
        let (objects, rejected) = self.compile_all(sources)?;
        let objects = self.select(objects, sources.has_main_unit)?;
        let linked = self.link(&objects, rejected.is_none());
        match (linked, rejected) {
            // A file that does not compile is left out as long as no other file needs it.
            (Ok((_, image)), Some(failure)) if !image.missing().is_empty() => Err(failure),
            (Err(_), Some(failure)) => Err(failure),
            (linked, _) => {
                let (bytes, image) = linked?;
                let sources = objects.into_iter().map(|object| object.source);
                Ok(self.library(bytes, image, sources))
            }
        }
    }

    /// Compiles every file. The second value is the first rejection of a file that may turn out
    /// not to be needed.
    fn compile_all(
        &mut self,
        sources: &Sources,
    ) -> Result<(Vec<Object>, Option<Failure>), Failure> {
        let mut objects = Vec::new();
        let mut first_rejected = None;
        for (index, unit) in sources.units.iter().enumerate() {
            match self.compile(index, unit, &sources.include_folders) {
                Ok(object) => objects.push(object),
                Err(failure @ Failure::Rejected { .. }) if sources.has_main_unit && index > 0 => {
                    let reason = "it does not compile, and is not needed";
                    self.left_out.push(Ignored::new(&unit.path, reason));
                    first_rejected.get_or_insert(failure);
                }
                Err(failure) => return Err(failure),
            }
        }
        Ok((objects, first_rejected))
    }

    fn compile(
        &mut self,
        index: usize,
        unit: &File,
        folders: &[PathBuf],
    ) -> Result<Object, Failure> {
        let file = PathBuf::from(format!("../objects/{index}.o"));
        let mut arguments: Vec<OsString> = COMPILE.iter().map(Into::into).collect();
        arguments.push(self.debug_map());
        let folders = folders.iter().map(|folder| Path::new(".").join(folder));
        let builtin = PathBuf::from(BuildFolder::BUILTIN);
        arguments.extend(folders.chain([builtin]).map(|folder| joined("-I", &folder)));
        arguments.extend(self.options.extra_flags.iter().map(Into::into));
        let hides = self.hides_warnings(&unit.path, &arguments)?;
        arguments.extend(["-o".into(), file.clone().into(), argument(&unit.path)]);
        let step = Step::Compile(unit.path.clone());
        let before = self.messages.len();
        match self.options.confinement.wants_inspection() {
            true => self.compile_inspected(&step, &arguments, &file)?,
            false => {
                self.run(
                    step.clone(),
                    &self.compiler.clone(),
                    Path::new(""),
                    &arguments,
                )?;
            }
        }
        if hides {
            let messages = self.all_warnings(step.clone(), &arguments)?;
            self.messages.truncate(before);
            self.messages += &messages;
        }
        let defines = self.definitions(step, &file)?;
        let source = unit.path.clone();
        Ok(Object {
            source,
            file,
            defines,
        })
    }

    /// Lets a debugger find the submission's own files when the copies are gone.
    fn debug_map(&self) -> OsString {
        let mut map = joined("-fdebug-prefix-map=", &self.folder.copy());
        map.push("=");
        map.push(&self.submission.root);
        map
    }

    fn definitions(&mut self, step: Step, file: &Path) -> Result<BTreeSet<Vec<u8>>, Failure> {
        /// Bytes of the names in all files.
        const MOST: usize = 8 << 20;
        let bytes = self.output(&step, file)?;
        let names = elf::definitions(&bytes, MOST - self.named).map_err(|error| match error {
            elf::Error::LongNames => Failure::Limit {
                step,
                reason: error.to_string(),
                command: Vec::new(),
            },
            error => Failure::NoCompiler {
                reason: format!("{} wrote {error}", self.compiler.display()),
            },
        })?;
        self.named += names.iter().map(Vec::len).sum::<usize>();
        Ok(names)
    }

    /// Leaves out programs, what defines a second time what the main unit does, and what defines
    /// nothing but what a file of the same name does: a helper in two folders is linked once.
    fn select(&mut self, objects: Vec<Object>, has_main: bool) -> Result<Vec<Object>, Failure> {
        let main = objects.first().filter(|_| has_main);
        let taken = main.map(|main| main.defines.clone()).unwrap_or_default();
        let mut kept: Vec<Object> = Vec::new();
        for (index, object) in objects.into_iter().enumerate() {
            let again = object.defines.intersection(&taken).next();
            let twin = kept.iter().find(|other| {
                other.source.file_name() == object.source.file_name()
                    && !object.defines.is_empty()
                    && object.defines.is_subset(&other.defines)
            });
            let reason = match again {
                _ if index == 0 && has_main => None,
                _ if object.defines.contains(&b"main"[..]) => Some("it defines main".to_owned()),
                Some(name) => Some(format!("it defines {} again", neutral(name))),
                None => twin.map(|twin| {
                    let twin = shown(&twin.source);
                    format!("it defines only what {twin} defines too")
                }),
            };
            match reason {
                Some(reason) => self.left_out.push(Ignored::new(object.source, reason)),
                None => kept.push(object),
            }
        }
        if kept.is_empty() {
            let reasons = self.left_out.iter().map(Ignored::to_string).collect();
            return Err(Failure::NothingToLink { reasons });
        }
        Ok(kept)
    }

    /// An undefined symbol is only a warning, unless a file was left out that may have defined it:
    /// a call of it fails later.
    fn link(&mut self, objects: &[Object], complete: bool) -> Result<(Vec<u8>, Image), Failure> {
        let output = PathBuf::from("../objects/libosmem.so");
        let mut arguments: Vec<OsString> = vec!["-shared".into(), "-Wl,-z,defs".into()];
        if complete {
            arguments.push("-Wl,--warn-unresolved-symbols".into());
        }
        arguments.extend(["-o".into(), output.clone().into()]);
        arguments.extend(objects.iter().map(|object| object.file.clone().into()));
        self.run(
            Step::Link,
            &self.compiler.clone(),
            Path::new(""),
            &arguments,
        )?;
        let bytes = self.output(&Step::Link, &output)?;
        let image = inspect(&bytes, Path::new("libosmem.so"))?;
        Ok((bytes, image))
    }
}

/// A path as a compiler's argument: one that begins like an option, or like the name of a file
/// of options, gets a folder in front.
pub(super) fn argument(path: &Path) -> OsString {
    let special = path.as_os_str().as_encoded_bytes().starts_with(b"-")
        || path.as_os_str().as_encoded_bytes().starts_with(b"@");
    if special {
        Path::new(".").join(path).into()
    } else {
        path.into()
    }
}

fn joined(option: &str, path: &Path) -> OsString {
    let mut joined = OsString::from(option);
    joined.push(path);
    joined
}
