//! Submissions that attack: the result of each is as `hostile/expected.toml` says. None of them
//! stops the batch, passes, hangs, or makes the checker panic, also with layers missing.
//!
//! ```text
//! cargo test --test hostile                     # all; by root, and again as an ordinary user
//! cargo test --test hostile fork_bomb           # one sample, with and without each layer
//! cargo test --test hostile -- --exact all/fork_bomb
//! cargo test --test hostile -- --include-ignored graded     # all that are after time and room
//! ```

#[path = "hostile/denied.rs"]
mod denied;
#[path = "hostile/inherited.rs"]
mod inherited;
#[path = "hostile/reference.rs"]
mod reference;
mod sample;
#[path = "hostile/table.rs"]
mod table;

use std::collections::BTreeMap;
use std::env;
use std::fs::{self, Permissions};
use std::num::NonZero;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use checker::testing::build::{self, Blame, Confined, Failure};
use checker::testing::sandbox::{self, IsolationOptions, Layer};
use checker::testing::submission::{Submission, neutral};
use checker::testing::sys::watchdog::Watchdog;
use checker::testing::tracer::{Limits, Stage, Tracer};
use checker::testing::types::{End, Profile, RawTranscript};
use checker::testing::{carried, plan, snapshot, transcript};
use libtest_mimic::{Arguments, Failed, Trial};
use nix::sys::stat::Mode;
use ref_tests::SCENARIOS;

const PROFILE: Profile = Profile::DEFAULT;
const FOLDER: &str = "../ref_tests/submissions/hostile";
/// What is put beside each sample.
const SHARED: [&str; 3] = ["code.h", "mapping.h", "shared.h"];
/// Starts with each of the functions that hand out memory.
const STEMS: [&str; 3] = ["0203", "0501", "0601"];
/// What the samples write where they must not.
const TRACE: &str = "/tmp/osmem_hostile_was_here";
const NOBODY: u32 = 65_534;
/// Set in a process of these tests that leaves out the layer of the whole process.
const SEEN: &str = "OSMEM_TESTS_ARE_SEEN";
/// Set to where the checker lies, in a process of these tests that cannot get to the usual place.
const CHECKER: &str = "OSMEM_TESTS_CHECKER";
/// Graded as a whole whenever the tests run; the others take as long again for little more.
const ALWAYS_GRADED: [&str; 6] = [
    "computes_for_long",
    "differs_by_chance",
    "differs_late",
    "dozes_often",
    "returns_null",
    "takes_huge_heap",
];
/// No trial may take longer, also on a busy machine.
const LONGEST: Duration = Duration::from_secs(100);

