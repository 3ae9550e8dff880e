//! Where goldens come from: a set that the program carries, a folder on disk, or both.
//!
//! Reads and writes files and nothing else. What goes into a golden, and when one may be written,
//! is for the caller to decide; nothing here looks at the environment.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs::{self, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::{ParseError, Snapshot, parse_bytes};

/// The extension of a golden's file name.
const EXTENSION: &str = "snap";

/// Why goldens could not be read or written.
#[derive(Debug, Error)]
pub enum GoldensError {
    #[error("cannot read golden snapshots: {path}: {source}")]
    Read { path: PathBuf, source: io::Error },
    #[error("cannot write golden snapshot: {path}: {source}")]
    Write { path: PathBuf, source: io::Error },
}

/// The goldens of all scenarios, by stem, as they are: sound or not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Goldens {
    texts: BTreeMap<String, Vec<u8>>,
}

/// What is wrong with a golden.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Defect {
    /// A scenario has none.
    #[error("missing golden snapshot: {stem}")]
    Missing { stem: String },
    #[error("empty golden snapshot: {stem}")]
    Empty { stem: String },
    #[error("golden snapshot without a scenario: {stem}")]
    Orphaned { stem: String },
    #[error("unreadable golden snapshot: {stem}: {source}")]
    Garbage { stem: String, source: ParseError },
    #[error("golden snapshot under a wrong name: {stem} holds {holds}")]
    Misnamed {
        /// The stem that it is stored under.
        stem: String,
        /// The stem in its header.
        holds: String,
    },
    #[error("golden snapshot of a run that did not end in `exit 0`: {stem}")]
    Incomplete { stem: String },
}

/// Names the content of a whole set of goldens: equal for equal sets, on every machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Version(pub u64);

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl Goldens {
    /// The goldens given as pairs of stem and text.
    pub fn built_in(entries: &[(&str, &str)]) -> Self {
        let owned = |(stem, text): &(&str, &str)| ((*stem).to_owned(), text.as_bytes().to_vec());
        Self {
            texts: entries.iter().map(owned).collect(),
        }
    }

    /// The goldens in a folder: its files `STEM.snap`. Other files are not looked at.
    pub fn in_folder(folder: &Path) -> Result<Self, GoldensError> {
        let mut texts = BTreeMap::new();
        for entry in fs::read_dir(folder).map_err(|source| cannot_read(folder, source))? {
            let path = entry.map_err(|source| cannot_read(folder, source))?.path();
            if path
                .extension()
                .is_some_and(|extension| extension == EXTENSION)
            {
                let text = fs::read(&path).map_err(|source| cannot_read(&path, source))?;
                let stem = path.file_stem().unwrap_or_default();
                texts.insert(stem.to_string_lossy().into_owned(), text);
            }
        }
        Ok(Self { texts })
    }

    /// These, with those of `others` in place of the ones of the same stem.
    ///
    /// A golden that is missing from `others` is not noticed; to find it, check `others` alone.
    pub fn overridden_by(mut self, others: Self) -> Self {
        self.texts.extend(others.texts);
        self
    }

    /// The text of a scenario's golden; `None` when there is none or it is not text.
    pub fn text(&self, stem: &str) -> Option<&str> {
        std::str::from_utf8(self.texts.get(stem)?).ok()
    }

    /// A scenario's golden.
    pub fn snapshot(&self, stem: &str) -> Result<Snapshot, Defect> {
        let own = stem.to_owned();
        let Some(text) = self.texts.get(stem) else {
            return Err(Defect::Missing { stem: own });
        };
        if text.trim_ascii().is_empty() {
            return Err(Defect::Empty { stem: own });
        }
        match parse_bytes(text) {
            Err(source) => Err(Defect::Garbage { stem: own, source }),
            Ok(snapshot) if snapshot.stem != stem => Err(Defect::Misnamed {
                stem: own,
                holds: snapshot.stem,
            }),
            Ok(snapshot) if !snapshot.is_complete() => Err(Defect::Incomplete { stem: own }),
            Ok(snapshot) => Ok(snapshot),
        }
    }

    /// All that is wrong with the set, given the stems of all scenarios: by stem, then orphans.
    pub fn defects<'s>(&self, scenarios: impl IntoIterator<Item = &'s str>) -> Vec<Defect> {
        let scenarios: BTreeSet<&str> = scenarios.into_iter().collect();
        let unsound = scenarios
            .iter()
            .filter_map(|stem| self.snapshot(stem).err());
        let orphaned = self
            .texts
            .keys()
            .filter(|stem| !scenarios.contains(stem.as_str()))
            .map(|stem| Defect::Orphaned { stem: stem.clone() });
        unsound.chain(orphaned).collect()
    }

    pub fn stems(&self) -> impl Iterator<Item = &str> {
        self.texts.keys().map(String::as_str)
    }

    pub fn len(&self) -> usize {
        self.texts.len()
    }

    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// What reports name this set by.
    ///
    /// FNV-1a over each stem and text with their lengths: it distinguishes versions of a set; it
    /// does not protect against forgery.
    pub fn version(&self) -> Version {
        let mut hash = FNV_BASIS;
        for (stem, text) in &self.texts {
            for bytes in [stem.as_bytes(), text] {
                hash = fnv_1a(hash, &(bytes.len() as u64).to_le_bytes());
                hash = fnv_1a(hash, bytes);
            }
        }
        Version(hash)
    }
}

/// The hash of no bytes.
const FNV_BASIS: u64 = 0xcbf2_9ce4_8422_2325;

/// FNV-1a, 64 bits, of `bytes` after the bytes that `hash` covers.
fn fnv_1a(hash: u64, bytes: &[u8]) -> u64 {
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(PRIME);
    bytes.iter().fold(hash, step)
}

