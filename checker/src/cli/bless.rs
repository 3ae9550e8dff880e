//! `checker bless`: rewrites goldens from the built-in reference.

use std::io::{self, Write as _};

use anyhow::{Context as _, Error, bail};
use ref_tests::SCENARIOS;

use super::{Exit, Settings};
use crate::snapshot::{self, Snapshot, store};
use crate::sys::watchdog::Watchdog;
use crate::tracer::{Stage, Tracer};
use crate::types::Profile;
use crate::{carried, plan, selection, transcript};

pub(super) fn run(settings: &Settings, patterns: &[String]) -> Result<Exit, Error> {
    let folder = settings
        .golden_folder()
        .context("bless writes files: run it in the workspace, or name a folder by --snapshots")?;
    let profile = Profile::DEFAULT;
    let stage = Stage::new(
        carried::REFERENCE,
        profile,
        settings.limits()?,
        Watchdog::start(),
    )?;
    let mut tracer = Tracer::new(&stage)?;
    let mut out = io::stdout().lock();
    for index in selection::indices(patterns)? {
        let scenario = &SCENARIOS[index];
        let recording = tracer.record(index, &plan::calls(scenario, &profile))?;
        let seen = transcript::of(&recording, &profile);
        if let Some(step) = seen.steps.iter().find(|step| !step.findings.is_empty()) {
            bail!(
                "{}: the reference damages memory: {:?}",
                scenario.stem,
                step.findings
            );
        }
        let written = store::write(&folder, &Snapshot::new(scenario.stem, &seen))?;
        if written != store::Written::Unchanged {
            writeln!(
                out,
                "{written:?}: {}",
                snapshot::store::path(&folder, scenario.stem).display()
            )?;
        }
    }
    Ok(Exit::Passed)
}
