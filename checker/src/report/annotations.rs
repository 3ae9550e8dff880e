//! Annotations of GitHub Actions: workflow commands on standard output.
//!
//! Every line here is a command, and in what follows it line ends and percent signs are encoded, so that nothing else can begin a command.

use std::io;

use super::prepare::Prepared;
use super::text::defused;
use super::{mistakes, words};
use crate::record::{Mistake, ScenarioResult, Source, Tier};
use crate::types::Status;

/// Annotations of one kind that a step may show.
const SHOWN: usize = 10;
/// What begins a command, today and in older runners.
const MAGIC: &[&str] = &["::", "##["];

/// One command for each thing that is wrong.
pub(super) fn render(prepared: &Prepared) -> io::Result<String> {
    Ok(commands(prepared))
}

/// What a command points at.
struct Mark<'t> {
    /// A file and a line of the submission; none where no file was compiled.
    place: Option<(&'t str, u32)>,
    title: &'t str,
}

fn commands(prepared: &Prepared) -> String {
    let record = &prepared.record;
    let mut text = format!("::notice title=osmem::{}\n", data(&summary(prepared)));
    let mut errors: Vec<String> = Vec::new();
    if let Err(ungraded) = &prepared.grade {
        errors.push(format!(
            "::error title=osmem::{}\n",
            data(&ungraded.to_string())
        ));
    }
    if let Some(failure) = &record.build.failure {
        errors.push(build_error(failure));
    }
    let damage = mistakes::damage(prepared);
    let source = record
        .damage
        .as_ref()
        .and_then(|damage| damage.source.as_ref());
    errors.extend(damage.map(|damage| about(prepared, source, "damaged memory", &damage)));
    errors.extend(record.mistakes.iter().map(|one| mistake(prepared, one)));
    let others = record.results.iter();
    let others = others.filter(|one| one.status.is_wrong() || one.status == Status::GraderError);
    errors.extend(
        others
            .filter(|one| !prepared.is_explained(one))
            .map(|one| scenario_error(prepared, one)),
    );
    text.extend(errors.iter().take(SHOWN).map(String::as_str));
    if errors.len() > SHOWN {
        let more = errors.len() - SHOWN;
        text += &format!("::notice title=osmem::cut: {more} more are not shown here\n");
    }
    text
}

fn summary(prepared: &Prepared) -> String {
    let mut lines = vec![prepared.record.submission.clone()];
    lines.extend(words::head(prepared));
    lines.extend(mistakes::damage(prepared));
    lines.extend(mistakes::titles(prepared));
    lines.extend(mistakes::unexplained(prepared));
    lines.extend(words::parts(prepared));
    lines.join("\n")
}

fn mistake(prepared: &Prepared, mistake: &Mistake) -> String {
    let said = mistakes::title(prepared, mistake);
    let example = mistake.example.as_ref();
    about(
        prepared,
        example.and_then(|example| example.failure.source.as_ref()),
        &mistake.name,
        &format!("{said}\n{}", mistakes::explanation(mistake)),
    )
}

/// Whether a name may be that of a file in the submission's repository: debug information and messages
/// of a compiler can name any file.
fn is_inside(file: &str) -> bool {
    let plain = |c: char| c.is_alphanumeric() || "._-+,/ ".contains(c);
    file.chars().all(plain) && !file.starts_with('/') && !file.contains("..")
}

/// The line where something happened; the first of the allocator for what belongs to no line.
fn place<'p>(prepared: &'p Prepared, source: Option<&'p Source>) -> Option<(&'p str, u32)> {
    let place = source.and_then(Source::place);
    let place = place.filter(|(file, _)| is_inside(file));
    let main = || Some((prepared.record.build.sources.first()?.as_str(), 1));
    place.or_else(main)
}

fn about(prepared: &Prepared, source: Option<&Source>, title: &str, message: &str) -> String {
    let place = place(prepared, source);
    pointing("error", &Mark { place, title }, message)
}

fn scenario_error(prepared: &Prepared, result: &ScenarioResult) -> String {
    let title = format!("{} {}", result.status.word(), result.stem);
    let failure = result.failure.as_ref();
    let source = failure.and_then(|failure| failure.source.as_ref());
    let mark = Mark {
        place: place(prepared, source),
        title: &title,
    };
    let call = failure.and_then(words::call);
    let mut call = call.map_or_else(String::new, |call| format!("\n{call}"));
    if let Some(source) = source {
        call += &format!("\n{source}");
    }
    let command = match result.tier {
        Tier::Robustness => "warning",
        Tier::Golden | Tier::Probe => "error",
    };
    pointing(
        command,
        &mark,
        &format!("{}{call}", words::headline(result)),
    )
}

/// Points at the first line that the compiler complained of, where it said so.
fn build_error(failure: &str) -> String {
    let mut places = failure.lines().filter_map(complained_of);
    let place = places.find(|(file, _)| is_inside(file));
    let title = "could not be built";
    pointing("error", &Mark { place, title }, failure)
}

/// The file and line of `osmem.c:3:7: error: …`.
fn complained_of(line: &str) -> Option<(&str, u32)> {
    let (place, _) = line.split_once(": error: ")?;
    let mut parts = place.rsplitn(3, ':');
    let (_column, line, file) = (parts.next()?, parts.next()?, parts.next()?);
    Some((file.trim(), line.parse().ok()?))
}

fn pointing(command: &str, mark: &Mark<'_>, message: &str) -> String {
    let place = mark.place.map_or_else(String::new, |(file, line)| {
        format!("file={},line={line},", property(file))
    });
    let title = property(mark.title);
    format!("::{command} {place}title={title}::{}\n", data(message))
}

/// What stands after the second `::`.
fn data(text: &str) -> String {
    let text = defused(text, MAGIC);
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// What stands before it.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
