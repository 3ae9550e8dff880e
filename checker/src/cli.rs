//! The commands: from arguments to configuration, to the work, to a documented exit code.

/// Ends the function with [`Wrong`], for this reason.
macro_rules! wrong {
    ($($reason:tt)*) => {
        return Err($crate::cli::Wrong(format!($($reason)*)).into())
    };
}

mod bless;
mod building;
mod course;
mod debug;
mod doctor;
mod explain;
mod export;
mod format;
mod fuzz;
mod grade;
mod import;
mod last;
mod list;
mod mistakes;
mod own;
mod profile;
mod progress;
mod record;
mod recordings;
mod reference;
mod replay;
mod repro;
mod results;
mod review;
mod rubric;
mod seeds;
mod settings;
mod shared;
mod show;
mod shrunk;
mod table;
mod terminal;
mod trace;
mod watch;

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Error};
use clap::{Parser, Subcommand};
use tempfile::TempDir;

use crate::batch::{crew, given};
use crate::grading;
use crate::sandbox;
use crate::selection::NoScenario;
use crate::submission::shown;
use crate::sys::inherited;
use building::Building;
use format::Anonymous;
use settings::Settings;
use terminal::NoMistake;

/// The arguments are wrong, for this reason.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Wrong(String);

/// There is no library to work with, for this reason.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct NotBuilt(String);

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Exit {
    /// Everything passed.
    Passed,
    /// A submission failed.
    Failed,
    /// The arguments are wrong.
    Usage,
    /// A submission could not be built or loaded, so nothing of it was judged.
    NotBuilt,
    /// The machine or the checker failed, so no submission was judged.
    Machine,
    /// The exit code of the program that the command ran.
    Other(u8),
}

impl Exit {
    const fn code(self) -> u8 {
        match self {
            Self::Passed => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::NotBuilt => 3,
            Self::Machine => 4,
            Self::Other(code) => code,
        }
    }
}

const EXIT_CODES: &str = "\
Exit codes:
  0  everything passed
  1  a submission makes a mistake that counts; with --out also: could not be built
  2  wrong arguments
  3  a submission could not be built or is no library
  4  the machine or the checker failed, so no submission was judged";

