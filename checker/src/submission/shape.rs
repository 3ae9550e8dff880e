//! Finds the files in a folder that make up the allocator.
//!
//! The folder that holds `osmem.c` decides. In the course's shape it is called `src`, and `utils`
//! stands beside it. Where no file has that name, the folder `src` with C files does, else the
//! folder nearest to the top that has any.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::{Error, File, Form, Ignored, LARGEST_LIBRARY, LARGEST_SOURCE};
use super::{Sources, Submission, Survey, shown};

/// How many folders may stand above `osmem.c`.
const DEEPEST_HOME: usize = 3;

/// A submission that is a single file, given without links.
pub(super) fn of_file(origin: &Path, real: PathBuf) -> Result<Submission, Error> {
    let unreadable = |source| Error::Unreadable {
        path: origin.to_owned(),
        source,
    };
    let unsuitable = |found: String| Error::Unsuitable {
        path: origin.to_owned(),
        found,
    };
    let size = real.symlink_metadata().map_err(unreadable)?.len();
    let root = real.parent().unwrap_or(Path::new("/")).to_owned();
    let file = File {
        path: PathBuf::from(origin.file_name().or(real.file_name()).unwrap_or_default()),
        content: real,
        size,
    };
    let is_c = file.extension() == "c";
    let limit = if is_c {
        LARGEST_SOURCE
    } else {
        LARGEST_LIBRARY
    };
    if size > limit {
        return Err(unsuitable(format!("a file of {size} bytes")));
    }
    let form = if is_c {
        Form::Sources(single(&root, file))
    } else if file.extension() == "so" || is_elf(&file).map_err(unreadable)? {
        Form::Library(file)
    } else {
        return Err(unsuitable(describe(&file)));
    };
    let (origin, ignored) = (origin.to_owned(), Vec::new());
    Ok(Submission {
        origin,
        root,
        form,
        ignored,
    })
}

fn describe(file: &File) -> String {
    let archives = ["zip", "gz", "tgz", "tar", "xz", "7z", "rar", "bz2"];
    if archives.iter().any(|name| file.extension() == *name) {
        return "an archive that has to be unpacked first".to_owned();
    }
    match file.extension() {
        none if none.is_empty() => "a file without an extension".to_owned(),
        other => format!("a .{} file", shown(Path::new(other))),
    }
}

fn is_elf(file: &File) -> std::io::Result<bool> {
    Ok(file.read(LARGEST_LIBRARY)?.starts_with(b"\x7fELF"))
}

/// A C file on its own, with the headers beside it.
fn single(root: &Path, unit: File) -> Sources {
    let survey = Survey::beside(root);
    let is_header = |file: &File| is_included(file) && file.folder() == Path::new("");
    Sources {
        units: vec![unit],
        has_main_unit: true,
        included: survey.files.into_iter().filter(is_header).collect(),
        include_folders: vec![PathBuf::new()],
        home: PathBuf::new(),
        ..Sources::default()
    }
}

/// A submission that is a folder.
pub(super) fn of_folder(origin: &Path, root: PathBuf, survey: Survey) -> Result<Submission, Error> {
    let Survey {
        files, mut ignored, ..
    } = survey;
    let form = match home(&files) {
        Some(home) => Form::Sources(sources(&home, files, &mut ignored)),
        None => Form::Library(prebuilt(origin, files, &ignored)?),
    };
    ignored.sort();
    let origin = origin.to_owned();
    Ok(Submission {
        origin,
        root,
        form,
        ignored,
    })
}

/// The folders at the top that hold an allocator each; none where it is the whole that does.
pub(super) fn inside(files: &[File]) -> Vec<String> {
    let allocators = files.iter().filter(|file| {
        let near = depth(file.folder()) <= DEEPEST_HOME;
        near && (file.name() == "osmem.c" || file.name() == "libosmem.so")
    });
    let mut tops = BTreeSet::new();
    for file in allocators {
        match file.folder().components().next() {
            Some(top) if !["src", "utils"].iter().any(|own| top.as_os_str() == *own) => {
                tops.insert(shown(Path::new(top.as_os_str())));
            }
            _ => return Vec::new(),
        }
    }
    tops.into_iter().collect()
}

/// The folder that holds the allocator.
fn home(files: &[File]) -> Option<PathBuf> {
    let units = files.iter().filter(|file| is_unit(file));
    let near = units.filter(|file| depth(file.folder()) <= DEEPEST_HOME);
    let best = near.min_by_key(|file| {
        let folder = file.folder();
        let in_src = folder.file_name().is_some_and(|name| name == "src");
        // `src` is as near as the folder that it stands in.
        let distance = depth(folder) - usize::from(in_src);
        let named = file.name() == "osmem.c";
        // With the right name, the nearest; without it, any `src` before what lies nearer.
        let order = if named {
            (distance, !in_src)
        } else {
            (usize::from(!in_src), false)
        };
        (!named, order, distance, folder)
    });
    best.map(|file| file.folder().to_owned())
}

fn depth(folder: &Path) -> usize {
    folder.components().count()
}

pub(super) fn sources(home: &Path, files: Vec<File>, ignored: &mut Vec<Ignored>) -> Sources {
    let layout = Layout::around(home, &files);
    let mut sources = Sources {
        make_folder: layout.make_folder(&files),
        home: home.to_owned(),
        ..Sources::default()
    };
    for file in &files {
        match layout.role(file) {
            Role::Unit => sources.units.push(file.clone()),
            Role::Included => sources.included.push(file.clone()),
            Role::None(reason) => ignored.push(Ignored::new(&file.path, reason)),
        }
    }
    sources.units.sort_by_key(|file| layout.rank(file));
    sources.has_main_unit = sources
        .units
        .first()
        .is_some_and(|file| file.name() == "osmem.c");
    sources.include_folders = layout.include_folders(&sources.included);
    sources.everything = files;
    sources
}

