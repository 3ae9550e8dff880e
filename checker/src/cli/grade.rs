//! `checker grade`: submissions from source or as libraries.

use std::path::PathBuf;
use std::time::Instant;

use anyhow::Error;
use clap::Args;

use super::reference::{exit_of, print};
use super::{Exit, Format, Settings};
use crate::build;
use crate::grading;
use crate::submission::shown;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Directories, .c files or .so files.
    #[arg(required = true)]
    submissions: Vec<PathBuf>,
    /// Run the submission's own makefile, in a copy, instead of our command line.
    #[arg(long)]
    make: bool,
    /// The C compiler.
    #[arg(long)]
    cc: Option<String>,
    /// How to report.
    #[arg(long, value_enum, default_value_t = Format::Terminal)]
    format: Format,
}

pub(super) fn run(settings: &Settings, arguments: &Arguments) -> Result<Exit, Error> {
    let grader = settings.grader(&[])?;
    let options = build::Options {
        make: arguments.make,
        compiler: arguments.cc.clone(),
        ..build::Options::default()
    };
    let mut worst = Exit::Passed;
    for path in &arguments.submissions {
        let started = Instant::now();
        let built = grading::build(path, &options, settings.isolation())?;
        let record = grader.grade(&shown(path), &built, started.elapsed().as_secs_f64())?;
        print(settings, &record, arguments.format)?;
        worst = worst.max(exit_of(&record));
    }
    Ok(worst)
}