fn main() {
    let mut arguments = Arguments::from_args();
    // Many trials wait for a time limit.
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    arguments.test_threads.get_or_insert(2 * cores);
    let seen = env::var_os(SEEN).is_some();
    let hiding = IsolationOptions {
        hidden: !seen,
        ..IsolationOptions::default()
    };
    sandbox::hide_checker(hiding).expect("the checker can be hidden");
    let samples: Vec<_> = samples().into_iter().map(Arc::new).collect();
    let mut trials = Vec::new();
    for (variant, options) in variants(seen) {
        for sample in &samples {
            // What is after time and room alone is kept off by no layer.
            let everywhere = sample.bounds.is_none();
            if sample.ends.is_empty() || (variant != "all" && !everywhere) {
                continue;
            }
            let sample = Arc::clone(sample);
            let name = format!("{variant}/{}", sample.path);
            let check = move || sample.check(matches!(variant, "all" | "no-hidden"), options);
            trials.push(Trial::test(name, check));
        }
    }
    for sample in samples
        .iter()
        .filter(|sample| sample.bounds.is_some() && !seen)
    {
        let always = ALWAYS_GRADED.contains(&&*sample.path);
        let (name, sample) = (format!("graded/{}", sample.path), Arc::clone(sample));
        let trial = Trial::test(name, move || sample.check_grade());
        trials.push(trial.with_ignored_flag(!always));
    }
    trials.push(Trial::test("special_files", special_files));
    trials.push(Trial::test("many_entries", many_entries));
    trials.push(Trial::test("hidden_warnings", hidden_warnings));
    trials.push(Trial::test("disk", disk));
    trials.push(Trial::test(
        "too_little_room_is_the_machines_fault",
        too_little_room_is_the_machines_fault,
    ));
    trials.push(Trial::test("makefile", makefile));
    trials.push(Trial::test("makefile_of_others", makefile_of_others));
    trials.push(Trial::test("every_sample_is_expected", move || {
        every_sample_is_expected(&samples)
    }));
    if env::var_os(CHECKER).is_none() && !seen {
        trials.push(Trial::test("denied_calls", denied::some));
        trials.push(Trial::test("inherited", inherited::changes_nothing));
        trials.push(Trial::test("table_of_scenarios", table::of_scenarios));
        trials.push(Trial::test("table_by_count", table::by_count));
        trials.push(Trial::test("reference_renamed", reference::renamed));
        trials.push(Trial::test(
            "reference_compiled_again",
            reference::compiled_again,
        ));
        trials.push(Trial::test(
            "reference_linked_again",
            reference::linked_again,
        ));
        trials.push(Trial::test(
            "table_of_scenarios_and_first_seeds",
            table::of_scenarios_and_first_seeds,
        ));
        trials.push(Trial::test("every_denied_call", denied::every).with_ignored_flag(true));
    }
    if !seen {
        trials.push(Trial::test("the_checker_is_hidden", the_checker_is_hidden));
        let filter = arguments.filter.clone().unwrap_or_default();
        let own = repetitions(&filter);
        // Where the filter means none of the trials, there is nothing to repeat.
        let meant = |trial: &Trial| trial.name().contains(&filter);
        let by_name = own.iter().any(|trial| trial.name().starts_with(&filter));
        if by_name || trials.iter().any(meant) {
            trials.extend(own);
        }
    }
    libtest_mimic::run(&arguments, trials).exit();
}

/// The trials that this process cannot make itself.
fn repetitions(filter: &str) -> Vec<Trial> {
    let (seen, ordinary) = (filter.to_owned(), filter.to_owned());
    let mut trials = vec![Trial::test(format!("without_hiding {filter}"), move || {
        without_hiding(&seen)
    })];
    if nix::unistd::geteuid().is_root() {
        let name = format!("as_an_ordinary_user {filter}");
        trials.push(Trial::test(name, move || as_an_ordinary_user(&ordinary)));
    }
    trials
}

/// All layers, and all but one.
fn variants(seen: bool) -> Vec<(&'static str, IsolationOptions)> {
    let all = IsolationOptions::default();
    if seen {
        let hidden = false;
        return vec![("no-hidden", IsolationOptions { hidden, ..all })];
    }
    vec![
        ("all", all),
        (
            "no-seccomp",
            IsolationOptions {
                seccomp: false,
                ..all
            },
        ),
        (
            "no-landlock",
            IsolationOptions {
                landlock: false,
                ..all
            },
        ),
        (
            "no-rlimits",
            IsolationOptions {
                rlimits: false,
                ..all
            },
        ),
        ("no-uid", IsolationOptions { uid: false, ..all }),
        (
            "no-network",
            IsolationOptions {
                network: false,
                ..all
            },
        ),
    ]
}

/// A row of `expected.toml`.
#[derive(Default)]
struct Sample {
    path: String,
    ends: Vec<String>,
    names: Vec<String>,
    /// Beginnings of the scenarios in which it shows.
    stems: Vec<String>,
    statuses: Vec<String>,
    /// Seconds and bytes of results at most, when it is graded as a whole.
    bounds: Option<(u64, u64)>,
    /// What the report says then.
    says: Option<String>,
    library: OnceLock<Result<Vec<u8>, String>>,
}

