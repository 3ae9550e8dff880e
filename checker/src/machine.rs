//! What this machine offers, and whether it is enough.
//!
//! A container may deny any system call, and the checker may be started under low limits. None of
//! this may become a verdict: before any submission, the checker runs the reference in the same
//! way, and it must do what its goldens say. If it does not, the error is about the machine and no
//! submission is judged.

use std::fs;
use std::io;
use std::panic;

use nix::sys::resource::Resource;
use nix::sys::statvfs::statvfs;

use crate::build::{self, Confined};
use crate::carried;
use crate::inject::{Injection, Limit};
use crate::plan;
use crate::sandbox::{self, IsolationOptions, Layer, Level};
use crate::snapshot;
use crate::submission::Submission;
use crate::sys::watchdog::Watchdog;
use crate::sys::{inherited, remote, threads};
use crate::tracer::{self, Limits, Stage, Tracer};
use crate::transcript;
use crate::types::{Call, End, MemoryCall, Profile};

/// Why nothing can be judged here.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(
        "the hard limit on {} is {limit}, and {needed} is needed", named(*.resource)
    )]
    Limit {
        resource: Resource,
        limit: u64,
        needed: u64,
    },
    #[error("cannot start a thread: {0}")]
    Threads(#[source] io::Error),
    #[error("cannot make a seccomp filter: {0}")]
    Filter(String),
    #[error("cannot run the reference here: {0}")]
    Run(#[from] tracer::Error),
    /// A library that the checker uses panicked, because a system call failed that it relies on.
    #[error("cannot run the reference here: {0}")]
    GaveUp(String),
    /// The reference does something else on this machine than on others.
    #[error(
        "in {stem} the reference does not do what its golden says on this machine ({end}): a system call is denied, or a limit is too low"
    )]
    Differs { stem: String, end: String },
}

/// Scenarios in which every kind of system call, and every way of looking, has a part.
const TRIED: [&str; 5] = ["0203", "0508", "0625", "0708", "0814"];
/// One in which the first system call for memory is made to fail.
const FAILING: &str = "0901";

/// Checks that submissions can be judged here, if a scenario may use this many bytes of memory.
pub fn require(isolation: IsolationOptions, memory: u64) -> Result<(), Error> {
    limits(memory)?;
    let filter = sandbox::without_clone3().map_err(|error| Error::Filter(error.to_string()))?;
    threads::ensure(&filter).map_err(Error::Threads)?;
    let profile = Profile::DEFAULT;
    let watchdog = Watchdog::start();
    let stage = Stage::new(carried::REFERENCE, profile, Limits::default(), watchdog)?;
    let stage = stage.isolated(isolation);
    try_out(&stage)
}

/// Starting a process panics where a system call is denied that the standard library relies on.
fn try_out(stage: &Stage) -> Result<(), Error> {
    let said = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let tried = panic::catch_unwind(panic::AssertUnwindSafe(|| {
        let mut tracer = Tracer::new(stage)?;
        for number in TRIED {
            does_as_its_golden_says(&mut tracer, number)?;
        }
        survives(&mut tracer)
    }));
    panic::set_hook(said);
    tried.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let literal = panic.downcast_ref::<&str>().map(ToString::to_string);
        Err(Error::GaveUp(text.or(literal).unwrap_or_default()))
    })
}

fn limits(memory: u64) -> Result<(), Error> {
    let build = build::Limits::default();
    let memory = memory.max(build.memory_bytes);
    let needed = [
        (Resource::RLIMIT_AS, memory),
        (Resource::RLIMIT_DATA, memory),
        (Resource::RLIMIT_FSIZE, build.file_bytes),
        (Resource::RLIMIT_CPU, 64),
        (Resource::RLIMIT_STACK, 8 << 20),
        (Resource::RLIMIT_NOFILE, 256),
    ];
    inherited::too_low(&needed).map_or(Ok(()), |low| {
        Err(Error::Limit {
            resource: low.resource,
            limit: low.limit,
            needed: low.needed,
        })
    })
}

