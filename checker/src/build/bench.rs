//! One build: its workshop, its deadline, and the commands that were run.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::process::{self, End};
use super::workshop::Workshop;
use super::{Failure, Library, Options, Step, diagnostics, inspection};
use crate::elf::Image;
use crate::submission::{File, Ignored, LARGEST_LIBRARY, Submission, neutral, shown};

/// A workshop, and what is done in it.
pub(super) struct Bench<'a> {
    pub(super) workshop: Workshop,
    pub(super) submission: &'a Submission,
    pub(super) options: &'a Options<'a>,
    pub(super) compiler: PathBuf,
    deadline: Instant,
    commands: Vec<Vec<String>>,
    messages: String,
    pub(super) left_out: Vec<Ignored>,
}

impl<'a> Bench<'a> {
    pub(super) fn new(
        submission: &'a Submission,
        options: &'a Options<'a>,
    ) -> Result<Self, Failure> {
        Ok(Self {
            workshop: Workshop::new()?,
            submission,
            options,
            compiler: PathBuf::new(),
            deadline: Instant::now() + options.limits.wall,
            commands: Vec::new(),
            messages: String::new(),
            left_out: Vec::new(),
        })
    }

    /// A file that a command has written.
    pub(super) fn output(&self, path: &Path) -> Result<File, Failure> {
        let content = self
            .workshop
            .objects()
            .join(path.file_name().unwrap_or_default());
        let metadata = content.symlink_metadata();
        let size = metadata
            .map_err(Failure::system("find the compiler's output"))?
            .len();
        Ok(File {
            path: path.to_owned(),
            content,
            size: size.min(LARGEST_LIBRARY),
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
        let mut command = process::limited(program, limits, &self.workshop.scratch());
        command
            .args(arguments)
            .current_dir(self.workshop.copy().join(folder));
        self.options
            .confinement
            .confine(&mut command, self.workshop.root())
            .map_err(Failure::system("confine the compiler"))?;
        let log = tempfile::tempfile().map_err(Failure::system("make a temporary file"))?;
        let done = process::run(command, self.deadline, log, limits.message_bytes);
        self.options.confinement.sweep_up(self.workshop.root());
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
        let folders = [self.workshop.copy(), self.submission.root.clone()];
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

    /// Nobody is blamed for a compiler that cannot compile anything at all.
    pub(super) fn blame(&mut self, failure: Failure) -> Failure {
        let suspects = matches!(
            failure,
            Failure::Rejected { .. } | Failure::Limit { .. } | Failure::TimedOut { .. }
        );
        if !suspects {
            return failure;
        }
        self.deadline = Instant::now() + self.options.limits.wall;
        match self.probe() {
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

    fn probe(&mut self) -> Result<(), Failure> {
        let source = self.workshop.objects().join("probe.c");
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

fn command_line(program: &Path, arguments: &[OsString]) -> Vec<String> {
    let words = [program.as_os_str()]
        .into_iter()
        .chain(arguments.iter().map(OsString::as_os_str));
    words
        .map(|word: &OsStr| neutral(word.as_encoded_bytes()))
        .collect()
}
