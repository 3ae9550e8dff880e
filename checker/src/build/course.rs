//! Compiles a course's own tests: C programs with a `main`, each into a shared object that the
//! scenario program loads after a submission.
//!
//! The tests are the course's own and trusted; they are compiled where they lie, so that they find
//! their headers. Their calls of the submission go through the scenario program, by the linker's
//! `--wrap`. The C files beside them without a `main`, and those of the tree's `utils`, are linked
//! to each test and are visible only to it.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::folder::BuildFolder;
use super::run::BuildRun;
use super::toolchain::compiler;
use super::{Failure, Options, Step};
use crate::elf;
use crate::pool;
use crate::submission::{self, LARGEST_LIBRARY, Submission, shown};

const COMPILE: [&str; 4] = ["-c", "-fPIC", "-Wall", "-Wextra"];
/// The functions that a test calls under another name: those of the submission, and those that end
/// the process.
const WRAPPED: [&str; 7] = [
    "os_malloc",
    "os_calloc",
    "os_realloc",
    "os_free",
    "exit",
    "_exit",
    "_Exit",
];
/// The only name that others see is the one under which the scenario program calls `main`.
const SYMBOLS: &str = "{ global: osmem_course_main; local: *; };\n";

/// A course's test, compiled.
#[derive(Clone, Debug)]
pub struct CourseTest {
    pub path: PathBuf,
    pub library: Vec<u8>,
}

/// Why a course's tests cannot be used: the course's own fault, or the machine's.
#[derive(Debug, Error)]
pub enum CourseError {
    #[error("cannot read {}: {source}", shown(.path))]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("no tests in {}: expected C files with a main", shown(.folder))]
    None { folder: PathBuf },
    #[error("{}: the course's own test cannot be built with any submission: {failure}", shown(.path))]
    Test { path: PathBuf, failure: Failure },
    /// There is no compiler, or no room.
    #[error("cannot build the course's tests: {0}")]
    Machine(Failure),
}

/// An object file, and the C file that it was made of.
struct Object {
    source: PathBuf,
    file: PathBuf,
    has_main: bool,
}

/// Compiles the tests in a folder, or the test in this file, in the order of their names.
pub fn course_tests(path: &Path, options: &Options<'_>) -> Result<Vec<CourseTest>, CourseError> {
    let unreadable = |source| CourseError::Unreadable {
        path: path.to_owned(),
        source,
    };
    let path = &fs::canonicalize(path).map_err(unreadable)?;
    let folder = match path.is_dir() {
        true => path.as_path(),
        false => path.parent().unwrap_or(path),
    };
    let beside = c_files(folder).map_err(unreadable)?;
    let utils = utils_of(folder);
    // A tree without this folder has no helpers there.
    let shared = utils.as_deref().map_or(Ok(Vec::new()), c_files);
    let shared = shared.map_err(unreadable)?;
    let course = Submission {
        origin: path.clone(),
        root: folder.to_owned(),
        form: submission::Form::Sources(submission::Sources::default()),
        ignored: Vec::new(),
    };
    let mut build = BuildRun::new(&course, options).map_err(CourseError::Machine)?;
    build.compiler = compiler(options.compiler.as_deref()).map_err(CourseError::Machine)?;
    let added = build.folder.add_headers(options.headers);
    added.map_err(CourseError::Machine)?;
    let script = build.folder.objects().join("symbols");
    fs::write(&script, SYMBOLS)
        .map_err(Failure::system("write a temporary file"))
        .map_err(CourseError::Machine)?;
    let maker = Maker {
        build: &build,
        folder,
        utils: utils.as_deref(),
        script,
    };
    let numbered: Vec<(usize, &PathBuf)> = beside.iter().chain(&shared).enumerate().collect();
    let objects = pool::each(
        &numbered,
        0,
        || (),
        |(), (index, source)| {
            match maker.compile(*index, source) {
                // Files of the submission need not compile here.
                Err(_) if *index >= beside.len() => Ok(None),
                object => object.map(Some),
            }
        },
    )?;
    let objects: Vec<Object> = objects.into_iter().flatten().collect();
    let (tests, helpers): (Vec<Object>, Vec<Object>) =
        objects.into_iter().partition(|object| object.has_main);
    let wanted = |test: &Object| path == folder || test.source == *path;
    let tests: Vec<Object> = tests.into_iter().filter(wanted).collect();
    match tests.is_empty() {
        true => Err(CourseError::None {
            folder: from_here(path),
        }),
        false => pool::each(&tests, 0, || (), |(), test| maker.link(test, &helpers)),
    }
}

/// The folder of helpers that a course's tree has beside `src` and `tests`.
fn utils_of(folder: &Path) -> Option<PathBuf> {
    let mut above = folder.ancestors().skip(1).take(2);
    above.find_map(|root| {
        let utils = root.join("utils");
        utils.is_dir().then_some(utils)
    })
}

