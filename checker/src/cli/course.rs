//! A course's own tests (`--tests`): compiled, run with the reference, and then used as scenarios.
//!
//! A folder holds the results as long as the program runs: `NAME.so`, and the calls and outcomes of
//! the reference in `NAME.snap`. The processes that grade a class read them there.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Error, bail};
use tempfile::TempDir;

use super::reference::stage;
use super::{Settings, Wrong, bless, own};
use crate::build::{self, CourseError, CourseTest, course_tests};
use crate::grading;
use crate::profile;
use crate::snapshot::Snapshot;
use crate::snapshot::script::Script;
use crate::submission::{neutral, shown};
use crate::tracer::Tracer;
use crate::transcript;
use crate::types::{Call, End};

/// Bytes of what a test prints that are shown where it fails with the reference.
const SHOWN: usize = 500;

/// Makes scenarios of the tests that `--tests` names; `None` where it names none.
pub(super) fn made(settings: &Settings) -> Result<Option<TempDir>, Error> {
    if settings.tests.is_empty() {
        return Ok(None);
    }
    let folder = tempfile::Builder::new().prefix("osmem-tests-").tempdir();
    let folder = folder.context("cannot make a temporary folder")?;
    let stage = stage(settings)?;
    let mut tracer = Tracer::new(&stage)?;
    for path in &settings.tests {
        for test in compiled(path)? {
            make(&mut tracer, &test, folder.path())?;
        }
    }
    Ok(Some(folder))
}

fn compiled(path: &Path) -> Result<Vec<CourseTest>, Error> {
    let headers = grading::headers();
    let headers: Vec<(&str, &str)> = headers.iter().map(|(n, text)| (*n, &**text)).collect();
    let options = build::Options {
        headers: &headers,
        extra_flags: profile::edition().renaming(),
        ..build::Options::default()
    };
    course_tests(path, &options).map_err(|error| match error {
        CourseError::Machine(_) => error.into(),
        error => Wrong(error.to_string()).into(),
    })
}

fn make(tracer: &mut Tracer<'_>, test: &CourseTest, folder: &Path) -> Result<(), Error> {
    let stem = own::stem(&test.path)?;
    let golden = golden(tracer, &stem, test)?;
    let calls: Vec<Call> = golden.steps.iter().map(|step| step.call).collect();
    if let Some(call) = bless::first_difference(&golden, &calls, &profile::in_use()) {
        bail!("{stem}: call {call}: the reference and the specification do not agree");
    }
    let name = Path::new(test.path.file_name().unwrap_or_default());
    let head = vec![format!("purpose: the course's test {}", shown(name))];
    let text = Script::of_calls(&stem, head, &golden);
    let write = || {
        let path = folder.join(format!("{stem}.snap"));
        if path.exists() {
            wrong!("--tests: two tests are called {stem}");
        }
        fs::write(path.with_extension("so"), &test.library)?;
        fs::write(path, text).map_err(Error::from)
    };
    write().context("cannot write a temporary file")
}

/// What the reference does in a test. An error here is never the fault of a submission.
fn golden(tracer: &mut Tracer<'_>, stem: &str, test: &CourseTest) -> Result<Snapshot, Error> {
    let raw = tracer.observe_test(&test.library, None)?;
    let seen = transcript::of(&raw, &profile::in_use());
    let golden = Snapshot::new(stem, &seen);
    let path = shown(&test.path);
    let wrong = |reason: String| -> Error {
        let said = &raw.output[..raw.output.len().min(SHOWN)];
        let said = neutral(said);
        let said = match said.trim() {
            "" => String::new(),
            said => format!("; it prints:\n{said}"),
        };
        Wrong(format!("{path}: the course's own test {reason}{said}")).into()
    };
    match &seen.end {
        End::Finished(0) if golden.steps.is_empty() => {
            Err(wrong("calls none of the four functions".to_owned()))
        }
        End::Finished(0) => match seen.steps.iter().find(|it| !it.findings.is_empty()) {
            Some(step) => {
                let findings = &step.findings;
                Err(wrong(format!("writes outside its blocks: {findings:?}")))
            }
            None => Ok(golden),
        },
        End::Finished(status) => Err(wrong(format!(
            "fails with the reference: it exits with status {status}"
        ))),
        _ => {
            let text = golden.render();
            let end = text.lines().last().unwrap_or_default();
            Err(wrong(format!("does not finish with the reference: {end}")))
        }
    }
}
