//! The options that say how a submission is built.

use std::path::PathBuf;

use clap::Args;

use super::Wrong;
use crate::build;
use crate::submission::shown;

/// How a submission is built.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct Building {
    /// Run the submission's own makefile, in a copy, instead of the checker's command line.
    #[arg(long)]
    pub(super) make: bool,
    /// Never run makefiles, also when the checker's own command line cannot build a submission.
    #[arg(long, conflicts_with = "make")]
    pub(super) no_make: bool,
    /// The course's own tree, copied over and around a copy of each submission.
    #[arg(long, value_name = "DIR")]
    pub(super) overlay: Option<PathBuf>,
    /// Grade prebuilt libraries too; the checker cannot know how they were built.
    #[arg(long)]
    pub(super) allow_prebuilt: bool,
    /// The C compiler.
    #[arg(long)]
    pub(super) cc: Option<String>,
}

impl Building {
    /// These options as the builder takes them.
    pub(super) fn options(&self) -> Result<build::Options<'static>, Wrong> {
        if let Some(overlay) = self.overlay.as_deref().filter(|path| !path.is_dir()) {
            wrong!("--overlay: {} is no folder", shown(overlay));
        }
        Ok(build::Options {
            prebuilt: self.allow_prebuilt,
            make: self.make,
            no_make: self.no_make,
            overlay: self.overlay.clone(),
            compiler: self.cc.clone(),
            ..build::Options::default()
        })
    }
}
