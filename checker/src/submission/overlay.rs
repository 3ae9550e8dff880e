//! A course's tree, copied over and around a submission.
//!
//! Where both have a file of the same path, the course's wins, except in `src`, which is the
//! student's: there the submission's wins, and the course's C files (a skeleton) are not taken at
//! all. A submission without `src` is taken for the content of it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{File, Sources, shape};

/// The folder that is the student's.
const OWN: &str = "src";

/// The sources together with the files of a course's tree.
pub(super) fn laid_over(sources: &Sources, tree: Vec<File>) -> Sources {
    let named = sources.has_main_unit;
    let flat = sources.home.file_name().is_none_or(|name| name != OWN);
    let home = match flat {
        true => sources.home.join(OWN),
        false => sources.home.clone(),
    };
    let project = home.parent().unwrap_or(Path::new("")).to_owned();
    let everything = match sources.everything.is_empty() {
        // A file on its own: nothing but it and the headers beside it.
        true => sources
            .units
            .iter()
            .chain(&sources.included)
            .cloned()
            .collect(),
        false => sources.everything.clone(),
    };
    let moved = |file: File| match file.path.strip_prefix(&sources.home) {
        Ok(rest) if flat => File {
            path: home.join(rest),
            ..file
        },
        _ => file,
    };
    let mut files: BTreeMap<PathBuf, File> = BTreeMap::new();
    for file in everything.into_iter().map(moved) {
        files.insert(file.path.clone(), file);
    }
    for file in tree {
        let path = project.join(&file.path);
        let students = file.path.starts_with(OWN);
        let taken = match students {
            true => file.extension() != "c" && !files.contains_key(&path),
            false => true,
        };
        if taken {
            files.insert(path.clone(), File { path, ..file });
        }
    }
    let laid = shape::sources(&home, files.into_values().collect(), &mut Vec::new());
    Sources {
        has_main_unit: named,
        ..laid
    }
}