/// The folders of a submission, seen from the one that holds the allocator.
struct Layout {
    home: PathBuf,
    /// The folder that `src` and `utils` stand in; the same as `home` where there is no `src`.
    project: PathBuf,
    /// Other folders with an `osmem.c` of their own: copies, and what belongs to them.
    others: Vec<PathBuf>,
}

enum Role {
    Unit,
    Included,
    None(&'static str),
}

impl Layout {
    fn around(home: &Path, files: &[File]) -> Self {
        let in_src = home.file_name().is_some_and(|name| name == "src");
        let project = home.parent().filter(|_| in_src).unwrap_or(home);
        let named = files.iter().filter(|file| file.name() == "osmem.c");
        let elsewhere =
            named.filter(|file| file.folder() != home && !home.starts_with(file.folder()));
        Self {
            home: home.to_owned(),
            project: project.to_owned(),
            others: elsewhere.map(|file| file.folder().to_owned()).collect(),
        }
    }

    fn role(&self, file: &File) -> Role {
        let folder = file.folder();
        if !folder.starts_with(&self.project) {
            return Role::None("outside the folder that holds the allocator");
        }
        if self.others.iter().any(|other| folder.starts_with(other)) {
            return Role::None("belongs to another osmem.c");
        }
        if is_included(file) {
            return Role::Included;
        }
        if !is_unit(file) {
            return Role::None(no_source(file));
        }
        let below_src = self.home != self.project && folder.starts_with(&self.home);
        if folder == self.home || below_src || folder.starts_with(self.utils()) {
            Role::Unit
        } else {
            Role::None("a C file neither beside the allocator nor in utils")
        }
    }

    fn utils(&self) -> PathBuf {
        self.project.join("utils")
    }

    /// The main unit first, then its neighbours, then the rest.
    fn rank(&self, file: &File) -> (bool, bool, PathBuf) {
        let beside = file.folder() == self.home;
        let named = beside && file.name() == "osmem.c";
        (!named, !beside, file.path.clone())
    }

    fn include_folders(&self, included: &[File]) -> Vec<PathBuf> {
        let first = [self.home.clone(), self.utils(), self.project.clone()];
        let with_files: BTreeSet<_> = included.iter().map(File::folder).collect();
        let used =
            |folder: &&PathBuf| *folder == &self.home || with_files.contains(folder.as_path());
        let mut folders: Vec<PathBuf> = first.iter().filter(used).cloned().collect();
        folders.dedup();
        let others = with_files.iter().map(|folder| folder.to_path_buf());
        folders.extend(others.filter(|folder| !first.contains(folder)));
        folders
    }

    fn make_folder(&self, files: &[File]) -> Option<PathBuf> {
        let names = ["Makefile", "makefile", "GNUmakefile"];
        [&self.home, &self.project].into_iter().find_map(|folder| {
            let here = |file: &&File| {
                file.folder() == folder && names.iter().any(|name| file.name() == *name)
            };
            files.iter().find(here).map(|_| folder.clone())
        })
    }
}

/// What no compiler is given, and why.
fn no_source(file: &File) -> &'static str {
    let is = |names: &[&str]| names.iter().any(|name| file.extension() == *name);
    if is(&["cpp", "cc", "cxx", "C", "hpp", "rs"]) {
        "a source file of another language"
    } else if is(&["s", "S", "asm"]) {
        "assembly"
    } else if is(&["so", "o", "a"]) {
        "built from sources, which are here too"
    } else {
        "no C"
    }
}

fn is_unit(file: &File) -> bool {
    file.extension() == "c"
}

fn is_included(file: &File) -> bool {
    let extensions = ["h", "inc", "inl", "def"].map(OsStr::new);
    extensions.contains(&file.extension())
}

/// The library to test where there are no sources.
fn prebuilt(origin: &Path, files: Vec<File>, ignored: &[Ignored]) -> Result<File, Error> {
    let found = summary(&files, ignored);
    let mut libraries: Vec<File> = files
        .into_iter()
        .filter(|file| file.extension() == "so")
        .collect();
    libraries.sort_by_key(|file| (file.name() != "libosmem.so", depth(&file.path)));
    let path = origin.to_owned();
    let names: Vec<String> = libraries.iter().map(|file| shown(&file.path)).collect();
    let mut libraries = libraries.into_iter();
    match libraries.next() {
        None => Err(Error::NoSource { path, found }),
        Some(first) if names.len() == 1 || first.name() == "libosmem.so" => Ok(first),
        Some(_) => Err(Error::Ambiguous { path, names }),
    }
}

/// What a folder without an allocator holds, in a line.
fn summary(files: &[File], ignored: &[Ignored]) -> String {
    const SHOWN: usize = 5;
    let files = files.iter().map(|file| shown(&file.path));
    let all: Vec<String> = files
        .chain(ignored.iter().map(Ignored::to_string))
        .collect();
    match all.len() {
        0 => "nothing".to_owned(),
        count if count > SHOWN => {
            format!("{}, and {} more", all[..SHOWN].join(", "), count - SHOWN)
        }
        _ => all.join(", "),
    }
}
