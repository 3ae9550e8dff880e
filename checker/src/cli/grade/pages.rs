//! `checker grade` without `--out`: each submission's report on standard output.

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::sync::{Mutex, PoisonError};

use anyhow::Error;

use super::arguments::{Arguments, commands};
use crate::batch::crew::{Setup, Slot};
use crate::batch::examiner::{Candidate, Examiner, Graded};
use crate::cli::format::{self, Format, Wanted};
use crate::cli::last::Last;
use crate::cli::reference::exit_of;
use crate::cli::{Exit, Settings};
use crate::pool;
use crate::rubric::Ungraded;
use crate::submission::shown;

/// Reports in the order of the command line, each as soon as all before it are there.
struct Pages {
    waiting: BTreeMap<usize, Page>,
    printed: usize,
    worst: Exit,
}

/// What is said of one submission.
#[derive(Default)]
struct Page {
    out: Vec<u8>,
    trouble: String,
}

impl Pages {
    fn take(&mut self, number: usize, page: Page, exit: Exit) -> io::Result<()> {
        self.worst = self.worst.max(exit);
        self.waiting.insert(number, page);
        while let Some(page) = self.waiting.remove(&self.printed) {
            self.printed += 1;
            io::stdout().lock().write_all(&page.out)?;
            // Standard error may be closed; the exit code says it too.
            let _ = io::stderr().lock().write_all(page.trouble.as_bytes());
        }
        Ok(())
    }
}

/// Examines each, and prints what is said of it.
pub(super) fn print(
    settings: &Settings,
    arguments: &Arguments,
    setup: &Setup,
    examiner: &Examiner<'_>,
    candidates: &[Candidate],
) -> Result<Exit, Error> {
    let pages = Mutex::new(Pages {
        waiting: BTreeMap::new(),
        printed: 0,
        worst: Exit::Passed,
    });
    let numbered: Vec<(usize, &Candidate)> = candidates.iter().enumerate().collect();
    let slot = || Slot::new(setup);
    pool::each(
        &numbered,
        settings.jobs,
        slot,
        |slot, &(number, candidate)| {
            let graded = slot.examine(&shown(&candidate.path), candidate);
            let (page, exit) = page(settings, arguments, examiner, (number, candidate, graded))?;
            let mut pages = pages.lock().unwrap_or_else(PoisonError::into_inner);
            pages.take(number, page, exit)
        },
    )?;
    let pages = pages.into_inner().unwrap_or_else(PoisonError::into_inner);
    Ok(pages.worst)
}

fn page(
    settings: &Settings,
    arguments: &Arguments,
    examiner: &Examiner<'_>,
    (number, candidate, graded): (usize, &Candidate, Result<Graded, String>),
) -> io::Result<(Page, Exit)> {
    let asked = arguments.how.rubric.is_some();
    let name = shown(&candidate.path);
    let mut page = Page::default();
    let (record, grade) = match graded {
        Ok((examined, grade)) => (examined.record, grade),
        Err(reason) => {
            page.trouble = format!("checker: {name}: {reason}\n");
            if !matches!(arguments.format, Format::System(_)) {
                return Ok((page, Exit::Machine));
            }
            let record = examiner.grader.unjudged(&name, &reason);
            (record, Err(Ungraded::Other(reason)))
        }
    };
    let on_screen = matches!(arguments.format, Format::Terminal);
    if on_screen && arguments.submissions.len() == 1 && record.build.failure.is_none() {
        Last::of(&record, Some(grade.as_ref())).keep_or_say(&candidate.path)?;
    }
    let view = arguments.shown.view().of(&record);
    if let Err(unknown) = arguments.detail.check(&record) {
        page.trouble = format!("checker: {unknown}\n");
        return Ok((page, Exit::Usage));
    }
    let wanted = Wanted {
        settings,
        format: arguments.format,
        detail: arguments.detail,
        commands: &commands(settings, &candidate.path),
        points: asked,
    };
    if on_screen && number > 0 {
        page.out.push(b'\n');
    }
    format::write(&mut page.out, &wanted, &view, grade.as_ref())?;
    let points_count = asked || matches!(arguments.format, Format::System(_));
    let exit = match grade {
        Err(_) if points_count => Exit::Machine,
        _ => exit_of(&record),
    };
    Ok((page, exit))
}