/// Conformance suite for the osmem assignment. Without a command it grades the submission that the
/// current folder is, or else the built-in reference.
#[derive(Debug, Parser)]
#[command(name = "checker", version, after_help = EXIT_CODES, propagate_version = true)]
struct Arguments {
    #[command(flatten)]
    settings: Settings,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run scenarios with a shared library, and say which mistakes it makes.
    Run(reference::Arguments),
    /// Compile and grade submissions: which mistakes they make, what each costs, and the points.
    Grade(grade::Arguments),
    /// Grade a submission again on each save, and say what is fixed, new and the same.
    Watch(watch::Arguments),
    /// Explain a clause, how heaps are written, or what a submission does in a scenario.
    Explain(explain::Arguments),
    /// Start a debugger in a scenario, at the call that goes wrong.
    Debug(debug::Arguments),
    /// Write the result of a submission in the format of a system.
    Report(results::Arguments),
    /// Put the results of several folders into one.
    Merge {
        /// Folders with results.
        #[arg(required = true)]
        folders: Vec<PathBuf>,
        /// The folder for all of them.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        #[command(flatten)]
        names: Anonymous,
    },
    /// Say which grades changed from one folder with results to another, and why.
    Compare {
        /// The folder with the results before.
        old: PathBuf,
        /// The folder with the results now.
        new: PathBuf,
    },
    /// Say which submissions behave alike in everything that was observed.
    Similar {
        /// The folder with results.
        out: PathBuf,
    },
    /// Check a rubric and say what it gives points for.
    Rubric {
        /// The rubric; the built-in one without it.
        file: Option<PathBuf>,
        /// Print its text instead.
        #[arg(long)]
        print: bool,
    },
    /// List the known mistakes and what each costs.
    Mistakes(mistakes::Arguments),
    /// Judge recordings of submissions when their code is not available.
    Recordings(recordings::Arguments),
    /// Play random sequences of calls, and shrink one for each mistake that shows.
    Fuzz(fuzz::Arguments),
    /// Print a C program of 10 to 30 lines that fails as a scenario does.
    Repro(repro::Arguments),
    /// Run a program and record its calls of malloc as a trace for `replay`.
    Record(record::Arguments),
    /// Play a recorded trace on a submission, and judge every call.
    Replay(replay::Arguments),
    /// List the scenarios.
    List {
        /// Numbers, chapters, clauses or parts of names.
        patterns: Vec<String>,
    },
    /// Show a scenario: purpose, clauses, golden and source.
    Show {
        /// Numbers, chapters, clauses or parts of names.
        #[arg(required = true)]
        patterns: Vec<String>,
    },
    /// Print what happens in a scenario, call by call, as the checker sees it.
    Trace {
        /// Numbers, chapters, clauses or parts of names.
        #[arg(required = true)]
        patterns: Vec<String>,
        /// The submission or shared library; the built-in reference without it.
        #[arg(long)]
        library: Option<PathBuf>,
        #[command(flatten)]
        building: Building,
    },
    /// Rewrite the golden snapshots from the built-in reference: those of the workspace, or the
    /// outcomes in files of your own.
    Bless(bless::Arguments),
    /// List the goldens from which the reference differs and that wait for a review.
    Pending(review::Arguments),
    /// Review them one by one: the difference, the heap, the reason; accept, reject or skip.
    Review(review::Arguments),
    /// Accept the new goldens that wait.
    Accept(review::Arguments),
    /// Delete the new goldens that wait.
    Reject(review::Arguments),
    /// Say what this machine offers, what is missing, and what that costs.
    Doctor,
    /// Write what is built in to a directory: the reference library, the C headers, the scenario
    /// program and the golden snapshots.
    Export(export::Export),
    /// List the editions of the assignment that are built in, or check the profile of another.
    Profile(profile::Arguments),
    /// Import scenarios from the references of a course.
    #[command(subcommand)]
    Import(import::Import),
}

impl Command {
    /// The scenarios that are asked for.
    fn patterns(&mut self) -> Option<&mut Vec<String>> {
        match self {
            Self::List { patterns } | Self::Show { patterns } | Self::Trace { patterns, .. } => {
                Some(patterns)
            }
            Self::Run(arguments) => Some(&mut arguments.patterns),
            Self::Bless(arguments) => Some(&mut arguments.patterns),
            _ => None,
        }
    }
}

/// Parses the arguments, does what they ask for, and says how it went.
pub fn main() -> ExitCode {
    /// What the arguments take, with much to spare.
    const ROOM: u64 = 16 << 20;

    if let Some(name) = inherited::denied() {
        eprintln!(
            "checker: the system call {name} is denied here, and nothing ends or waits without it"
        );
        inherited::end(Exit::Machine.code());
    }
    // First of all: to read the arguments takes memory that an inherited limit may deny.
    let ready = inherited::reset().context("cannot reset signals, limits and environment");
    let room = [(nix::sys::resource::Resource::RLIMIT_DATA, ROOM)];
    let exit = ready
        .and_then(|()| {
            inherited::too_low(&room).map_or(Ok(()), |low| {
                Err(anyhow::anyhow!(
                    "the hard limit on data, in bytes, is {}, and {} is needed",
                    low.limit,
                    low.needed
                ))
            })
        })
        .and_then(|()| shared::parse().map_err(Error::from))
        .and_then(dispatch)
        .unwrap_or_else(|error| report(&error));
    ExitCode::from(exit.code())
}

