//! One build: its folder, its deadline, and the commands that were run.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;

use super::folder::BuildFolder;
use super::hiding::Hiding;
use super::process::{self, End, Kept};
use super::{Failure, Library, Options, Step, diagnostics, inspection, read_library};
use crate::elf::Image;
use crate::submission::{File, Ignored, LARGEST_LIBRARY, Submission, neutral, shown};

/// The folder of a build, and the commands in it.
pub(super) struct BuildRun<'a> {
    pub(super) folder: BuildFolder,
    pub(super) submission: &'a Submission,
    pub(super) options: &'a Options<'a>,
    pub(super) compiler: PathBuf,
    deadline: Instant,
    commands: Vec<Vec<String>>,
    pub(super) messages: String,
    pub(super) left_out: Vec<Ignored>,
    /// Bytes of the names that the objects define.
    pub(super) named: usize,
    /// Whether a header may keep warnings back.
    pub(super) hiding: Hiding,
}

impl<'a> BuildRun<'a> {
    pub(super) fn new(
        submission: &'a Submission,
        options: &'a Options<'a>,
    ) -> Result<Self, Failure> {
        let folder = BuildFolder::new()?;
        let free = folder.temporary().free();
        let free = free.map_err(Failure::system("look at the temporary folder"))?;
        if free < options.limits.folder_bytes {
            return Err(too_little_space(free, options.limits.folder_bytes));
        }
        Ok(Self {
            folder,
            submission,
            options,
            compiler: PathBuf::new(),
            deadline: Instant::now() + options.limits.wall,
            commands: Vec::new(),
            messages: String::new(),
            left_out: Vec::new(),
            named: 0,
            hiding: Hiding::default(),
        })
    }

    /// A file that a command has written in this step.
    pub(super) fn output(&self, step: &Step, path: &Path) -> Result<Vec<u8>, Failure> {
        let name = path.file_name().unwrap_or_default();
        let content = self.folder.objects().join(name);
        let size = content.symlink_metadata();
        let size = size
            .map_err(Failure::system("find the compiler's output"))?
            .len();
        if size > LARGEST_LIBRARY {
            let most = LARGEST_LIBRARY >> 20;
            return Err(Failure::Limit {
                step: step.clone(),
                reason: format!("what it wrote is larger than {most} MiB"),
                command: Vec::new(),
            });
        }
        read_library(&File {
            path: path.to_owned(),
            content,
            size,
        })
    }

    /// Runs one command in the copy of the submission, notes it, and returns what it said.
    pub(super) fn run(
        &mut self,
        step: Step,
        program: &Path,
        folder: &Path,
        arguments: &[OsString],
    ) -> Result<String, Failure> {
        let (messages, command) = self.execute(step, program, folder, arguments)?;
        self.commands.push(command);
        self.messages += &messages;
        Ok(messages)
    }

    /// Runs one command; what it said, and its command line for display.
    pub(super) fn execute(
        &self,
        step: Step,
        program: &Path,
        folder: &Path,
        arguments: &[OsString],
    ) -> Result<(String, Vec<String>), Failure> {
        let limits = &self.options.limits;
        let mut command = process::limited(program, limits, &self.folder.scratch());
        command
            .args(arguments)
            .current_dir(self.folder.copy().join(folder));
        self.options
            .confinement
            .confine(&mut command, self.folder.root())
            .map_err(Failure::system("confine the compiler"))?;
        let log = tempfile::tempfile().map_err(Failure::system("make a temporary file"))?;
        let kept = Kept::First(limits.message_bytes);
        let folder = self.folder.temporary();
        let too_much = || folder.used() > limits.folder_bytes;
        let done = process::run(command, self.deadline, log, kept, too_much);
        self.options.confinement.sweep_up(self.folder.root());
        let (end, messages) = done.map_err(Failure::system("run the compiler"))?;
        let messages = match self.options.confinement.wants_inspection() {
            true => inspection::without_quotes(&messages),
            false => messages,
        };
        let messages = self.without_folders(&messages);
        let shown = command_line(program, arguments);
        if !end.is_success() {
            return Err(self.failure(step, &end, messages, shown));
        }
        Ok((messages, shown))
    }

    /// Names files as the submission does, not as this machine does.
    fn without_folders(&self, messages: &str) -> String {
        let folders = [self.folder.copy(), self.submission.root.clone()];
        folders.iter().fold(messages.to_owned(), |text, folder| {
            text.replace(&format!("{}/", shown(folder)), "")
        })
    }

    fn failure(&self, step: Step, end: &End, messages: String, command: Vec<String>) -> Failure {
        let limit = self.options.limits.wall;
        let killed = end.signal().or_else(|| diagnostics::exhaustion(&messages));
        match (end, killed) {
            (End::TimedOut, _) => Failure::TimedOut {
                step,
                limit,
                command,
            },
            (End::TooMuch, _) => Failure::Limit {
                step,
                reason: format!(
                    "its files take more than {} MiB, or it closes a folder to the checker",
                    self.options.limits.folder_bytes >> 20
                ),
                command,
            },
            (_, Some(reason)) => Failure::Limit {
                step,
                reason,
                command,
            },
            _ => {
                let errors = diagnostics::first_errors(&messages);
                Failure::Rejected {
                    step,
                    errors,
                    messages,
                    command,
                }
            }
        }
    }

