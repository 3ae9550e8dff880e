//! What `checker grade` is asked for.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::batch::slice::Slice;
use crate::cli::format::{Anonymous, Format, Shown};
use crate::cli::seeds::Seeds;
use crate::cli::settings::seconds;
use crate::cli::terminal::{Commands, Detail, quoted};
use crate::submission::shown;
use crate::sys::budget::Budget;

#[derive(Debug, Args)]
pub(in crate::cli) struct Arguments {
    /// Directories, .c files or .so files.
    #[arg(required_unless_present = "manifest")]
    pub(super) submissions: Vec<PathBuf>,
    /// A file with more of them, one a line; `-` for standard input.
    #[arg(long, value_name = "FILE")]
    pub(super) manifest: Option<PathBuf>,
    /// Keep results in a folder, and go on with what is in it.
    #[arg(long, value_name = "DIR", conflicts_with = "format")]
    pub(super) out: Option<PathBuf>,
    /// Grade one of several shares of the submissions, such as 3/8.
    #[arg(long, value_name = "K/N", default_value_t = Slice::WHOLE)]
    pub(super) slice: Slice,
    /// How points are given, instead of the built-in rubric.
    #[arg(long, value_name = "FILE")]
    pub(super) rubric: Option<PathBuf>,
    /// How to report: terminal, json, or the name of a system.
    #[arg(long, value_name = "NAME", default_value_t = Format::Terminal)]
    pub(super) format: Format,
    /// Seconds that one submission has in all: building, every run, and measuring style.
    #[arg(long, value_name = "SECONDS", default_value_t = Budget::DEFAULT.as_secs_f64(), value_parser = seconds)]
    pub(super) budget: f64,
    #[command(flatten)]
    pub(super) detail: Detail,
    #[command(flatten)]
    pub(super) shown: Shown,
    #[command(flatten)]
    pub(super) seeds: Seeds,
    /// Run the submission's own makefile, in a copy, instead of our command line.
    #[arg(long)]
    pub(super) make: bool,
    /// Leave makefiles alone also where our command line cannot build a submission.
    #[arg(long, conflicts_with = "make")]
    pub(super) no_make: bool,
    /// The course's own tree, laid over and around a copy of each submission.
    #[arg(long, value_name = "DIR")]
    pub(super) overlay: Option<PathBuf>,
    /// Grade finished libraries too, of which nobody can tell how they were made.
    #[arg(long)]
    pub(super) allow_prebuilt: bool,
    /// A file with anything that no student knows: it decides, with the submission, which calls are
    /// made besides the scenarios. Without it, one is drawn and kept in the folder of --out.
    #[arg(long, value_name = "FILE")]
    pub(super) secret: Option<PathBuf>,
    /// The C compiler.
    #[arg(long)]
    pub(super) cc: Option<String>,
    #[command(flatten)]
    pub(super) names: Anonymous,
    /// Grade this submission again though nothing changed; may be given several times.
    #[arg(long, value_name = "ID", requires = "out")]
    pub(super) again: Vec<String>,
}

impl Arguments {
    /// Commands that say more of one of the submissions.
    pub(super) fn commands(&self, path: &Path) -> Commands {
        let submission = quoted(&shown(path));
        let mut again = format!("checker grade {submission}");
        if let Some(rubric) = &self.rubric {
            again += &format!(" --rubric {}", quoted(&shown(rubric)));
        }
        if self.make {
            again += " --make";
        }
        if let Some(cc) = &self.cc {
            again += &format!(" --cc {}", quoted(cc));
        }
        // A submission that takes options to be built is not looked at without them.
        let plain = !self.make && self.cc.is_none();
        Commands {
            again,
            submission: plain.then_some(submission),
        }
    }
}
