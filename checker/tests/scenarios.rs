//! Every scenario against the reference allocator, compared with its golden: one trial each.
//!
//! ```text
//! cargo test 0203                          # one scenario
//! cargo test --test scenarios -- --list    # all names
//! UPDATE_GOLDENFILES=1 cargo test          # rewrite the goldens, then review the diff
//! ```

use std::env;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use checker::testing::snapshot::store::{Defect, Goldens};
use checker::testing::sys::watchdog::Watchdog;
use checker::testing::tracer::{Limits, Stage, Tracer};
use checker::testing::types::{Profile, Transcript};
use checker::testing::{carried, diff, plan, snapshot, transcript};
use goldenfile::Mint;
use libtest_mimic::{Arguments, Failed, Trial};
use ref_tests::SCENARIOS;

const PROFILE: Profile = Profile::DEFAULT;

fn main() {
    let arguments = Arguments::from_args();
    let stage = Stage::new(
        carried::REFERENCE,
        PROFILE,
        Limits::default(),
        Watchdog::start(),
    );
    let stage = Arc::new(stage.expect("the reference can be made ready"));
    let scenarios = SCENARIOS.iter().enumerate().map(|(index, scenario)| {
        let stage = Arc::clone(&stage);
        Trial::test(scenario.stem, move || check(&stage, index))
    });
    let mut trials: Vec<Trial> = scenarios.collect();
    trials.push(Trial::test(
        "goldens_are_sound_and_complete",
        goldens_are_sound,
    ));
    libtest_mimic::run(&arguments, trials).exit();
}

fn check(stage: &Stage, index: usize) -> Result<(), Failed> {
    let stem = SCENARIOS[index].stem;
    let observed = observe(stage, index)?;
    require_sound(&observed)?;
    let text = snapshot::render(stem, &observed);
    // goldenfile takes relative paths only, and tests run in the package's folder.
    let mut mint = Mint::new(folder());
    let differ = Box::new(move |old: &Path, new: &Path| show_difference(stem, old, new));
    let mut file = mint.new_goldenfile_with_differ(format!("{stem}.snap"), differ)?;
    Ok(file.write_all(text.as_bytes())?)
}

fn observe(stage: &Stage, index: usize) -> Result<Transcript, Failed> {
    let planned = plan::calls(&SCENARIOS[index], &PROFILE);
    let raw = Tracer::new(stage)?.observe(&planned)?;
    Ok(transcript::of(&raw, &PROFILE))
}

/// A run that goes wrong is never a golden, whatever the environment asks for.
fn require_sound(observed: &Transcript) -> Result<(), Failed> {
    let finding = observed
        .steps
        .iter()
        .enumerate()
        .find(|(_, step)| !step.findings.is_empty());
    if let Some((index, step)) = finding {
        return Err(format!("call {}: {:?}", index + 1, step.findings).into());
    }
    match snapshot::Snapshot::new("", observed).is_complete() {
        true => Ok(()),
        false => Err(format!("the run did not end well: {:?}", observed.end).into()),
    }
}

fn show_difference(stem: &str, old: &Path, new: &Path) {
    let read = |path: &Path| std::fs::read_to_string(path).unwrap_or_default();
    let Some(diff) = diff::diff(&read(old), &read(new), &diff::Options::default()) else {
        return;
    };
    let look = match env::var_os("CI").is_some_and(|value| !value.is_empty()) {
        true => "",
        false => {
            // What could not be written is not there to be looked at; the difference is.
            let _ = fs::copy(new, folder().join(format!("{stem}.snap.new")));
            ", look at it with `checker review`"
        }
    };
    panic!("{stem} is not as its golden says; rerun with `cargo test {stem}`{look}\n{diff}");
}

fn goldens_are_sound() -> Result<(), Failed> {
    let goldens = Goldens::in_folder(&folder())?;
    let mut defects = goldens.defects(SCENARIOS.iter().map(|scenario| scenario.stem));
    if env::var("UPDATE_GOLDENFILES").is_ok_and(|value| value == "1") {
        // The other trials are writing all goldens at this moment; only orphans stay.
        defects.retain(|defect| matches!(defect, Defect::Orphaned { .. }));
    }
    let lines: Vec<String> = defects.iter().map(ToString::to_string).collect();
    match lines.is_empty() {
        true => Ok(()),
        false => Err(format!(
            "{}\nrewrite them and remove orphans with `checker bless`",
            lines.join("\n")
        )
        .into()),
    }
}

fn folder() -> PathBuf {
    PathBuf::from("../snapshots")
}