fn samples() -> Vec<Sample> {
    let text = fs::read_to_string(Path::new(FOLDER).join("expected.toml")).unwrap();
    let tables = text.split("[[submission]]").skip(1);
    tables.map(Sample::parsed).collect()
}

impl Sample {
    fn parsed(table: &str) -> Self {
        let rows = table.lines().filter_map(|line| line.split_once(" = "));
        let rows: BTreeMap<&str, &str> = rows.collect();
        let words = |key: &str| {
            let quoted = rows[key].split('"').skip(1).step_by(2);
            quoted.map(str::to_owned).collect::<Vec<_>>()
        };
        let stems = match rows.contains_key("stems") {
            true => words("stems"),
            false => STEMS.map(str::to_owned).into(),
        };
        Self {
            stems,
            path: words("path").remove(0),
            ends: words("ends"),
            names: words("names"),
            statuses: words("statuses"),
            bounds: rows.contains_key("seconds").then(|| {
                let number = |key| words(key)[0].parse().expect("a number");
                (number("seconds"), number("bytes"))
            }),
            says: rows.contains_key("says").then(|| words("says").remove(0)),
            library: OnceLock::new(),
        }
    }

    /// Graded by the command, with a budget of two seconds in most cases, beside another that is as ever.
    fn check_grade(&self) -> Result<(), Failed> {
        let (seconds, bytes) = self.bounds.expect("it has bounds");
        let folder = tempfile::tempdir()?;
        let (whole, out) = (self.whole()?, folder.path().join("out"));
        let checker =
            env::var_os(CHECKER).map_or(env!("CARGO_BIN_EXE_checker").into(), PathBuf::from);
        // What is seen last of all must be reached.
        let budget = if self.says.is_some() { "20" } else { "2" };
        let started = Instant::now();
        let done = Command::new(checker)
            .args(["grade", "--jobs", "1", "--budget", budget, "--out"])
            .arg(&out)
            .arg(whole.path())
            .output()?;
        let took = started.elapsed();
        let said = String::from_utf8_lossy(&done.stderr);
        require(done.status.code() == Some(1), || {
            format!("{}: {said}", done.status)
        })?;
        require(took < Duration::from_secs(seconds), || {
            format!("it took {took:?}")
        })?;
        let files = walkdir::WalkDir::new(&out).into_iter().flatten();
        let size: u64 = files
            .map(|file| file.metadata().map_or(0, |it| it.len()))
            .sum();
        require(size < bytes, || format!("{size} bytes of results"))?;
        let named = self.statuses.iter().any(|status| match &**status {
            "NO-BUILD" => said.contains(", could not be built"),
            status => said.contains(&format!(" {status}")),
        });
        require(named, || said.to_string())?;
        let results = fs::read_to_string(out.join("results.jsonl"))?;
        let told = self.says.iter().all(|says| results.contains(&**says));
        require(told, || format!("{:?} is not said: {results}", self.says))
    }

    fn fails_to_build(&self) -> bool {
        self.ends
            .iter()
            .any(|end| end == "rejected" || end == "build-limit")
    }

    fn check(&self, all: bool, options: IsolationOptions) -> Result<(), Failed> {
        let start = Instant::now();
        if self.fails_to_build() {
            self.check_build(all, options)?;
        } else {
            let library = self.library.get_or_init(|| {
                let whole = self.whole().map_err(|error| error.to_string())?;
                let built = built(whole.path(), IsolationOptions::default());
                built.map_err(|failure| failure.to_string())
            });
            self.check_runs(library.as_ref()?, all, options)?;
            the_next_one_is_fine()?;
        }
        require(start.elapsed() < LONGEST, || "it took too long".to_owned())
    }

    fn check_build(&self, all: bool, options: IsolationOptions) -> Result<(), Failed> {
        let whole = self.whole()?;
        let Err(failure) = built(whole.path(), options) else {
            return Err("it was built".into());
        };
        let said = format!("{failure}\n{failure:?}");
        let first = fs::read_to_string("/etc/passwd")?;
        let first = first.lines().next().unwrap_or("root:");
        require(!said.contains(first), || format!("it leaks: {said}"))?;
        require(failure.blame() == Blame::Submission, || said.clone())?;
        let end = match failure {
            Failure::Limit { .. } | Failure::TimedOut { .. } => "build-limit",
            _ => "rejected",
        };
        require(self.ends.iter().any(|other| other == end), || said.clone())?;
        require(!all || self.is_named(&said), || said.clone())
    }

