//! A graded record in the formats of the systems that courses use, one file a format.
//!
//! Every exporter starts from a copy of the record in which no text can act upon a terminal, is not
//! UTF-8, or is longer than there is room for (`prepare`); each exporter escapes what has a meaning
//! in its own format. Exporters decide nothing: [`View`] says before what may be shown, and a
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

pub use class::{Class, Names};
pub(crate) use mistakes::{accidents, by_cost, claim, cost, damage_in_words};
pub(crate) use prepare::unexplained;
pub use table::{ClassTable, Row, Seconds};
pub use view::{View, Visibility};
pub(crate) use words::deduction;

/// The points of a submission, or why there are none.
pub type Graded<'a> = Result<&'a Grade, &'a Ungraded>;

/// Writes a record in the format of one system.
pub trait Exporter: Sync {
    /// What the format is called on the command line.
    fn name(&self) -> &'static str;

    /// Writes the record. What may not be shown has been taken out of it before.
    ///
    /// # Errors
    ///
    /// When `out` cannot be written to.
    fn write(&self, record: &Record, grade: Graded<'_>, out: &mut dyn Write) -> io::Result<()>;
}

/// Every format.
pub static EXPORTERS: &[&dyn Exporter] = &[
    &record_json::RecordJson,
    &lines::Lines,
    &vmchecker::Vmchecker,
    &gradescope::Gradescope,
    &junit::Junit,
    &classroom::Classroom,
    &annotations::Annotations,
    &markdown::Summary,
    &prairielearn::PrairieLearn,
    &vpl::Vpl,
    &check50::Check50,
    &table::Table,
    &html::Html,
    &tap::Tap,
];

/// The format of this name.
#[must_use]
pub fn exporter(name: &str) -> Option<&'static dyn Exporter> {
    let called = |exporter: &&&dyn Exporter| exporter.name() == name;
    EXPORTERS.iter().find(called).copied()
}
