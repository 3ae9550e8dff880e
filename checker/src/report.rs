//! A graded record in the formats of the systems that courses use, one file a format.
//!
//! All but the record itself start from a copy of the record in which no text can act upon a terminal,
//! is not UTF-8, or is longer than there is room for (`prepare`); each escapes what has a meaning in
//! its own format. Exporters decide nothing: [`View`] says before what may be shown, and a
//! missing grade is reported in the way of each system.

mod annotations;
mod check50;
mod class;
mod classroom;
mod gradescope;
mod html;
mod junit;
mod lines;
mod markdown;
mod mistakes;
mod prairielearn;
mod prepare;
mod record_json;
mod table;
mod tap;
mod text;
mod view;
mod vmchecker;
mod vpl;
mod words;

use std::io::{self, Write};

use crate::record::Record;
use crate::rubric::{Grade, Ungraded};
use prepare::Prepared;

pub use class::{Class, Names};
pub(crate) use mistakes::{accidents, by_cost, claim, cost, damage_in_words};
pub(crate) use prepare::unexplained;
pub use table::{ClassTable, Row, Seconds};
pub use view::{View, Visibility};
pub(crate) use words::deduction;

/// The points of a submission, or why there are none.
pub type GradeResult<'a> = Result<&'a Grade, &'a Ungraded>;

/// A format in which a record is written.
#[derive(Debug)]
pub struct Exporter {
    /// What it is called on the command line.
    pub name: &'static str,
    render: Render,
}

/// How a record becomes text.
#[derive(Debug)]
enum Render {
    /// All of it, as it is.
    Whole(fn(&Record, GradeResult<'_>) -> io::Result<String>),
    /// A harmless copy, cut until the text has no more than so many bytes.
    Within(usize, fn(&Prepared) -> io::Result<String>),
}

pub static EXPORTERS: &[Exporter] = &[
    Exporter {
        name: "json",
        render: Render::Whole(record_json::render),
    },
    within(30_000_000, "jsonl", lines::render),
    within(1 << 20, "vmchecker", vmchecker::render),
    within(1 << 20, "gradescope", gradescope::render),
    // GitLab takes less than 30 MB.
    within(29_000_000, "junit", junit::render),
    // Below 128 KiB.
    within(120 << 10, "github-classroom", classroom::render),
    within(64 << 10, "github-annotations", annotations::render),
    // A step has 1 MiB.
    within(1_000_000, "github-summary", markdown::render),
    // At most 1 MB.
    within(1_000_000, "prairielearn", prairielearn::render),
    // Surely shown.
    within(128 << 10, "vpl", vpl::render),
    within(1 << 20, "check50", check50::render),
    within(1 << 20, "csv", table::render),
    within(html::LARGEST, "html", html::render),
    within(30_000_000, "tap", tap::render),
];

const fn within(
    most: usize,
    name: &'static str,
    render: fn(&Prepared) -> io::Result<String>,
) -> Exporter {
    let render = Render::Within(most, render);
    Exporter { name, render }
}

impl Exporter {
    /// Writes the record. What may not be shown has been taken out of it before.
    pub fn write(
        &self,
        record: &Record,
        grade: GradeResult<'_>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let text = match self.render {
            Render::Whole(render) => render(record, grade)?,
            Render::Within(most, render) => prepare::fit(most, record, grade, render)?,
        };
        out.write_all(text.as_bytes())
    }
}

pub fn exporter(name: &str) -> Option<&'static Exporter> {
    EXPORTERS.iter().find(|exporter| exporter.name == name)
}
