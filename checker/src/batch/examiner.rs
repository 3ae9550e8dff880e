//! Grades one submission of a class, and never fails: what goes wrong with the machine or with the
//! checker becomes the result of that submission, and the others go on. Done in a process apart, see
//! [`super::crew`].

use std::any::Any;
use std::fs::File;
use std::io::{self, Read as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::content::fingerprint;
use super::seeding::Seeding;
use super::store::{Entry, Key};
use super::style;
use crate::build;
use crate::carried;
use crate::digest::Parts;
use crate::grading::{self, Error, Examined, Grader};
use crate::record::Record;
use crate::rubric::{Grade, Rubric, Ungraded};
use crate::sys::budget::Budget;

/// What grades the submissions of a class.
pub struct Examiner<'a> {
    pub grader: Grader,
    pub options: build::Options<'a>,
    pub rubric: Rubric,
    pub seeding: Seeding,
}

/// What was found out about a submission, and its points, or why there are none.
pub type Graded = (Examined, Result<Grade, Ungraded>);

/// A submission and what it is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// What it is called in files and tables.
    pub id: String,
    pub path: PathBuf,
}

impl Examiner<'_> {
    /// Grades a submission.
    ///
    /// Where the machine or the checker failed, it says so in words, and nothing of the submission.
    pub(super) fn examine(&self, name: &str, path: &Path) -> Result<Graded, String> {
        guarded(|| self.try_to(name, path))
    }

    fn try_to(&self, name: &str, path: &Path) -> Result<Graded, Error> {
        let started = Instant::now();
        let budget = self.grader.full_budget();
        let mut options = self.options.clone();
        options.limits.wall = options.limits.wall.min(budget.left());
        let before = build::taken();
        let built = grading::build(path, &options, self.grader.isolation)?;
        // A busy machine is not the submission's fault.
        let taken = build::taken().saturating_sub(before);
        budget.forgive(started.elapsed().saturating_sub(taken));
        let seconds = started.elapsed().as_secs_f64();
        let seed = self.seeding.seed(path);
        let examined = self
            .grader
            .examine_within(name, &built, seconds, seed, &budget)?;
        let grade = self.grade(&examined.record, path, &budget);
        Ok((examined, grade))
    }

    fn grade(&self, record: &Record, path: &Path, budget: &Budget) -> Result<Grade, Ungraded> {
        let style = self.rubric.style();
        let measured = style.map(|style| style::measure(style, path, budget.left()));
        let points = measured.transpose().map_err(Ungraded::Other)?;
        self.rubric.grade_with_style(record, points)
    }

    /// The result to be kept of a submission, whatever happened to it.
    pub fn entry(&self, id: &str, key: Key, graded: Result<Graded, String>) -> Entry {
        let (examined, grade) = graded.unwrap_or_else(|reason| {
            let examined = Examined {
                record: self.grader.unjudged(id, &reason),
                behaviour: String::new(),
            };
            (examined, Err(Ungraded::Other(reason)))
        });
        Entry {
            id: id.to_owned(),
            key,
            behaviour: examined.behaviour,
            record: examined.record,
            grade,
        }
    }
}

/// The result, or in words why there is none. A panic is a bug of ours and must not end the class.
fn guarded<T>(work: impl FnOnce() -> Result<T, Error>) -> Result<T, String> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(result) => result.map_err(|error| error.to_string()),
        Err(panic) => Err(format!("a bug in the checker: {}", message(&*panic))),
    }
}

fn message(panic: &(dyn Any + Send)) -> &str {
    let literal = panic.downcast_ref::<&str>().copied();
    let text = || panic.downcast_ref::<String>().map(String::as_str);
    literal.or_else(text).unwrap_or("it panicked")
}

/// What a result depends on, where everything but the submission is in `common`. A submission that
/// cannot be read has no fingerprint.
pub fn key(common: &Key, path: &Path) -> Key {
    Key {
        submission: fingerprint(path).unwrap_or_default(),
        ..common.clone()
    }
}

/// Names this build of the suite: its version, what it carries, and the program itself, so that a
/// correction is noticed that has no number of its own.
pub fn suite() -> String {
    let mut parts = Parts::default();
    parts.add(carried::PROGRAM);
    parts.add(carried::REFERENCE);
    // Where the program cannot be read, the files that it carries must suffice.
    let _ = add_program(&mut parts);
    format!("{} {}", env!("CARGO_PKG_VERSION"), parts.digest())
}

fn add_program(parts: &mut Parts) -> io::Result<()> {
    let mut program = File::open("/proc/self/exe")?;
    let mut chunk = Vec::new();
    while program.by_ref().take(1 << 16).read_to_end(&mut chunk)? > 0 {
        parts.add(&chunk);
        chunk.clear();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;
    use crate::submission;

    #[test]
    fn a_panic_is_a_reason() {
        let reason = guarded::<()>(|| panic!("{} is not a number", "x")).unwrap_err();
        assert_eq!(reason, "a bug in the checker: x is not a number");
        assert_eq!(guarded(|| Ok(3)), Ok(3));
        let unreadable = || {
            let (path, source) = ("there".into(), io::Error::other("gone"));
            Err::<(), _>(submission::Error::Unreadable { path, source }.into())
        };
        let reason = guarded(unreadable).unwrap_err();
        assert_eq!(reason, "cannot read the submission there: gone");
    }

    #[test]
    fn a_suite_has_one_name() {
        assert_eq!(suite(), suite());
        assert!(suite().starts_with(env!("CARGO_PKG_VERSION")));
    }
}
