//! Options that commands share, and what is made of them.

use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Error, bail};
use clap::{ColorChoice, Parser, ValueEnum, value_parser};
use ref_tests::scenario::Scenario;

use super::Wrong;
use super::bless::first_difference;
use super::shared::Given;
use super::shrunk::golden;
use crate::carried;
use crate::grading::Grader;
use crate::machine;
use crate::plan::{self, Plans};
use crate::profile::{self, Edition};
use crate::sandbox::IsolationOptions;
use crate::selection;
use crate::snapshot::store::{Defect, Goldens};
use crate::submission::shown;
use crate::suite::{Own, SCENARIOS};
use crate::sys::budget::Budget;
use crate::sys::watchdog::Watchdog;
use crate::tracer::Limits;
use crate::types::Profile;

/// Options that commands share; each has those that mean something to it.
#[derive(Debug, Parser)]
#[command(next_help_heading = "Shared options")]
pub(super) struct Settings {
    /// Processors to use; 0 for all.
    #[arg(long, global = true, default_value_t = 0)]
    pub(super) jobs: usize,
    /// Folder of golden snapshots, instead of the built-in ones (or those of the workspace in which
    /// the command runs).
    #[arg(long, global = true, value_name = "DIR")]
    pub(super) snapshots: Option<PathBuf>,
    /// The edition of the assignment: the file of a profile, or the name of a built-in one
    /// (`checker profile` lists them).
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) profile: Option<PathBuf>,
    /// Scenarios of your own, besides the built-in ones: a folder of .snap files, or one of them.
    #[arg(long, global = true, value_name = "DIR")]
    pub(super) scenarios: Vec<PathBuf>,
    /// The course's own tests, C programs with a main: a folder of them, or one.
    #[arg(long, global = true, value_name = "DIR")]
    pub(super) tests: Vec<PathBuf>,
    /// Colours: auto, always or never.
    #[arg(long, global = true, default_value_t = ColorChoice::Auto, value_name = "WHEN")]
    pub(super) color: ColorChoice,
    /// Seconds of processor time for one scenario.
    #[arg(long, global = true, value_name = "SECONDS", default_value_t = 1.0, value_parser = seconds)]
    pub(super) timeout: f64,
    /// MiB of address space for one scenario.
    #[arg(long, global = true, value_name = "MIB", default_value_t = 1024, value_parser = value_parser!(u64).range(1..))]
    pub(super) memory: u64,
    /// KiB that one scenario may print.
    #[arg(long, global = true, value_name = "KIB", default_value_t = 1024, value_parser = value_parser!(u64).range(1..))]
    pub(super) output: u64,
    /// System calls for memory that one scenario may make, besides 16 for each of its calls.
    #[arg(long, global = true, value_name = "N", default_value_t = Limits::default().system_calls)]
    pub(super) system_calls: u64,
    /// Switch off a layer of isolation: seccomp, landlock, rlimits, uid, network or hidden.
    #[arg(long, global = true, value_name = "LAYER", value_delimiter = ',')]
    pub(super) without: Vec<WithoutLayer>,
    /// What was given on the command line.
    #[arg(skip)]
    pub(super) given: Given,
}

/// A time that is worth waiting for and can be waited for.
pub(super) fn seconds(text: &str) -> Result<f64, String> {
    let seconds: f64 = text.parse().map_err(|_| "no number".to_owned())?;
    match seconds {
        _ if seconds > 0.0 && seconds <= 86_400.0 => Ok(seconds),
        _ => Err("not between 0 and 86400 (a day)".to_owned()),
    }
}

/// A layer of isolation that can be left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum WithoutLayer {
    Seccomp,
    Landlock,
    Rlimits,
    Uid,
    Network,
    Hidden,
}

impl Settings {
    /// What grades with these settings.
    pub(super) fn grader(&self, patterns: &[String]) -> Result<Grader, Error> {
        let indices = selection::indices(patterns)?;
        machine::require(self.isolation(), self.limits()?.memory)?;
        let goldens = self.goldens()?;
        let folder = self.golden_folder();
        let place = folder.map_or_else(|| "built in".to_owned(), |it| shown(&it));
        require_sound(&goldens, &indices, &place)?;
        Ok(Grader {
            profile: profile::in_use(),
            goldens,
            plans: Plans::usual(&profile::in_use()),
            twice: false,
            limits: self.limits()?,
            indices,
            workers: self.jobs,
            budget: Budget::DEFAULT,
            watchdog: Watchdog::start(),
            isolation: self.isolation(),
            secret: String::new(),
        })
    }

