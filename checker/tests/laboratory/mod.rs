//! Allocators in C with switches: compiled one by one with `-D` flags, kept compiled, and graded.

#![allow(dead_code, reason = "each program that is made of it uses a part")]

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::{Path, PathBuf};

use checker::build::{self, Library};
use checker::carried;
use checker::grading::{self, Built, Grader};
use checker::record::{Record, ScenarioResult};
use checker::sandbox::IsolationOptions;
use checker::types::Status;
use ref_tests::SCENARIOS;
use ref_tests::scenario::Scenario;
use serde::Deserialize;

/// What can go wrong here: all of it ends the program.
pub(crate) type Error = Box<dyn std::error::Error + Send + Sync>;

/// The allocator that the mutants are made of.
pub(crate) const MUTANTS: &str = "mutants/osmem.c";
/// The allocator of the permitted variations.
pub(crate) const VARIATIONS: &str = "submissions/variations/osmem.c";

/// A mutant, as `mutants.toml` describes it.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Mutant {
    /// Its switch without the prefix.
    pub(crate) name: String,
    /// Where it comes from.
    pub(crate) kind: Kind,
    /// The clause that it breaks.
    pub(crate) clause: String,
    /// What it does, as the end of a sentence that starts with "it".
    pub(crate) sentence: String,
    /// What has to happen for it to show.
    pub(crate) needs: Option<Needs>,
    /// Other mutants that nothing which the suite runs tells from it.
    #[serde(default)]
    pub(crate) indistinguishable_from: Vec<String>,
}

/// Where a mutant comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    /// The model's catalogue of faults.
    Catalogue,
    /// It damages memory.
    Safety,
}

/// What has to happen for a mutant to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Needs {
    /// A system call fails.
    Faults,
    /// Somebody else moves the break.
    Foreign,
    /// A product overflows, which no sequence asks for by chance.
    Overflow,
}

impl Mutant {
    /// All of them, in the table's order.
    pub(crate) fn table() -> Result<Vec<Self>, Error> {
        #[derive(Deserialize)]
        struct Table {
            mutant: Vec<Mutant>,
        }
        let text = std::fs::read_to_string(folder().join("mutants/mutants.toml"))?;
        Ok(toml::from_str::<Table>(&text)?.mutant)
    }

    /// The switch that plants it.
    pub(crate) fn flag(&self) -> String {
        let prefix = match self.kind {
            Kind::Catalogue => "FAULT",
            Kind::Safety => "MUTANT",
        };
        format!("-D{prefix}_{}", self.name)
    }

    /// The mutant as a library.
    pub(crate) fn compile(&self) -> Result<Vec<u8>, Error> {
        Ok(compile(MUTANTS, &[self.flag()])?.bytes)
    }
}

/// The folder of the scenario programs and the samples.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../ref_tests")
}

/// The names of the switches `PREFIX(name)` in the allocator that mutants are made of.
pub(crate) fn switches(prefix: &str) -> io::Result<BTreeSet<String>> {
    let text = std::fs::read_to_string(folder().join(MUTANTS))?;
    let start = format!("{prefix}(");
    let code = text.lines().filter(|line| !line.starts_with([' ', '#']));
    let mut names = BTreeSet::new();
    for line in code {
        let pieces = line.split(&start).skip(1);
        names.extend(pieces.filter_map(|piece| Some(piece.split_once(')')?.0.to_owned())));
    }
    Ok(names)
}

/// Compiles a source with flags, or takes what the same text and flags gave before.
pub(crate) fn compile(source: &str, flags: &[String]) -> Result<Library, Error> {
    let path = folder().join(source);
    let kept = kept_at(&path, flags)?;
    if !kept.exists() {
        let library = library(&path, flags)?;
        // Written aside and renamed, because others may be compiling the same.
        let aside = kept.with_extension(format!("{}.aside", std::process::id()));
        std::fs::write(&aside, &library.bytes)?;
        std::fs::rename(&aside, &kept)?;
    }
    library(&kept, &[])
}

/// Compiles whatever lies at a path.
pub(crate) fn library(path: &Path, flags: &[String]) -> Result<Library, Error> {
    let options = build::Options {
        extra_flags: flags.to_vec(),
        ..build::Options::default()
    };
    grading::build(path, &options, IsolationOptions::default())?.map_err(Into::into)
}

/// Where the library of a text and flags is kept: in the target folder.
fn kept_at(source: &Path, flags: &[String]) -> io::Result<PathBuf> {
    let mut hasher = DefaultHasher::new();
    std::fs::read(source)?.hash(&mut hasher);
    flags.hash(&mut hasher);
    carried::HEADERS.hash(&mut hasher);
    let program = std::env::current_exe()?;
    let target = program.ancestors().nth(2).unwrap_or(Path::new("."));
    let folder = target.join("mutants");
    std::fs::create_dir_all(&folder)?;
    Ok(folder.join(format!("{:016x}.so", hasher.finish())))
}

/// Grades with all scenarios; `all` keeps what depends on a scenario that failed.
pub(crate) fn grader(all: bool) -> Grader {
    Grader {
        workers: 1,
        ..Grader::built_in()
    }
}

/// Compiles and grades.
pub(crate) fn grade(source: &str, flags: &[String], all: bool) -> Result<Record, Error> {
    let built: Built = Ok(compile(source, flags)?);
    let name = flags.join(" ");
    Ok(grader(all).grade(&name, &built, 0.0)?)
}

/// The scenarios that did not pass, but for those that were skipped.
pub(crate) fn failing(record: &Record) -> impl Iterator<Item = &ScenarioResult> {
    let fails =
        |result: &&ScenarioResult| !matches!(result.status, Status::Pass | Status::NotReached);
    record.results.iter().filter(fails)
}

/// The scenarios that did not pass.
pub(crate) fn killers(record: &Record) -> impl Iterator<Item = &'static Scenario> {
    failing(record).filter_map(|result| SCENARIOS.iter().find(|it| it.stem == result.stem))
}

/// Does something with each of `items` on all processors; the results are in their order.
pub(crate) fn on_all_processors<T: Sync, R: Send>(
    items: &[T],
    work: impl Fn(&T) -> R + Sync,
) -> Vec<R> {
    let next = std::sync::atomic::AtomicUsize::new(0);
    let done = std::sync::Mutex::new(Vec::new());
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers.min(items.len()) {
            scope.spawn(|| {
                while let Some((index, item)) = {
                    let index = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    items.get(index).map(|item| (index, item))
                } {
                    let result = work(item);
                    done.lock().expect("no worker panics").push((index, result));
                }
            });
        }
    });
    let mut done = done.into_inner().expect("no worker panics");
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}
