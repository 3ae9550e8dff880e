//! `checker replay`: a recorded trace, played and judged.

use std::path::PathBuf;

use anyhow::Error;
use clap::Args;

use super::{Exit, Settings};

/// Plays a trace.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The trace.
    trace: PathBuf,
}

pub(super) fn run(_settings: &Settings, arguments: &Arguments) -> Result<Exit, Error> {
    let trace = traces::Trace::from_bytes(&std::fs::read(&arguments.trace)?)?;
    super::record::write_summary(&mut std::io::stdout(), &trace)?;
    Ok(Exit::Passed)
}