const fn named(resource: Resource) -> &'static str {
    match resource {
        Resource::RLIMIT_AS => "address space, in bytes,",
        Resource::RLIMIT_DATA => "data, in bytes,",
        Resource::RLIMIT_FSIZE => "the size of files, in bytes,",
        Resource::RLIMIT_CPU => "processor time, in seconds,",
        Resource::RLIMIT_STACK => "the stack, in bytes,",
        _ => "open files",
    }
}

/// The stem and the calls of a built-in scenario.
fn scenario(number: &str) -> (&'static str, Vec<Call>) {
    let all = ref_tests::SCENARIOS.iter();
    let mut fitting = all.filter(|scenario| scenario.number() == number);
    let scenario = fitting.next().expect("the scenario is built in");
    (scenario.stem, plan::calls(scenario, &Profile::DEFAULT))
}

fn does_as_its_golden_says(tracer: &mut Tracer<'_>, number: &str) -> Result<(), Error> {
    let (stem, calls) = scenario(number);
    let raw = tracer.observe(&calls)?;
    let transcript = transcript::of(&raw, &Profile::DEFAULT);
    let mut goldens = carried::GOLDENS.iter();
    let golden = goldens.find(|(other, _)| *other == stem);
    match golden {
        Some((_, golden)) if **golden == snapshot::render(stem, &transcript) => Ok(()),
        _ => Err(differs(stem, &raw.end)),
    }
}

/// Failing system calls, each way to make one fail.
fn survives(tracer: &mut Tracer<'_>) -> Result<(), Error> {
    let (stem, calls) = scenario(FAILING);
    let injections = [
        Injection::failing(Some(MemoryCall::Brk), 1, 1),
        Injection::limited(Limit::Data, 1),
        Injection::limited(Limit::AddressSpace, 1),
    ];
    for injection in injections {
        let raw = tracer.observe_in(&calls, injection)?;
        if raw.end != End::Finished(0) {
            return Err(differs(stem, &raw.end));
        }
    }
    Ok(())
}

fn differs(stem: &str, end: &End) -> Error {
    Error::Differs {
        stem: stem.to_owned(),
        end: format!("{end:?}"),
    }
}

/// Something that was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub what: String,
    pub state: State,
    pub found: String,
}

/// How something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// As it should be.
    Good,
    /// Something is missing that can be done without.
    Less,
    /// Nothing can be judged without it.
    Missing,
}

/// Everything that matters about this machine, and the cost of each missing thing.
pub fn findings(isolation: IsolationOptions) -> Vec<Finding> {
    let required = require(isolation, Limits::default().memory);
    let mut findings = vec![kernel(), judging(&required)];
    findings.extend(required.is_ok().then(reading));
    findings.push(tracing());
    let layers = sandbox::probe(isolation).layers;
    findings.extend(layers.iter().map(|(layer, level)| of_layer(*layer, level)));
    findings.extend([user_namespaces(), addresses(), space(), memory()]);
    findings.push(compiler(isolation));
    findings
}

fn finding(what: &str, state: State, found: impl Into<String>) -> Finding {
    Finding {
        what: what.to_owned(),
        state,
        found: found.into(),
    }
}

fn kernel() -> Finding {
    let release = read("/proc/sys/kernel/osrelease").unwrap_or_else(|| "unknown".to_owned());
    finding("kernel", State::Good, release)
}

fn judging(required: &Result<(), Error>) -> Finding {
    match required {
        Ok(()) => {
            let count = TRIED.len();
            let found = format!("the reference does as its goldens say in {count} scenarios");
            finding("judging", State::Good, found)
        }
        Err(error) => finding("judging", State::Missing, error.to_string()),
    }
}

fn reading() -> Finding {
    match remote::way() {
        Some(remote::Way::Vectored) => {
            finding("reading memory", State::Good, remote::Way::Vectored.name())
        }
        Some(way) => {
            let found = format!(
                "by {}; process_vm_readv is denied, which costs time",
                way.name()
            );
            finding("reading memory", State::Less, found)
        }
        None => finding("reading memory", State::Missing, "every way is denied"),
    }
}

fn tracing() -> Finding {
    let scope = read("/proc/sys/kernel/yama/ptrace_scope");
    match scope.as_deref() {
        None => finding("ptrace scope", State::Good, "not restricted"),
        Some("3") => finding("ptrace scope", State::Missing, "3: nothing can be traced"),
        Some(scope) => {
            let found = format!("{scope}: own children can be traced, which is all that is needed");
            finding("ptrace scope", State::Good, found)
        }
    }
}

