//! `checker profile`: editions of the assignment.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Error;
use clap::Args;

use super::{Exit, Wrong, text_of};
use crate::profile::{Edition, SHIPPED};
use crate::submission::shown;

/// What `checker profile` is asked for.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The file of a profile, to be checked, or the name of a built-in one.
    #[arg(value_name = "PROFILE")]
    edition: Option<PathBuf>,
    /// Print the text of a built-in profile, to start from; of `default` without a name.
    #[arg(long)]
    print: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Error> {
    let mut out = io::stdout().lock();
    let name = arguments.edition.as_deref();
    let name = name.or_else(|| arguments.print.then_some(Path::new("default")));
    let built_in = |wanted: &Path| SHIPPED.iter().find(|(name, _)| Path::new(name) == wanted);
    match name {
        None => {
            for (name, _) in SHIPPED {
                writeln!(out, "{name}")?;
            }
        }
        Some(name) if arguments.print => match built_in(name) {
            Some((_, text)) => out.write_all(text.as_bytes())?,
            None => {
                let names: Vec<&str> = SHIPPED.iter().map(|(name, _)| *name).collect();
                let (name, names) = (shown(name), names.join(", "));
                wrong!("no built-in profile {name:?}: there are {names}");
            }
        },
        Some(name) => {
            let edition = match name.to_str().and_then(Edition::shipped) {
                Some(edition) => edition,
                None => read(name)?,
            };
            let profile = edition.profile;
            let names: Vec<&str> = edition
                .functions
                .iter()
                .map(|(name, _)| name.as_str())
                .collect();
            writeln!(
                out,
                "alignment {}, threshold {}, preallocation {}, page {}, headers of {} bytes; {}",
                profile.alignment,
                profile.mmap_threshold,
                profile.preallocation,
                profile.page,
                profile.header,
                names.join(", ")
            )?;
            let [free, used, mapped] = profile.statuses;
            writeln!(
                out,
                "size of {} bytes, status of {}: {free} free, {used} used, {mapped} mapped",
                profile.size_bytes, profile.status_bytes
            )?;
            let without = edition.without.iter().map(ToString::to_string);
            let settled = (1..u64::BITS).filter(|k| profile.settles(*k));
            let settled = settled.map(|k| format!("V{k}"));
            for (title, all) in [
                ("not judged", without.collect::<Vec<_>>()),
                ("settled", settled.collect()),
            ] {
                if !all.is_empty() {
                    writeln!(out, "{title}: {}", all.join(", "))?;
                }
            }
            for (clause, text) in &edition.texts {
                writeln!(out, "{clause}: {text}")?;
            }
        }
    }
    Ok(Exit::Passed)
}

/// The profile in a file.
pub(super) fn read(path: &Path) -> Result<Edition, Wrong> {
    let text = text_of("the profile ", path)?;
    Edition::parse(&text).map_err(|error| Wrong(format!("{}: {error}", shown(path))))
}