fn dispatch(arguments: Arguments) -> Result<Exit, Error> {
    let Arguments {
        settings,
        mut command,
    } = arguments;
    settings.set_profile()?;
    // A worker is told where the tests are.
    let is_worker = crew::is_worker();
    let tests = match is_worker {
        true => None,
        false => course::made(&settings)?,
    };
    if !is_worker {
        let tests = tests.as_ref().map(TempDir::path);
        own::load(&settings, tests, command.as_mut())?;
    }
    sandbox::hide_checker(settings.isolation()).context("cannot hide the checker")?;
    match command {
        None => reference::here(&settings),
        Some(Command::Run(arguments)) => reference::run(&settings, &arguments),
        Some(Command::Grade(arguments)) => grade::run(&settings, &arguments),
        Some(Command::Watch(arguments)) => watch::run(&settings, &arguments),
        Some(Command::Explain(arguments)) => explain::run(&settings, &arguments),
        Some(Command::Debug(arguments)) => debug::run(&settings, &arguments),
        Some(Command::Report(wanted)) => results::report(&settings, &wanted),
        Some(Command::Merge {
            folders,
            out,
            names,
        }) => results::merge_folders(&folders, &out, names),
        Some(Command::Compare { old, new }) => results::compare_folders(&old, &new),
        Some(Command::Similar { out }) => results::similar(&out),
        Some(Command::Rubric { file, print }) => rubric::run(file.as_deref(), print),
        Some(Command::Mistakes(arguments)) => mistakes::run(&arguments),
        Some(Command::Recordings(arguments)) => recordings::run(&arguments),
        Some(Command::Fuzz(arguments)) => fuzz::run(&settings, &arguments),
        Some(Command::Repro(arguments)) => repro::run(&settings, &arguments),
        Some(Command::Record(arguments)) => record::run(&arguments),
        Some(Command::Replay(arguments)) => replay::run(&settings, &arguments),
        Some(Command::List { patterns }) => list::run(&patterns),
        Some(Command::Show { patterns }) => show::run(&settings, &patterns),
        Some(Command::Trace {
            patterns,
            library,
            building,
        }) => trace::run(&settings, &patterns, library.as_deref(), &building),
        Some(Command::Bless(arguments)) => bless::run(&settings, &arguments),
        Some(Command::Pending(arguments)) => review::pending(&settings, &arguments),
        Some(Command::Review(arguments)) => review::review(&settings, &arguments),
        Some(Command::Accept(arguments)) => review::accept(&settings, &arguments),
        Some(Command::Reject(arguments)) => review::reject(&settings, &arguments),
        Some(Command::Doctor) => doctor::run(&settings),
        Some(Command::Export(wanted)) => export::run(&settings, &wanted),
        Some(Command::Profile(wanted)) => profile::run(&wanted),
        Some(Command::Import(wanted)) => import::run(&settings, &wanted),
    }
}

/// One line that names what and where, and the exit code that goes with it.
fn report(error: &Error) -> Exit {
    if is_closed_pipe(error) {
        // The reader has closed the pipe.
        return Exit::Passed;
    }
    // Standard error may be closed; the exit code says it too.
    let _ = writeln!(io::stderr(), "checker: {}", message(error));
    let unreadable = matches!(error.downcast_ref(), Some(grading::Error::Read(_)));
    let wrong = error.is::<NoScenario>() || error.is::<NoMistake>() || error.is::<Wrong>();
    if error.is::<NotBuilt>() {
        Exit::NotBuilt
    } else if unreadable || wrong {
        Exit::Usage
    } else {
        Exit::Machine
    }
}

/// The text of a file that was named as `what`.
fn text_of(what: &str, path: &Path) -> Result<String, Wrong> {
    let name = shown(path);
    given::text(path).map_err(|error| Wrong(format!("cannot read {what}{name}: {error}")))
}

/// The error with its causes, as far as it does not name them itself.
fn message(error: &Error) -> String {
    let mut text = String::new();
    for cause in error.chain().map(ToString::to_string) {
        match text.contains(&cause) {
            true => {}
            false if text.is_empty() => text = cause,
            false => text = format!("{text}: {cause}"),
        }
    }
    text
}

fn is_closed_pipe(error: &Error) -> bool {
    let kind = error.downcast_ref::<io::Error>().map(io::Error::kind);
    kind == Some(io::ErrorKind::BrokenPipe)
}