/// What a submission can do without a layer; `docs/isolation.md` has more.
const fn cost(layer: Layer) -> &'static str {
    match layer {
        Layer::Seccomp => "forbidden system calls are not reported",
        Layer::Landlock => "a makefile reads and writes what its user may",
        Layer::Limits => "a scenario's memory is bounded by the machine's",
        Layer::ScenarioUser => "scenarios run as the checker's user, confined by the other layers",
        Layer::CompilerUser => {
            "the compiler runs as the checker's user, confined by the other layers"
        }
        Layer::Network => "a makefile without seccomp has a network",
        Layer::Hidden => "processes of the same user can read the checker's memory",
    }
}

fn of_layer(layer: Layer, level: &Level) -> Finding {
    match level {
        Level::Reached => finding(&layer.to_string(), State::Good, "there"),
        Level::Missing(reason) => {
            let found = format!("{reason}; without it: {}", cost(layer));
            finding(&layer.to_string(), State::Less, found)
        }
    }
}

fn user_namespaces() -> Finding {
    let most = read("/proc/sys/user/max_user_namespaces");
    let found = match most.as_deref() {
        None | Some("0") => "not offered; they are not used",
        Some(_) => "offered; they are not used",
    };
    finding("user namespaces", State::Good, found)
}

fn addresses() -> Finding {
    match inherited::can_fix_addresses() {
        true => finding("addresses", State::Good, "the same in each run"),
        false => finding(
            "addresses",
            State::Less,
            "cannot be fixed; reports of submissions that print addresses differ from run to run",
        ),
    }
}

fn space() -> Finding {
    const WANTED: u64 = 256 << 20;
    let folder = std::env::temp_dir();
    let what = format!("space in {}", crate::submission::shown(&folder));
    match statvfs(&folder) {
        Err(errno) => finding(&what, State::Missing, errno.to_string()),
        Ok(volume) => {
            let free = volume.blocks_available() * volume.fragment_size();
            let state = if free < WANTED {
                State::Less
            } else {
                State::Good
            };
            finding(
                &what,
                state,
                format!("{} MiB free; a build takes up to 256", free >> 20),
            )
        }
    }
}

fn memory() -> Finding {
    const WANTED: u64 = 1 << 20;
    let info = read("/proc/meminfo").unwrap_or_default();
    let line = info
        .lines()
        .find_map(|line| line.strip_prefix("MemAvailable:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    match kib {
        None => finding("memory", State::Good, "unknown"),
        Some(kib) => {
            let state = if kib < WANTED {
                State::Less
            } else {
                State::Good
            };
            finding(
                "memory",
                state,
                format!("{} MiB; a scenario may take 1024", kib >> 10),
            )
        }
    }
}

fn compiler(isolation: IsolationOptions) -> Finding {
    match compiled(isolation) {
        Ok(command) => finding("compiler", State::Good, command),
        Err(reason) => {
            let found = format!("{reason}; without it: only finished libraries can be judged");
            finding("compiler", State::Less, found)
        }
    }
}

/// What compiles an empty library.
fn compiled(isolation: IsolationOptions) -> Result<String, String> {
    let place = tempfile::tempdir().map_err(|error| error.to_string())?;
    let source = place.path().join("osmem.c");
    fs::write(&source, "int nothing;\n").map_err(|error| error.to_string())?;
    let submission = Submission::locate(&source).map_err(|error| error.to_string())?;
    let confinement = Confined::new(isolation);
    let options = build::Options {
        headers: carried::HEADERS,
        confinement: &confinement,
        ..build::Options::default()
    };
    let library = build::compile(&submission, &options).map_err(|error| error.to_string())?;
    let command = library.commands.first().and_then(|words| words.first());
    Ok(command.cloned().unwrap_or_default())
}

fn read(path: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    Some(text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_can_judge() {
        let findings = findings(IsolationOptions::default());
        let missing = findings.iter().find(|it| it.state == State::Missing);
        assert_eq!(missing, None);
    }
}