    fn check_runs(
        &self,
        library: &[u8],
        all: bool,
        options: IsolationOptions,
    ) -> Result<(), Failed> {
        let stage = stage(library, self.limits())?.isolated(options);
        let mut tracer = Tracer::new(&stage)?;
        let count = if all { self.stems.len() } else { 1 };
        for stem in &self.stems[..count] {
            let (index, raw) = record(&mut tracer, stem)?;
            self.check_recording(index, &raw, all)?;
        }
        let outside = options.landlock && sandbox::probe(options).has(Layer::Landlock);
        let written = Path::new(TRACE).exists() && (options.seccomp || outside);
        require(!written, || format!("{TRACE} was written"))
    }

    fn check_recording(&self, index: usize, raw: &RawTranscript, all: bool) -> Result<(), Failed> {
        let transcript = transcript::of(raw, &PROFILE);
        let text = snapshot::render(SCENARIOS[index].stem, &transcript);
        let golden = carried::GOLDENS
            .iter()
            .find(|(stem, _)| *stem == SCENARIOS[index].stem);
        let passed = golden.is_some_and(|(_, golden)| **golden == text);
        require(!passed, || "it passes".to_owned())?;
        let output = neutral(&raw.output);
        require(!output.contains(['\x1b', '\x07', '\u{202e}', '\r']), || {
            format!("not neutral: {output:?}")
        })?;
        require(raw.output.len() as u64 <= self.limits().output, || {
            format!("{} bytes of output", raw.output.len())
        })?;
        let seen = format!("{:?}", raw.end);
        let known = self.ends.iter().any(|end| end == kind(&raw.end));
        require(!all || (known && self.is_named(&seen)), || {
            format!("{}: {seen}", SCENARIOS[index].stem)
        })
    }

    /// The sample with what it attacks and what it shares with others: where it brings no allocator,
    /// one that passes.
    fn whole(&self) -> std::io::Result<tempfile::TempDir> {
        let folder = tempfile::tempdir()?;
        copy_tree(&Path::new(FOLDER).join(&self.path), folder.path())?;
        for shared in SHARED {
            fs::copy(Path::new(FOLDER).join(shared), folder.path().join(shared))?;
        }
        let allocator = folder.path().join("osmem.c");
        if !allocator.exists() {
            fs::copy(Path::new(FOLDER).join("../bare/osmem.c"), allocator)?;
        }
        Ok(folder)
    }

    fn is_named(&self, said: &str) -> bool {
        self.names.is_empty() || self.names.iter().any(|name| said.contains(name))
    }

    /// Short times only where they are to be used up.
    fn limits(&self) -> Limits {
        let patient = !self.ends.iter().any(|end| end == "timed-out");
        let waiting = if patient { 30_000 } else { 600 };
        Limits {
            computing: Duration::from_millis(if patient { 10_000 } else { 200 }),
            waiting: Duration::from_millis(waiting),
            memory: 256 << 20,
            output: 64 << 10,
            system_calls: 10_000,
        }
    }
}

fn kind(end: &End) -> &'static str {
    match end {
        End::Finished(_) => "finished",
        End::Exited { .. } => "exited",
        End::Signal { .. } => "signal",
        End::TimedOut { .. } => "timed-out",
        End::Limit { .. } => "limit",
        End::Forbidden { .. } => "forbidden",
        End::Allocated { .. } => "allocated",
        End::Missing { .. } => "missing",
        End::Forged { .. } => "forged",
        End::NotLoaded { .. } => "not-loaded",
    }
}

