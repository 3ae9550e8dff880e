//! In which format a report goes to standard output, and what it may show.

use std::fmt;
use std::io::{self, Write};
use std::str::FromStr;

use clap::Args;

use super::Settings;
use super::terminal::{self, Commands, Detail, Page, Paper};
use crate::record::Record;
use crate::report::{EXPORTERS, Exporter, GradeResult, Names, View, Visibility, exporter};

/// How a report is written.
#[derive(Clone, Copy, Debug)]
pub(super) enum Format {
    /// For a person.
    Terminal,
    /// For a program: the record, with the points where they were asked for.
    Json,
    /// For a system that a course uses.
    System(&'static Exporter),
}

impl Format {
    fn name(self) -> &'static str {
        match self {
            Self::Terminal => "terminal",
            Self::Json => "json",
            Self::System(exporter) => exporter.name,
        }
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match (text, exporter(text)) {
            ("terminal", _) => Ok(Self::Terminal),
            ("json", _) => Ok(Self::Json),
            (_, Some(exporter)) => Ok(Self::System(exporter)),
            _ => {
                let names: Vec<&str> = EXPORTERS.iter().map(|one| one.name).collect();
                let names = names.join(", ");
                Err(format!("there are terminal, {names}"))
            }
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a report may show.
#[derive(Clone, Copy, Debug, Args)]
pub(super) struct Shown {
    /// How much the report shows: full, actual-only (only what was observed) or none.
    #[arg(long, value_name = "WHAT", default_value = "full")]
    visibility: Visibility,
    /// Leave out the hints where to look.
    #[arg(long)]
    no_hints: bool,
}

impl Shown {
    pub(super) const fn view(self) -> View {
        View {
            visibility: self.visibility,
            no_hints: self.no_hints,
        }
    }
}

/// Whether the page of a class names its students.
#[derive(Clone, Copy, Debug, Args)]
pub(super) struct Anonymous {
    /// Leave the names of submissions out of the page of the class, index.html.
    #[arg(long, requires = "out")]
    anonymous: bool,
}

impl Anonymous {
    pub(super) const fn names(self) -> Names {
        match self.anonymous {
            true => Names::LeftOut,
            false => Names::Shown,
        }
    }
}

/// What is written, and for whom.
pub(super) struct Wanted<'a> {
    pub(super) settings: &'a Settings,
    pub(super) format: Format,
    pub(super) detail: Detail,
    pub(super) commands: &'a Commands,
    /// Whether points were asked for: JSON has them only then.
    pub(super) points: bool,
}

/// Writes a record; of the points, what the format has a place for.
pub(super) fn write(
    out: &mut dyn Write,
    wanted: &Wanted<'_>,
    record: &Record,
    graded: GradeResult<'_>,
) -> io::Result<()> {
    match wanted.format {
        Format::Terminal => {
            let page = Page {
                record,
                graded: Some(graded),
                commands: wanted.commands,
            };
            let paper = Paper::of_stdout(wanted.settings.colored());
            terminal::print(out, &page, &paper, wanted.detail)
        }
        Format::Json if !wanted.points => {
            serde_json::to_writer_pretty(&mut *out, record)?;
            out.write_all(b"\n")
        }
        Format::Json => {
            let exporter = exporter("json").expect("the format is known");
            exporter.write(record, graded, out)
        }
        Format::System(exporter) => exporter.write(record, graded, out),
    }
}
