//! Shows how much of a class is graded: a line for each submission that is finished, on standard
//! error, and a bar below them where that is a terminal.

use std::fmt;
use std::io::{self, IsTerminal as _, Write as _};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::batch::store::{Entry, Standing};
use crate::types::Status;

const TEMPLATE: &str = "{wide_bar} {pos} of {len}, {msg}, {per_sec}, {eta} left";

/// How many submissions ended how.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    passed: usize,
    failed: usize,
    not_built: usize,
    ungraded: usize,
}

impl Tally {
    pub(super) const fn count(&mut self, standing: Standing) {
        match standing {
            Standing::Passed => self.passed += 1,
            Standing::Failed => self.failed += 1,
            Standing::NotBuilt => self.not_built += 1,
            Standing::Ungraded => self.ungraded += 1,
        }
    }

    pub(super) const fn of(&self, standing: Standing) -> usize {
        match standing {
            Standing::Passed => self.passed,
            Standing::Failed => self.failed,
            Standing::NotBuilt => self.not_built,
            Standing::Ungraded => self.ungraded,
        }
    }

    pub(super) const fn all(&self) -> usize {
        self.passed + self.failed + self.not_built + self.ungraded
    }
}

/// `12 submissions: 3 passed, 8 failed, 1 could not be built`
impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { passed, failed, .. } = self;
        let all = self.all();
        let s = if all == 1 { "" } else { "s" };
        write!(f, "{all} submission{s}: {passed} passed, {failed} failed")?;
        if self.not_built > 0 {
            write!(f, ", {} could not be built", self.not_built)?;
        }
        if self.ungraded > 0 {
            write!(f, ", {} could not be graded", self.ungraded)?;
        }
        Ok(())
    }
}

/// What is shown while a class is graded.
pub(super) struct Progress {
    bar: Option<ProgressBar>,
}

impl Progress {
    pub(super) fn new(submissions: usize) -> Self {
        let bar = io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template(TEMPLATE).expect("the template is sound");
            let bar = ProgressBar::new(submissions as u64).with_style(style);
            bar.set_message("0 failed");
            bar.enable_steady_tick(Duration::from_millis(500));
            bar
        });
        Self { bar }
    }

    /// Notes that one more is finished.
    pub(super) fn finished(&self, line: &str, tally: &Tally) {
        let Some(bar) = &self.bar else {
            // Standard error may be closed; results are kept all the same.
            let _ = writeln!(io::stderr(), "{line}");
            return;
        };
        bar.println(line);
        bar.set_message(format!("{} failed", tally.all() - tally.passed));
        bar.inc(1);
    }

    pub(super) fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    /// `alice: 84.5 of 90 points, 160 PASS, 14 FAIL`
    pub(super) fn line(entry: &Entry) -> String {
        let id = &entry.id;
        let grade = match &entry.grade {
            Ok(grade) => grade,
            Err(ungraded) => return format!("{id}: {ungraded}"),
        };
        let points = format!("{id}: {} of {} points", grade.total, grade.maximum);
        if entry.record.build.failure.is_some() {
            return format!("{points}, could not be built");
        }
        let results = &entry.record.results;
        let count = |status| results.iter().filter(|one| one.status == status).count();
        let counts = Status::ALL.map(|status| (status, count(status)));
        let counts = counts.iter().filter(|(_, count)| *count > 0);
        let counts = counts.map(|(status, count)| format!(", {count} {}", status.word()));
        points + &counts.collect::<String>()
    }
}
