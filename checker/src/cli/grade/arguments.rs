//! What `checker grade` is asked for.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::batch::slice::Slice;
use crate::cli::Settings;
use crate::cli::building::Building;
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
    /// Keep results in a folder, and resume from the results in it.
    #[arg(long, value_name = "DIR", conflicts_with = "format")]
    pub(super) out: Option<PathBuf>,
    /// Grade one of several slices of the submissions, such as 3/8.
    #[arg(long, value_name = "K/N", default_value_t = Slice::WHOLE)]
    pub(super) slice: Slice,
    /// How to report: terminal, json, or the name of a system.
    #[arg(long, value_name = "NAME", default_value_t = Format::Terminal)]
    pub(super) format: Format,
    #[command(flatten)]
    pub(super) detail: Detail,
    #[command(flatten)]
    pub(super) shown: Shown,
    #[command(flatten)]
    pub(super) how: How,
    #[command(flatten)]
    pub(super) names: Anonymous,
    /// Grade this submission again though nothing changed; may be given several times.
    #[arg(long, value_name = "ID", requires = "out")]
    pub(super) again: Vec<String>,
}

/// How a submission is built, run and given points.
#[derive(Debug, Args)]
pub(in crate::cli) struct How {
    /// The rubric: how points are given, instead of the built-in one.
    #[arg(long, value_name = "FILE")]
    pub(super) rubric: Option<PathBuf>,
    /// Seconds that one submission has in total: building, every run, and measuring style.
    #[arg(long, value_name = "SECONDS", default_value_t = Budget::DEFAULT.as_secs_f64(), value_parser = seconds)]
    pub(super) budget: f64,
    #[command(flatten)]
    pub(super) seeds: Seeds,
    #[command(flatten)]
    pub(super) building: Building,
    /// A file whose content no student knows. With the submission, it decides which calls are made
    /// besides the scenarios. Without it, --out draws a secret and keeps it in its folder.
    #[arg(long, value_name = "FILE")]
    pub(super) secret: Option<PathBuf>,
    /// Give the scenarios other sizes, which follow from the secret: a table of their answers fails.
    #[arg(long)]
    pub(super) vary: bool,
}

/// Commands that say more of one of the submissions.
pub(in crate::cli) fn commands(settings: &Settings, path: &Path) -> Commands {
    let submission = quoted(&shown(path));
    let given = settings.given.clone();
    Commands {
        again: given.command(&format!("grade {submission}")),
        submission: Some(submission),
        given,
    }
}