fn require(fact: bool, otherwise: impl FnOnce() -> String) -> Result<(), Failed> {
    match fact {
        true => Ok(()),
        false => Err(otherwise().into()),
    }
}

fn built(path: &Path, options: IsolationOptions) -> Result<Vec<u8>, Failure> {
    let confinement = Confined::new(options);
    let options = build::Options {
        headers: carried::HEADERS,
        confinement: &confinement,
        limits: build::Limits {
            wall: Duration::from_secs(10),
            cpu_seconds: 3,
            memory_bytes: 512 << 20,
            ..build::Limits::default()
        },
        ..build::Options::default()
    };
    let submission = Submission::locate(path).expect("the sample is there");
    build::compile(&submission, &options).map(|library| library.bytes)
}

fn stage(library: &[u8], limits: Limits) -> Result<Stage, Failed> {
    Ok(Stage::new(library, PROFILE, limits, watchdog())?)
}

fn watchdog() -> Watchdog {
    static WATCHDOG: OnceLock<Watchdog> = OnceLock::new();
    WATCHDOG.get_or_init(Watchdog::start).clone()
}

fn record(tracer: &mut Tracer<'_>, stem: &str) -> Result<(usize, RawTranscript), Failed> {
    let number = |scenario: &ref_tests::scenario::Scenario| scenario.stem.starts_with(stem);
    let index = SCENARIOS
        .iter()
        .position(number)
        .ok_or("no such scenario")?;
    let planned = plan::calls(&SCENARIOS[index], &PROFILE);
    Ok((index, tracer.observe(&planned)?))
}

/// Whatever a submission did, the next one is judged as usual.
fn the_next_one_is_fine() -> Result<(), Failed> {
    let stage = stage(carried::REFERENCE, Limits::default())?;
    let (_, raw) = record(&mut Tracer::new(&stage)?, STEMS[0])?;
    require(raw.end == End::Finished(0), || {
        format!("the reference afterwards: {:?}", raw.end)
    })
}

/// What no version control can hold: made here, beside a good allocator.
fn special_files() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let good = Path::new(FOLDER).join("../bare/osmem.c");
    fs::copy(good, folder.path().join("osmem.c"))?;
    let at = |name: &str| folder.path().join(name);
    nix::unistd::mkfifo(&at("pipe.c"), Mode::S_IRWXU)?;
    fs::File::create(at("huge.c"))?.set_len(1 << 42)?;
    symlink("/etc/passwd", at("passwd.h"))?;
    symlink("/dev/zero", at("zero.c"))?;
    symlink("/", at("everything"))?;
    fs::write(at("new\nline.c"), "#error")?;
    fs::write(at("\x1b[2J.c"), "#error")?;
    let _socket = std::os::unix::net::UnixListener::bind(at("socket.c"))?;
    // Only root makes devices, and not everywhere.
    let _ = nix::sys::stat::mknod(
        &at("device.c"),
        nix::sys::stat::SFlag::S_IFCHR,
        Mode::S_IRWXU,
        nix::sys::stat::makedev(1, 5),
    );
    let library = built(folder.path(), IsolationOptions::default())?;
    let stage = stage(&library, Limits::default())?;
    let (_, raw) = record(&mut Tracer::new(&stage)?, STEMS[0])?;
    require(raw.end == End::Finished(0), || format!("{raw:?}"))
}

/// A folder that is crowded, with whatever, is left alone, and the report says which.
fn many_entries() -> Result<(), Failed> {
    type Make = fn(PathBuf) -> std::io::Result<()>;
    let crowds: [(&str, &str, Make); 3] = [
        ("", ".", |path| fs::write(path, "")),
        ("", ".", fs::create_dir::<PathBuf>),
        ("src", "src", |path| symlink("/dev/zero", path)),
    ];
    for (inside, named, make) in crowds {
        let folder = tempfile::tempdir()?;
        let crowded = folder.path().join(inside);
        fs::create_dir_all(&crowded)?;
        for number in 0..1100 {
            make(crowded.join(format!("{number}.c")))?;
        }
        let said = Submission::locate(folder.path()).err();
        let said = said.map_or_else(String::new, |error| error.to_string());
        let due = format!("found {named}: a folder with more than 1000 entries");
        require(said.contains(&due), || format!("{due}: {said}"))?;
    }
    Ok(())
}

