//! The options that say which random sequences are played.

use std::path::Path;

use clap::Args;

use super::Wrong;
use crate::batch::seeding::Seeding;
use crate::fuzz::FIRST_SEED;

/// Which random sequences are played.
#[derive(Clone, Copy, Debug, Args)]
pub(super) struct Seeds {
    /// The seed of the first random sequence; the same seed plays the same calls on every machine.
    #[arg(long, value_name = "N", default_value_t = FIRST_SEED)]
    seed: u64,
    /// Make that seed from the submission's content, so that each submission gets its own
    /// sequences. Reports name the seed; `--seed` plays the same sequences again.
    #[arg(long, conflicts_with = "seed")]
    seed_from_submission: bool,
}

impl Seeds {
    pub(super) fn seeding(self) -> Seeding {
        match self.seed_from_submission {
            true => Seeding::OfSubmission,
            false => Seeding::Fixed(self.seed),
        }
    }

    /// The first seed for one submission, if there is one.
    pub(super) fn seed(self, submission: Option<&Path>) -> Result<u64, Wrong> {
        match (self.seeding(), submission) {
            (seeding, Some(path)) => Ok(seeding.seed(path)),
            (Seeding::Fixed(seed), None) => Ok(seed),
            (_, None) => Err(Wrong(
                "--seed-from-submission: no submission is named".to_owned(),
            )),
        }
    }
}
