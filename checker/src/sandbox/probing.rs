//! Which layers of isolation are available on this machine.

use std::fmt;

use super::user::{self, Purpose};
use super::walls::is_reachable;
use super::{IsolationOptions, files};

/// A layer of isolation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Layer {
    /// Forbidden system calls.
    Seccomp,
    /// Files out of reach.
    Landlock,
    /// Bounded resources.
    Limits,
    /// Another user for the processes of scenarios.
    ScenarioUser,
    /// Another user for the compiler.
    CompilerUser,
    /// No network.
    Network,
    /// The checker itself cannot be read.
    Hidden,
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Seccomp => "seccomp",
            Self::Landlock => "landlock",
            Self::Limits => "rlimits",
            Self::ScenarioUser => "uid of scenarios",
            Self::CompilerUser => "uid of the compiler",
            Self::Network => "network",
            Self::Hidden => "hidden checker",
        })
    }
}

/// Whether a layer is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Level {
    /// It is.
    Reached,
    /// It is not, for this reason, a lower-case fragment.
    Missing(String),
}

/// How well submissions are isolated from the machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Isolation {
    pub layers: Vec<(Layer, Level)>,
}

impl Isolation {
    pub fn level(&self, layer: Layer) -> Option<&Level> {
        let found = self.layers.iter().find(|(other, _)| *other == layer);
        found.map(|(_, level)| level)
    }

    pub fn has(&self, layer: Layer) -> bool {
        self.level(layer) == Some(&Level::Reached)
    }

    /// A line for each layer, for people.
    pub fn lines(&self) -> Vec<String> {
        let line = |(layer, level): &(Layer, Level)| match level {
            Level::Reached => layer.to_string(),
            Level::Missing(reason) => format!("no {layer}: {reason}"),
        };
        self.layers.iter().map(line).collect()
    }
}

/// Finds out which layers are available with these options. Changes nothing.
pub fn probe(options: IsolationOptions) -> Isolation {
    let user = |purpose| user::unused(purpose, 0).map(drop);
    let layers = [
        (Layer::Seccomp, options.seccomp, seccomp()),
        (Layer::Landlock, options.landlock, files::available()),
        (Layer::Limits, options.rlimits, Ok(())),
        (Layer::ScenarioUser, options.uid, user(Purpose::Tracing)),
        (Layer::CompilerUser, options.uid, compiler_user()),
        (
            Layer::Network,
            options.network || options.seccomp,
            network(options),
        ),
        (Layer::Hidden, options.hidden, Ok(())),
    ];
    let level = |wanted: bool, available: Result<(), String>| match (wanted, available) {
        (false, _) => Level::Missing("switched off".to_owned()),
        (true, Ok(())) => Level::Reached,
        (true, Err(reason)) => Level::Missing(reason),
    };
    let layers = layers.map(|(layer, wanted, available)| (layer, level(wanted, available)));
    Isolation {
        layers: layers.into(),
    }
}

/// The filter is also what makes recording possible: without it there is no run at all.
fn seccomp() -> Result<(), String> {
    let actions = std::fs::read_to_string("/proc/sys/kernel/seccomp/actions_avail");
    match actions {
        Ok(actions) if actions.contains("trace") => Ok(()),
        Ok(_) => Err("the kernel's filters cannot be traced".to_owned()),
        // Where /proc/sys is not mounted, the first run will tell.
        Err(_) => Ok(()),
    }
}

fn compiler_user() -> Result<(), String> {
    user::unused(Purpose::Compiling, 0)?;
    let folder = std::env::temp_dir().join("x");
    match is_reachable(&folder) {
        true => Ok(()),
        false => Err("other users cannot get to the folder for temporary files".to_owned()),
    }
}

/// Filters refuse sockets; without them it takes root to make an empty network.
fn network(options: IsolationOptions) -> Result<(), String> {
    match options.seccomp || nix::unistd::geteuid().is_root() {
        true => Ok(()),
        false => Err("only root can make an empty network".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_switched_off_is_missing() {
        let options = IsolationOptions {
            seccomp: false,
            network: false,
            landlock: false,
            ..IsolationOptions::default()
        };
        let isolation = probe(options);
        for layer in [Layer::Seccomp, Layer::Landlock, Layer::Network] {
            let expected = Level::Missing("switched off".to_owned());
            assert_eq!(isolation.level(layer), Some(&expected));
        }
        assert!(isolation.has(Layer::Limits));
        assert!(
            isolation
                .lines()
                .contains(&"no seccomp: switched off".to_owned()),
            "{:?}",
            isolation.lines()
        );
    }
}