/// Warnings that a source keeps back are told, however it does that.
fn hidden_warnings() -> Result<(), Failed> {
    const WARNED: &str = "static void unused(void)\n{\n\tint x;\n}\n";
    let ways = [
        ("", ""),
        ("#pragma GCC system_header\n", ""),
        ("# 1 \"own.h\" 3\n", ""),
        (
            "#define S(x) #x\n#define P(x) _Pragma(S(x))\nP(GCC system_header)\n",
            "",
        ),
        ("#pragma GCC diagnostic ignored \"-Wunused-variable\"\n", ""),
        ("_Pragma(\"GCC diagnostic ignored \\\"-Wunused\\\"\")\n", ""),
        (
            "#define OFF(x) _Pragma(#x)\nOFF(GCC diag\\\nnostic push)\n\
             OFF(GCC diagnostic ignored \"-Wall\")\n",
            "OFF(GCC diagnostic pop)\n",
        ),
    ];
    for (before, after) in ways {
        let folder = tempfile::tempdir()?;
        let bare = Path::new(FOLDER).join("../bare/osmem.c");
        let source = format!("#include \"own.h\"\n{}", fs::read_to_string(bare)?);
        fs::write(folder.path().join("osmem.c"), source)?;
        fs::write(
            folder.path().join("own.h"),
            format!("{before}{WARNED}{after}"),
        )?;
        let confinement = Confined::new(IsolationOptions::default());
        let options = build::Options {
            headers: carried::HEADERS,
            confinement: &confinement,
            ..build::Options::default()
        };
        let library = build::compile(&Submission::locate(folder.path())?, &options)?;
        require(library.warnings.contains("unused variable"), || {
            format!("{before:?}: {:?}", library.warnings)
        })?;
    }
    Ok(())
}

/// A folder has a size: what is beyond it ends the build, whatever wrote it, and is removed.
fn disk() -> Result<(), Failed> {
    let arrays = (0..8).map(|n| (format!("a{n}.c"), format!("char a{n}[8 << 20] = {{1}};\n")));
    let holes = (0..8).map(|n| {
        (
            format!("b{n}.c"),
            "__asm__(\".fill 8388608, 1, 1\");\n".to_owned(),
        )
    });
    let rules = "all:\n\tmkdir -p closed/in && cd closed/in && chmod 0 .. && \
        for n in 1 2 3 4 5 6 7 8; do yes | head -c 8388608 > $$n; done; sleep 9\n";
    let makefile = [("Makefile", rules), ("osmem.c", "int os;\n")];
    let makefile = makefile.map(|(name, text)| (name.to_owned(), text.to_owned()));
    let cases: [(bool, Vec<(String, String)>); 3] = [
        (false, arrays.collect()),
        (false, holes.collect()),
        (true, makefile.into()),
    ];
    for (make, files) in cases {
        let folder = tempfile::tempdir()?;
        for (name, text) in &files {
            fs::write(folder.path().join(name), text)?;
        }
        let confinement = Confined::new(IsolationOptions::default());
        let options = build::Options {
            make,
            confinement: &confinement,
            limits: build::Limits {
                folder_bytes: 32 << 20,
                ..build::Limits::default()
            },
            ..build::Options::default()
        };
        let submission = Submission::locate(folder.path())?;
        let Err(failure) = build::compile(&submission, &options) else {
            return Err("it was built".into());
        };
        let said = failure.to_string();
        require(failure.blame() == Blame::Submission, || said.clone())?;
        require(said.contains("its files take more than 32 MiB"), || {
            said.clone()
        })?;
        let own = format!("osmem-build-{}-", std::process::id());
        let left = fs::read_dir(env::temp_dir())?.flatten();
        let mut left = left.filter(|it| it.file_name().to_string_lossy().starts_with(&own));
        // Other trials build meanwhile: only what has such a folder in it is ours.
        let left = left.find(|it| it.path().join("submission/closed").exists());
        require(left.is_none(), || format!("{left:?} is left"))?;
    }
    Ok(())
}

