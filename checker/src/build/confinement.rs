//! Confines a compiler.

use std::fmt;
use std::io;
use std::path::Path;
use std::process::Command;

use crate::sandbox::{self, IsolationOptions, Layer};

/// Keeps a compiler from files that it does not need, such as `#include "/etc/passwd"`.
pub trait Confinement: fmt::Debug + Sync {
    /// Adds restrictions to a command that is about to be started. It may read and write below
    /// `folder`, read the compiler's own files and the system's headers, and start programs.
    fn confine(&self, command: &mut Command, folder: &Path) -> io::Result<()>;

    /// Ends processes of a command that are no longer in its process group.
    fn sweep_up(&self, folder: &Path);

    /// Whether the build has to find out by itself which files the compiler reads, because nothing
    /// keeps the compiler from reading others.
    fn wants_inspection(&self) -> bool;
}

/// No restrictions but the resource limits: for one's own code.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unconfined;

impl Confinement for Unconfined {
    fn confine(&self, _: &mut Command, _: &Path) -> io::Result<()> {
        Ok(())
    }

    fn sweep_up(&self, _: &Path) {}

    fn wants_inspection(&self) -> bool {
        false
    }
}

/// Every layer of isolation that is wanted and that the system offers: for other people's code.
#[derive(Clone, Copy, Debug, Default)]
pub struct Confined {
    options: IsolationOptions,
    inspection: bool,
}

impl Confined {
    /// Finds out what the system offers.
    pub fn new(options: IsolationOptions) -> Self {
        let inspection = !sandbox::probe(options).has(Layer::Landlock);
        Self {
            options,
            inspection,
        }
    }
}

impl Confinement for Confined {
    fn confine(&self, command: &mut Command, folder: &Path) -> io::Result<()> {
        sandbox::around_compiler(self.options, command, folder)
    }

    fn sweep_up(&self, folder: &Path) {
        sandbox::sweep_up(self.options, folder);
    }

    fn wants_inspection(&self) -> bool {
        self.inspection
    }
}