/// The file that holds a scenario's golden.
pub fn path(folder: &Path, stem: &str) -> PathBuf {
    folder.join(format!("{stem}.{EXTENSION}"))
}

/// Replaces a file in a folder as a whole. The folder is made when it is not there.
pub fn replace(folder: &Path, path: &Path, text: &[u8]) -> Result<(), GoldensError> {
    let write = || {
        fs::create_dir_all(folder)?;
        // Beside the golden, because a file cannot be renamed to another file system; not under its
        // extension, so that one that a crash left is no orphan. Temporary files are private by
        // default, but all users may read goldens.
        let mut file = tempfile::Builder::new()
            .prefix(".golden-")
            .permissions(Permissions::from_mode(0o644))
            .tempfile_in(folder)?;
        file.write_all(text)?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(io::Error::from)
    };
    let path = path.to_owned();
    write().map_or_else(
        |source| Err(GoldensError::Write { path, source }),
        |_| Ok(()),
    )
}

fn cannot_read(path: &Path, source: io::Error) -> GoldensError {
    let path = path.to_owned();
    GoldensError::Read { path, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEM: &str = "0101-malloc-zero";
    const TEXT: &str = "\
# 0101-malloc-zero · format 1
 1  p1 = os_malloc(0)                         -> NULL
        heap -
exit 0
";

    fn snapshot() -> Snapshot {
        super::super::parse(TEXT).unwrap()
    }

    fn only_defect(text: &str) -> String {
        let defects = Goldens::built_in(&[(STEM, text)]).defects([STEM]);
        assert_eq!(defects.len(), 1);
        defects[0].to_string()
    }

    #[test]
    fn a_sound_set_has_no_defects() {
        let goldens = Goldens::built_in(&[(STEM, TEXT)]);
        assert_eq!(goldens.defects([STEM]), []);
        assert_eq!(goldens.text(STEM), Some(TEXT));
        assert_eq!(goldens.snapshot(STEM), Ok(snapshot()));
        assert_eq!(goldens.stems().collect::<Vec<_>>(), [STEM]);
    }

    #[test]
    fn missing_and_orphaned_goldens_are_found() {
        let goldens = Goldens::built_in(&[("0999-gone", TEXT)]);
        let defects: Vec<String> = goldens
            .defects([STEM])
            .iter()
            .map(Defect::to_string)
            .collect();
        assert_eq!(
            defects,
            [
                "missing golden snapshot: 0101-malloc-zero",
                "golden snapshot without a scenario: 0999-gone"
            ]
        );
    }

    #[test]
    fn each_defect_is_named() {
        assert_eq!(
            only_defect(" \n"),
            "empty golden snapshot: 0101-malloc-zero"
        );
        assert_eq!(
            only_defect(&TEXT.replace("heap", "heat")),
            "unreadable golden snapshot: 0101-malloc-zero: line 3: \
             expected `brk`, `mmap`, `munmap` or `heap`, found `heat -`"
        );
        assert_eq!(
            only_defect(&TEXT.replace("# 0101", "# 0102")),
            "golden snapshot under a wrong name: 0101-malloc-zero holds 0102-malloc-zero"
        );
        assert_eq!(
            only_defect(&TEXT.replace("exit 0", "exit 1")),
            "golden snapshot of a run that did not end in `exit 0`: 0101-malloc-zero"
        );
    }

    #[test]
    fn a_golden_is_replaced_as_a_whole_and_readable_for_all_users_that_the_umask_allows() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("snapshots");
        let file = path(&folder, STEM);
        for text in ["old", TEXT] {
            replace(&folder, &file, text.as_bytes()).unwrap();
            assert_eq!(fs::read_to_string(&file).unwrap(), text);
        }
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
        let plain = folder.join("plain");
        fs::write(&plain, "").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o644;
        assert_eq!(mode(&file), mode(&plain));
    }

    #[test]
    fn the_folder_overrides_what_is_built_in() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(path(folder.path(), STEM), b"\xff").unwrap();
        fs::write(folder.path().join("README.md"), "not a golden").unwrap();
        let on_disk = Goldens::in_folder(folder.path()).unwrap();
        assert_eq!(on_disk.len(), 1);
        let built_in = Goldens::built_in(&[(STEM, TEXT), ("0102-x", TEXT)]);
        let both = built_in.overridden_by(on_disk);
        assert_eq!(both.len(), 2);
        assert_ne!(both.text(STEM), Some(TEXT));
        assert_eq!(both.text("0102-x"), Some(TEXT));
    }

    #[test]
    fn a_folder_that_is_not_there_is_an_error_with_its_path() {
        let error = Goldens::in_folder(Path::new("/nonexistent/snapshots")).unwrap_err();
        let message = error.to_string();
        assert!(message.starts_with("cannot read golden snapshots: /nonexistent/snapshots: "));
    }

    #[test]
    fn the_hash_is_the_published_one() {
        assert_eq!(fnv_1a(FNV_BASIS, b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv_1a(FNV_BASIS, b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(fnv_1a(FNV_BASIS, b"foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn versions_tell_sets_apart() {
        let version = |entries: &[(&str, &str)]| Goldens::built_in(entries).version();
        assert_eq!(
            version(&[("a", "x"), ("b", "y")]),
            version(&[("b", "y"), ("a", "x")])
        );
        assert_ne!(version(&[("a", "x")]), version(&[("a", "y")]));
        assert_ne!(version(&[("a", "bx")]), version(&[("ab", "x")]));
        assert_eq!(version(&[]).to_string(), "cbf29ce484222325");
    }
}