/// When the disk has less room than a build may take, no submission is blamed.
fn too_little_room_is_the_machines_fault() -> Result<(), Failed> {
    let options = build::Options {
        headers: carried::HEADERS,
        limits: build::Limits {
            folder_bytes: 1 << 60,
            ..build::Limits::default()
        },
        ..build::Options::default()
    };
    let submission = Submission::locate(&Path::new(FOLDER).join("../bare"))?;
    let Err(failure) = build::compile(&submission, &options) else {
        return Err("it was built".into());
    };
    let said = failure.to_string();
    require(failure.blame() == Blame::Machine, || said.clone())?;
    require(said.contains("too little space in "), || said.clone())
}

/// What becomes of a folder by its own makefile.
fn made(
    folder: &Path,
    options: IsolationOptions,
) -> Result<Result<build::Library, build::Failure>, Failed> {
    let confinement = Confined::new(options);
    let options = build::Options {
        make: true,
        confinement: &confinement,
        ..build::Options::default()
    };
    let submission = Submission::locate(folder)?;
    Ok(build::compile(&submission, &options))
}

/// A makefile may run programs; they end with it, and do nothing outside.
fn makefile() -> Result<(), Failed> {
    const RULES: &str = "all:\n\tgcc -shared -fPIC -o libosmem.so osmem.c\n\
        \tsetsid sleep TIME.1 & true\n\
        \t(trap '' TERM HUP; sleep TIME.2) &\n\
        \tkill -9 $$PPID || true\n\
        \tcat /etc/passwd >/tmp/osmem_makefile_was_here || true\n\
        \techo >/dev/tcp/127.0.0.1/80 || true\n";
    let folder = tempfile::tempdir()?;
    fs::copy(
        Path::new(FOLDER).join("exit/osmem.c"),
        folder.path().join("osmem.c"),
    )?;
    for (name, text) in carried::HEADERS {
        fs::write(folder.path().join(name), text)?;
    }
    for shared in SHARED {
        fs::copy(Path::new(FOLDER).join(shared), folder.path().join(shared))?;
    }
    for (index, (variant, options)) in variants(env::var_os(SEEN).is_some())
        .into_iter()
        .enumerate()
    {
        let time = (20 + index).to_string();
        fs::write(folder.path().join("Makefile"), RULES.replace("TIME", &time))?;
        let start = Instant::now();
        let built = made(folder.path(), options)?;
        let bounded = start.elapsed() < LONGEST;
        require(bounded, || format!("{variant}: too long"))?;
        let written = fs::remove_file("/tmp/osmem_makefile_was_here").is_ok();
        if variant == "all" {
            built?;
            require(!written, || "it wrote into /tmp".to_owned())?;
        }
        // One that left its group is ended as another user's, or cannot leave it.
        let root = nix::unistd::geteuid().is_root();
        let ends = variant != "no-seccomp" || root;
        let left = runs(&format!("{time}.1")) || runs(&format!("{time}.2"));
        require(!ends || !left, || format!("{variant}: it runs on"))?;
    }
    Ok(())
}