    /// A submission is not blamed for a compiler that cannot compile an empty file.
    pub(super) fn blame(&mut self, failure: Failure) -> Failure {
        let suspects = matches!(
            failure,
            Failure::Rejected { .. }
                | Failure::Limit { .. }
                | Failure::TimedOut { .. }
                | Failure::NotMade { .. }
        );
        if !suspects {
            return failure;
        }
        if let Some(shortage) = self.shortage(&failure) {
            return shortage;
        }
        // In the same folder, with as much room as the submission had.
        if let Err(source) = self.folder.clear() {
            return Failure::system("empty the temporary folder")(source);
        }
        self.deadline = Instant::now() + self.options.limits.wall;
        let (started, before) = (Instant::now(), computed_by_children());
        let probed = self.probe();
        let (took, computed) = (
            started.elapsed(),
            computed_by_children().saturating_sub(before),
        );
        let timed_out = matches!(failure, Failure::TimedOut { .. });
        match probed {
            Ok(()) if timed_out && took > 3 * computed + Duration::from_millis(200) => {
                let took = took.as_secs_f64();
                let computed = computed.as_secs_f64();
                let text = format!(
                    "the machine is too busy: {computed:.2} s of compiling took {took:.2} s"
                );
                Failure::system("build in time")(io::Error::other(text))
            }
            Ok(()) => failure,
            Err(Failure::Rejected { errors, .. }) => Failure::NoCompiler {
                reason: format!(
                    "{} fails on an empty library:\n{errors}",
                    self.compiler.display()
                ),
            },
            Err(other) => Failure::NoCompiler {
                reason: other.to_string(),
            },
        }
    }

    /// What the machine lacked, where it was not enough for any submission.
    fn shortage(&self, failure: &Failure) -> Option<Failure> {
        /// What a small compilation needs.
        const MEMORY: u64 = 128 << 20;
        let needed = self.options.limits.folder_bytes;
        let folder = self.folder.temporary();
        let there = folder.free().unwrap_or(0).saturating_add(folder.used());
        // Others may have filled the disk, and emptied it since.
        let full = match failure {
            Failure::Rejected { messages, .. } | Failure::NotMade { messages } => {
                messages.contains("No space left on device")
            }
            _ => false,
        };
        if full || there < needed {
            return Some(too_little_space(there, needed));
        }
        let free = free_memory().filter(|free| *free < MEMORY)?;
        let text = format!("{} MiB of memory are free, too little", free >> 20);
        Some(Failure::system("compile")(io::Error::other(text)))
    }

    fn probe(&mut self) -> Result<(), Failure> {
        let source = self.folder.objects().join("probe.c");
        fs::write(
            &source,
            "#include <stdlib.h>\nint probe(void) { return EXIT_SUCCESS; }\n",
        )
        .map_err(Failure::system("write a temporary file"))?;
        let input_and_output = ["-o", "../objects/probe.so", "../objects/probe.c"];
        let own = ["-shared", "-fPIC"].into_iter().chain(input_and_output);
        let extra = self.options.extra_flags.iter().map(OsString::from);
        let arguments: Vec<_> = own.map(OsString::from).chain(extra).collect();
        self.run(
            Step::Link,
            &self.compiler.clone(),
            Path::new(""),
            &arguments,
        )?;
        Ok(())
    }

    pub(super) fn library(
        &mut self,
        bytes: Vec<u8>,
        image: Image,
        sources: impl Iterator<Item = PathBuf>,
    ) -> Library {
        Library {
            bytes,
            origin: self.submission.origin.clone(),
            image,
            warnings: std::mem::take(&mut self.messages),
            commands: std::mem::take(&mut self.commands),
            sources: sources.collect(),
            left_out: std::mem::take(&mut self.left_out),
            remark: None,
        }
    }
}

fn too_little_space(free: u64, needed: u64) -> Failure {
    let place = std::env::temp_dir();
    let (free, needed) = (free >> 20, needed >> 20);
    let text = format!(
        "too little space in {}: {free} MiB, and {needed} MiB may be needed",
        shown(&place)
    );
    Failure::system("build")(io::Error::other(text))
}

/// Bytes that the system could still give to processes, where it says so.
fn free_memory() -> Option<u64> {
    let text = fs::read_to_string("/proc/meminfo").ok()?;
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let number = line.split_whitespace().next()?;
    Some(number.parse::<u64>().ok()? << 10)
}

/// Processor time of all children that have been waited for.
pub(super) fn computed_by_children() -> Duration {
    let Ok(usage) = getrusage(UsageWho::RUSAGE_CHILDREN) else {
        return Duration::ZERO;
    };
    let times = [usage.user_time(), usage.system_time()];
    let micros = times.map(|time| u64::try_from(time.num_microseconds()).unwrap_or(0));
    Duration::from_micros(micros.iter().sum())
}

fn command_line(program: &Path, arguments: &[OsString]) -> Vec<String> {
    let words = [program.as_os_str()]
        .into_iter()
        .chain(arguments.iter().map(OsString::as_os_str));
    words
        .map(|word: &OsStr| neutral(word.as_encoded_bytes()))
        .collect()
}