    /// The layers of isolation to use.
    pub(super) fn isolation(&self) -> IsolationOptions {
        let with = |layer| !self.without.contains(&layer);
        IsolationOptions {
            seccomp: with(WithoutLayer::Seccomp),
            landlock: with(WithoutLayer::Landlock),
            rlimits: with(WithoutLayer::Rlimits),
            uid: with(WithoutLayer::Uid),
            network: with(WithoutLayer::Network),
            hidden: with(WithoutLayer::Hidden),
        }
    }

    /// Makes the profile that was named that of this run.
    pub(super) fn set_profile(&self) -> Result<(), Wrong> {
        let Some(path) = &self.profile else {
            return Ok(());
        };
        match path.to_str().and_then(Edition::shipped) {
            Some(edition) => edition.set(),
            None => super::profile::read(path)?.set(),
        }
        Ok(())
    }

    pub(super) fn limits(&self) -> Result<Limits, Error> {
        let computing = Duration::try_from_secs_f64(self.timeout).context("--timeout")?;
        Ok(Limits {
            computing,
            waiting: computing.saturating_mul(10),
            memory: self.memory.saturating_mul(1 << 20),
            output: self.output.saturating_mul(1 << 10),
            system_calls: self.system_calls,
        })
    }

    /// The goldens of the folder that was named, else of the workspace, else the built-in ones.
    pub(super) fn goldens(&self) -> Result<Goldens, Error> {
        if self.snapshots.is_none() && profile::in_use() != Profile::DEFAULT {
            return Ok(computed());
        }
        let goldens = match self.golden_folder() {
            Some(folder) => Goldens::in_folder(&folder)?,
            None => Goldens::built_in(carried::GOLDENS),
        };
        let own = SCENARIOS.own().iter();
        let own = own.filter_map(|own| Some((own.scenario.stem, own.golden.as_deref()?)));
        Ok(goldens.overridden_by(Goldens::built_in(&own.collect::<Vec<_>>())))
    }

    pub(super) fn golden_folder(&self) -> Option<PathBuf> {
        self.snapshots
            .clone()
            .or_else(|| workspace().map(|root| root.join("snapshots")))
    }

    /// Whether to colour what goes to standard output.
    pub(super) fn colored(&self) -> bool {
        match self.color {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => {
                io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none()
            }
        }
    }
}

/// What the specification says of every scenario under the constants of this run.
fn computed() -> Goldens {
    let profile = profile::in_use();
    let written = |scenario: &Scenario| {
        let calls = plan::calls(scenario, &profile);
        (scenario.stem, golden(scenario.stem, &calls).render())
    };
    let goldens: Vec<(&str, String)> = SCENARIOS.iter().map(written).collect();
    let texts = goldens.iter().map(|(stem, text)| (*stem, text.as_str()));
    Goldens::built_in(&texts.collect::<Vec<_>>())
}

/// When one golden cannot be read, nothing is judged.
fn require_sound(goldens: &Goldens, indices: &[usize], place: &str) -> Result<(), Error> {
    let missing = |own: &&Own| goldens.text(own.scenario.stem).is_none();
    let mut own = indices.iter().filter_map(|&index| SCENARIOS.own_at(index));
    if let Some(silent) = own.find(missing) {
        let path = shown(&silent.path);
        wrong!("{path} has calls without outcomes: `checker bless {path}` writes the outcomes");
    }
    for own in indices.iter().filter_map(|&index| SCENARIOS.own_at(index)) {
        require_agreement(goldens, own)?;
    }
    let stems = indices.iter().map(|&index| SCENARIOS[index].stem);
    let mut defects = goldens.defects(stems);
    // Goldens of other scenarios are not needed.
    defects.retain(|defect| !matches!(defect, Defect::Orphaned { .. }));
    match defects.as_slice() {
        [] => Ok(()),
        [first] => bail!("{place}: {first}"),
        [first, rest @ ..] => bail!("{place}: {first} (and {} more)", rest.len()),
    }
}

/// The outcomes in a course's file may have been changed by hand, or written for other constants.
fn require_agreement(goldens: &Goldens, own: &Own) -> Result<(), Error> {
    let profile = profile::in_use();
    let golden = goldens.snapshot(own.scenario.stem)?;
    let calls = plan::calls(&own.scenario, &profile);
    let Some(call) = first_difference(&golden, &calls, &profile) else {
        return Ok(());
    };
    let path = shown(&own.path);
    Err(Wrong(format!(
        "{path}: the outcome of call {call} is not what the specification says; `checker bless {path}` writes all outcomes again"
    ))
    .into())
}

/// The root of the workspace that the command is run in.
fn workspace() -> Option<PathBuf> {
    let here = std::env::current_dir().ok()?;
    let is_root = |folder: &&Path| {
        folder.join("snapshots").is_dir() && folder.join("ref_tests/src/scenarios").is_dir()
    };
    here.ancestors().find(is_root).map(Path::to_path_buf)
}