/// A makefile hands in the library of another student, which root can read: in place of the file, of
/// the folder, of a folder on the way, under a second name, or in place of all that was copied.
fn makefile_of_others() -> Result<(), Failed> {
    let other = tempfile::tempdir()?;
    fs::write(other.path().join("libosmem.so"), carried::REFERENCE)?;
    fs::set_permissions(other.path(), Permissions::from_mode(0o755))?;
    let attacks = [
        "ln -s OTHER/libosmem.so libosmem.so",
        "ln -s OTHER build",
        "ln OTHER/libosmem.so libosmem.so || ln -s OTHER/libosmem.so libosmem.so",
        "cd .. && mv submission kept && ln -s OTHER submission",
        "mkdir -p a && ln -s OTHER a/b && ln -s a/b/libosmem.so libosmem.so",
        "mkfifo libosmem.so",
    ];
    for attack in attacks {
        for (variant, options) in variants(env::var_os(SEEN).is_some()) {
            let folder = tempfile::tempdir()?;
            let attack = attack.replace("OTHER", &other.path().display().to_string());
            fs::write(folder.path().join("osmem.c"), "int nothing;\n")?;
            fs::write(
                folder.path().join("Makefile"),
                format!("all:\n\t{attack}\n"),
            )?;
            match made(folder.path(), options)? {
                Ok(_) => return Err(format!("{variant}: {attack}: it was read").into()),
                Err(failure) => require(failure.blame() == Blame::Submission, || {
                    format!("{variant}: {attack}: {failure}")
                })?,
            }
        }
    }
    Ok(())
}

/// Whether a process has this argument, after a moment in which it may end.
fn runs(argument: &str) -> bool {
    std::thread::sleep(Duration::from_millis(100));
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    processes
        .filter_map(|entry| fs::read(entry.path().join("cmdline")).ok())
        .any(|line| {
            line.split(|&byte| byte == 0)
                .any(|word| word == argument.as_bytes())
        })
}

/// Not even the same user reads it; root does.
fn the_checker_is_hidden() -> Result<(), Failed> {
    if nix::unistd::geteuid().is_root() {
        return Ok(());
    }
    let command = Command::new("cat")
        .arg(format!("/proc/{}/environ", std::process::id()))
        .output()?;
    require(!command.status.success(), || "it can be read".to_owned())
}

fn every_sample_is_expected(samples: &[Arc<Sample>]) -> Result<(), Failed> {
    let mut expected: Vec<PathBuf> = samples.iter().map(|it| PathBuf::from(&it.path)).collect();
    let mut found = Vec::new();
    for entry in fs::read_dir(FOLDER)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            found.push(PathBuf::from(entry.file_name()));
        }
    }
    expected.sort();
    found.sort();
    require(expected == found, || format!("{expected:?}\n{found:?}"))
}

/// The same again in a checker that does not hide.
fn without_hiding(filter: &str) -> Result<(), Failed> {
    again(Command::new(env::current_exe()?).arg(filter).env(SEEN, "1"))
}

/// The same again as an ordinary user, from a folder that all users can read.
fn as_an_ordinary_user(filter: &str) -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let at = |path: &str| folder.path().join(path);
    let submissions = Path::new(FOLDER).join("..");
    fs::create_dir_all(at("checker"))?;
    fs::create_dir_all(at("ref_tests/submissions"))?;
    for sample in ["hostile", "bare"] {
        copy_tree(
            &submissions.join(sample),
            &at("ref_tests/submissions").join(sample),
        )?;
    }
    fs::copy(env::current_exe()?, at("tests"))?;
    fs::copy(env!("CARGO_BIN_EXE_checker"), at("checker/checker"))?;
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755))?;
    again(
        Command::new(at("tests"))
            .arg(filter)
            .current_dir(at("checker"))
            .env("TMPDIR", "/tmp")
            .env(CHECKER, at("checker/checker"))
            .uid(NOBODY)
            .gid(NOBODY),
    )
}

fn again(command: &mut Command) -> Result<(), Failed> {
    let output = command.output()?;
    require(output.status.success(), || {
        let said = String::from_utf8_lossy(&output.stdout);
        let from = said.find("\nfailures:").unwrap_or(0);
        format!("{}\n{}", output.status, &said[from..])
    })
}

fn copy_tree(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        match entry.file_type()? {
            kind if kind.is_dir() => copy_tree(&entry.path(), &to)?,
            kind if kind.is_symlink() => symlink(fs::read_link(entry.path())?, to)?,
            _ => fs::copy(entry.path(), to).map(drop)?,
        }
    }
    Ok(())
}