/// The C files of a folder, in the order of their names.
fn c_files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder)?.map(|entry| Ok(entry?.path()));
    let mut files = entries.collect::<io::Result<Vec<PathBuf>>>()?;
    files.retain(|path| path.extension().is_some_and(|it| it == "c") && path.is_file());
    files.sort();
    Ok(files)
}

/// Compiles and links in one folder.
struct Maker<'a> {
    build: &'a BuildRun<'a>,
    folder: &'a Path,
    utils: Option<&'a Path>,
    script: PathBuf,
}

impl Maker<'_> {
    fn run(&self, source: &Path, step: Step, arguments: &[OsString]) -> Result<(), CourseError> {
        let compiler = &self.build.compiler;
        let done = self.build.execute(step, compiler, self.folder, arguments);
        done.map_err(|failure| failed(source, failure))?;
        Ok(())
    }

    fn compile(&self, index: usize, source: &Path) -> Result<Object, CourseError> {
        let file = self.build.folder.objects().join(format!("{index}.o"));
        let mut arguments: Vec<OsString> = COMPILE.iter().map(Into::into).collect();
        arguments.extend(self.include_folders().map(|folder| {
            let mut include = OsString::from("-I");
            include.push(folder);
            include
        }));
        arguments.extend(self.build.options.extra_flags.iter().map(Into::into));
        // A name without folders is what `assert` prints.
        let name = source.strip_prefix(self.folder).unwrap_or(source);
        let name = Path::new(".").join(name);
        arguments.extend(["-o".into(), file.clone().into(), name.into()]);
        self.run(source, Step::Compile(from_here(source)), &arguments)?;
        let defines = self
            .read(&file)
            .and_then(|bytes| elf::definitions(&bytes, usize::MAX).map_err(io::Error::other));
        let defines = defines.map_err(Failure::system("read what the compiler wrote"));
        let defines = defines.map_err(CourseError::Machine)?;
        Ok(Object {
            source: source.to_owned(),
            file,
            has_main: defines.contains(&b"main"[..]),
        })
    }

    /// Where a tree keeps headers, as seen from its tests; last, what is built in.
    fn include_folders(&self) -> impl Iterator<Item = PathBuf> {
        let above = self.folder.ancestors().skip(1).take(2);
        let sources = above.clone().map(|folder| folder.join("src"));
        let folders = [self.folder].into_iter().chain(self.utils).chain(above);
        let folders = folders.map(Path::to_owned).chain(sources);
        let builtin = self.build.folder.copy().join(BuildFolder::BUILTIN);
        folders.chain([builtin])
    }

    fn link(&self, test: &Object, helpers: &[Object]) -> Result<CourseTest, CourseError> {
        let output = test.file.with_extension("so");
        let mut script = OsString::from("-Wl,--version-script=");
        script.push(&self.script);
        let mut arguments: Vec<OsString> = [
            "-shared",
            "-Wl,-z,now,-z,relro,-Bsymbolic",
            // A helper may be in the test's folder and in `utils`.
            "-Wl,--allow-multiple-definition",
            "-Wl,--defsym=osmem_course_main=main",
        ]
        .map(OsString::from)
        .into();
        arguments.extend(WRAPPED.map(|name| format!("-Wl,--wrap={name}").into()));
        arguments.extend([script, "-o".into(), output.clone().into()]);
        let objects = [test].into_iter().chain(helpers);
        arguments.extend(objects.map(|object| object.file.clone().into()));
        arguments.extend(["-Wl,--as-needed", "-lm"].map(OsString::from));
        self.run(&test.source, Step::Link, &arguments)?;
        let library = self.read(&output);
        let library = library.map_err(Failure::system("read what the linker wrote"));
        Ok(CourseTest {
            path: from_here(&test.source),
            library: library.map_err(CourseError::Machine)?,
        })
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        match fs::metadata(path)?.len() > LARGEST_LIBRARY {
            true => Err(io::Error::from(io::ErrorKind::FileTooLarge)),
            false => fs::read(path),
        }
    }
}

/// The path as seen from the folder that the command is run in.
fn from_here(path: &Path) -> PathBuf {
    let here = std::env::current_dir().and_then(fs::canonicalize);
    let inside = here.ok().and_then(|here| path.strip_prefix(here).ok());
    inside.unwrap_or(path).to_owned()
}

fn failed(source: &Path, failure: Failure) -> CourseError {
    match failure {
        Failure::System { .. } | Failure::NoCompiler { .. } => CourseError::Machine(failure),
        failure => CourseError::Test {
            path: from_here(source),
            failure,
        },
    }
}
