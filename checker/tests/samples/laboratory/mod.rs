//! Allocators in C with switches: compiled one by one with `-D` flags, kept compiled, and graded.

#![allow(dead_code, reason = "each program that is made of it uses a part")]

pub(crate) mod dice;
pub(crate) mod reproduction;
pub(crate) mod sets;
pub(crate) mod variations;

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::{Path, PathBuf};

use checker::testing::build::{self, Library};
use checker::testing::carried;
use checker::testing::fuzz;
use checker::testing::grading::{self, Built, Examined, Grader};
use checker::testing::pool;
use checker::testing::record::Record;
use checker::testing::rubric::{Known, Rubric};
use checker::testing::sandbox::IsolationOptions;
use ref_tests::SCENARIOS;
use serde::Deserialize;

/// What can go wrong here: all of it ends the program.
pub(crate) type Error = Box<dyn std::error::Error + Send + Sync>;

/// The allocator that the mistakes are planted in.
pub(crate) const MISTAKES: &str = "mistakes/osmem.c";
/// The allocator of the permitted variations.
pub(crate) const VARIATIONS: &str = "submissions/variations/osmem.c";

/// What `notes.toml` says of some switches.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Notes {
    /// Mistakes of the catalogue that are special.
    #[serde(default)]
    pub(crate) mistake: Vec<Note>,
    /// Switches that are in no catalogue.
    #[serde(default)]
    pub(crate) other: Vec<Other>,
}

/// What is special about a mistake.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Note {
    /// Its name.
    pub(crate) name: String,
    /// What has to happen for it to show.
    pub(crate) needs: Option<String>,
    /// Mistakes that no legal calls tell from it.
    #[serde(default)]
    pub(crate) indistinguishable_from: Vec<String>,
}

/// A switch that is in no catalogue.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Other {
    /// Its name.
    pub(crate) name: String,
    /// What it does to the verdict.
    pub(crate) effect: Effect,
    /// The clause that it breaks.
    pub(crate) clause: Option<String>,
    /// What it does, as the end of a sentence that starts with "it".
    pub(crate) what: String,
}

/// What a switch does to the verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Effect {
    /// Only links are wrong: a remark.
    Links,
    /// Nothing is wrong.
    Permitted,
    /// It breaks a clause.
    Mistake,
}

impl Notes {
    /// As they stand in the file.
    pub(crate) fn read() -> Result<Self, Error> {
        let text = std::fs::read_to_string(folder().join("mistakes/notes.toml"))?;
        Ok(toml::from_str(&text)?)
    }

    /// Whether no legal calls tell the one mistake from the other.
    pub(crate) fn are_alike(&self, one: &str, other: &str) -> bool {
        let mut notes = self.mistake.iter().filter(|note| note.name == one);
        notes.any(|note| note.indistinguishable_from.iter().any(|it| it == other))
    }
}

/// The flag that plants a mistake of the catalogue.
pub(crate) fn flag(mistake: &str) -> String {
    format!("-DMISTAKE_{mistake}")
}

/// The folder of the scenario programs and the samples.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../ref_tests")
}

/// The names of the switches `PREFIX(name)` in the allocator that the mistakes are planted in.
pub(crate) fn switches(prefix: &str) -> io::Result<BTreeSet<String>> {
    let text = std::fs::read_to_string(folder().join(MISTAKES))?;
    let start = format!("{prefix}(");
    let code = text
        .lines()
        .filter(|line| !line.starts_with(' ') && !line.starts_with("#define"));
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
        let aside = kept.with_extension(format!(
            "{}.{:?}.aside",
            std::process::id(),
            std::thread::current().id()
        ));
        std::fs::write(&aside, &library.bytes)?;
        std::fs::rename(&aside, &kept)?;
    }
    library(&kept, &[])
}

/// Compiles whatever lies at a path.
pub(crate) fn library(path: &Path, flags: &[String]) -> Result<Library, Error> {
    built(path, flags)?.map_err(Into::into)
}

/// The same; that it does not compile is not an error.
pub(crate) fn built(path: &Path, flags: &[String]) -> Result<Built, Error> {
    let options = build::Options {
        extra_flags: flags.to_vec(),
        ..build::Options::default()
    };
    Ok(grading::build(path, &options, IsolationOptions::default())?)
}

/// Where the library of a text and flags is kept: in the target folder.
fn kept_at(source: &Path, flags: &[String]) -> io::Result<PathBuf> {
    let mut hasher = DefaultHasher::new();
    std::fs::read(source)?.hash(&mut hasher);
    flags.hash(&mut hasher);
    carried::HEADERS.hash(&mut hasher);
    let program = std::env::current_exe()?;
    let target = program.ancestors().nth(2).unwrap_or(Path::new("."));
    let folder = target.join("planted");
    std::fs::create_dir_all(&folder)?;
    Ok(folder.join(format!("{:016x}.so", hasher.finish())))
}

/// Grades with all scenarios, on one processor.
pub(crate) fn grader() -> Grader {
    Grader {
        workers: 1,
        ..Grader::built_in()
    }
}

/// Compiles and grades.
pub(crate) fn grade(source: &str, flags: &[String]) -> Result<Record, Error> {
    Ok(examine(source, flags)?.record)
}

/// Compiles and examines.
pub(crate) fn examine(source: &str, flags: &[String]) -> Result<Examined, Error> {
    let built: Built = Ok(compile(source, flags)?);
    let (name, grader) = (flags.join(" "), grader());
    let budget = grader.full_budget();
    Ok(grader.examine_within(&name, &built, 0.0, fuzz::FIRST_SEED, &budget)?)
}

/// The rubric that is built in.
pub(crate) fn rubric() -> Rubric {
    Rubric::built_in(&Known::all(SCENARIOS)).expect("the built-in rubric is for these scenarios")
}

/// A mistake's name without the place where it is made.
pub(crate) fn bare(name: &str) -> &str {
    name.split_once('@').map_or(name, |(bare, _)| bare)
}

/// All mistakes of a record, a word or a sentence each.
pub(crate) fn told(record: &Record) -> String {
    let mistakes = record.mistakes.iter();
    let words = mistakes.map(|it| match it.known {
        true => format!("{} {}/{}", it.name, it.shown, it.situations),
        false => {
            let example = it.example.as_ref();
            let place = example.map(|it| format!("{} call {:?}", it.stem, it.failure.call));
            let (name, sentence) = (&it.name, &it.sentence);
            format!(
                "{name} {}/{} ({place:?}: {sentence})",
                it.shown, it.situations
            )
        }
    });
    words.collect::<Vec<_>>().join(", ")
}

/// Does something with each of `items` on all processors; the results are in their order.
pub(crate) fn on_all_processors<T: Sync, R: Send>(
    items: &[T],
    work: impl Fn(&T) -> R + Sync,
) -> Vec<R> {
    let Ok(results) = pool::each(items, 0, || (), |(), item| Ok::<R, Infallible>(work(item)));
    results
}
