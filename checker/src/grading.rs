//! Grades one submission: from a path to the record that reports are made from.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use ref_tests::SCENARIOS;

use crate::build::{self, Library};
use crate::carried;
use crate::digest::Parts;
use crate::elf::{self, Image};
use crate::explain::{self, Judged};
use crate::fuzz::{self, Rounding};
use crate::judge::{self, Injection, Judgement, ScenarioRun};
use crate::model::{Choices, Environment};
use crate::plan;
use crate::record::{Build, Failure, Mistake, Record, ScenarioResult, Time};
use crate::runner::{self, Outcome as Ended, Plan};
use crate::sandbox::{self, IsolationOptions};
use crate::snapshot::{self, store::Goldens};
use crate::submission::{self, Submission, neutral, shown};
use crate::sys::watchdog::Watchdog;
use crate::tracer::{self, Limits, Stage};
use crate::transcript;
use crate::types::{Call, Clause, Kind, Outcome, Profile, Recording, Status, Transcript};

/// How submissions are graded.
pub struct Grader {
    /// The constants of the assignment.
    pub profile: Profile,
    /// The golden snapshots.
    pub goldens: Goldens,
    /// What a scenario may use.
    pub limits: Limits,
    /// Indices of the scenarios to run, ascending.
    pub indices: Vec<usize>,
    /// Processors to use for one submission; 0 for all there are.
    pub workers: usize,
    /// Whether to run and report also what depends on a scenario that failed.
    pub all: bool,
    /// Ends what takes too long.
    pub watchdog: Watchdog,
    /// The layers of isolation to use, where they are available.
    pub isolation: IsolationOptions,
}

/// Why a submission could not be graded: the machine's fault or ours.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The submission could not be read.
    #[error(transparent)]
    Read(#[from] submission::Error),
    /// The compiler or the machine failed.
    #[error("cannot build the submission: {0}")]
    Build(#[source] build::Failure),
    /// The scenarios could not be run.
    #[error(transparent)]
    Trace(#[from] tracer::Error),
}

/// A submission's library, or why there is none.
pub type Built = Result<Library, String>;

/// Finds and compiles the submission at `path`. What is wrong with the submission itself is no
/// error but the inner `Err`, in words for the student.
pub fn build(
    path: &Path,
    options: &build::Options<'_>,
    isolation: IsolationOptions,
) -> Result<Built, Error> {
    let submission = match Submission::locate(path) {
        Ok(submission) => submission,
        Err(error @ submission::Error::Unreadable { .. }) => {
            return Err(Error::Read(error));
        }
        Err(error) => return Ok(Err(error.to_string())),
    };
    let confinement = build::Confined::new(isolation);
    let options = build::Options {
        headers: carried::HEADERS,
        confinement: &confinement,
        ..options.clone()
    };
    match build::compile(&submission, &options) {
        Ok(library) => Ok(Ok(library)),
        Err(failure) if failure.fault() == build::Fault::Submission => Ok(Err(failure.to_string())),
        Err(failure) => Err(Error::Build(failure)),
    }
}

/// A submission that was graded.
#[derive(Clone, Debug)]
pub struct Examined {
    /// What is known of it.
    pub record: Record,
    /// Names its behaviour in everything that was observed: the same for the same behaviour. Empty
    /// when nothing was observed.
    pub behaviour: String,
}

/// What random sequences must know of a library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Manner {
    /// The permitted choices that it makes, as far as the scenarios show them.
    pub choices: Choices,
    /// Which sizes can be asked for without wrongly blaming it.
    pub rounding: Rounding,
}

/// What the scenarios showed.
struct Shown {
    seen: Vec<Seen>,
    not_run: Vec<ScenarioResult>,
    rounding: Rounding,
}

/// A scenario that was run.
struct Seen {
    index: usize,
    calls: Vec<Call>,
    golden: Option<Vec<Outcome>>,
    environment: Environment,
    transcript: Transcript,
    output: Vec<u8>,
    complained: bool,
    seconds: f64,
}

impl Grader {
    /// Grades with all scenarios, the built-in goldens and the default limits.
    #[must_use]
    pub fn built_in() -> Self {
        Self {
            profile: Profile::DEFAULT,
            goldens: Goldens::built_in(carried::GOLDENS),
            limits: Limits::default(),
            indices: (0..SCENARIOS.len()).collect(),
            workers: 0,
            all: false,
            watchdog: Watchdog::start(),
            isolation: IsolationOptions::default(),
        }
    }

    /// Grades a library, or says of each scenario why it was not run.
    pub fn grade(&self, name: &str, built: &Built, build_seconds: f64) -> Result<Record, Error> {
        let examined = self.examine(name, built, build_seconds, fuzz::FIRST_SEED)?;
        Ok(examined.record)
    }

    /// The same with random sequences from `seed` on, and a name for what was observed.
    pub fn examine(
        &self,
        name: &str,
        built: &Built,
        build_seconds: f64,
        seed: u64,
    ) -> Result<Examined, Error> {
        let mut record = self.blank_record(name);
        record.time.build = build_seconds;
        let library = match built {
            Ok(library) => library,
            Err(reason) => {
                record.build.failure = Some(neutral(reason.as_bytes()));
                let behaviour = String::new();
                return Ok(Examined { record, behaviour });
            }
        };
        record.build = describe_build(library);
        record.seed = Some(seed);
        let started = Instant::now();
        let stage = self.stage(&library.bytes)?;
        let Shown {
            seen,
            not_run,
            rounding,
        } = self.run(&stage)?;
        record.time.run = started.elapsed().as_secs_f64();
        let choices = self.judge(&seen, not_run, &library.image, &mut record);
        let started = Instant::now();
        let manner = Manner { choices, rounding };
        self.play_random(&stage, manner, seed, &mut record.results)?;
        record.time.run += started.elapsed().as_secs_f64();
        let behaviour = behaviour(&seen);
        Ok(Examined { record, behaviour })
    }

    /// The record of a submission that nothing could be found out about, for this reason.
    #[must_use]
    pub fn unjudged(&self, name: &str, reason: &str) -> Record {
        let results = self.indices.iter().map(|&index| ScenarioResult {
            status: Status::GraderError,
            ..explain::not_run(index, &neutral(reason.as_bytes()))
        });
        Record {
            results: results.collect(),
            ..self.blank_record(name)
        }
    }

    /// What the scenarios show of a library that random sequences must know.
    pub fn manner(&self, library: &[u8]) -> Result<Manner, Error> {
        let Shown { seen, rounding, .. } = self.run(&self.stage(library)?)?;
        let runs: Vec<ScenarioRun<'_>> = seen.iter().map(scenario_run).collect();
        let choices = judge::judge(&self.profile, &runs).choices;
        Ok(Manner { choices, rounding })
    }

    fn blank_record(&self, name: &str) -> Record {
        Record {
            suite: env!("CARGO_PKG_VERSION").to_owned(),
            snapshots: self.goldens.version().to_string(),
            isolation: sandbox::probe(self.isolation).lines(),
            seed: None,
            submission: name.to_owned(),
            build: Build::default(),
            results: Vec::new(),
            reading: None,
            mistakes: Vec::new(),
            remarks: Vec::new(),
            card: Vec::new(),
            damage: None,
            choices: Vec::new(),
            contradictions: Vec::new(),
            time: Time::default(),
        }
    }

    fn stage(&self, library: &[u8]) -> Result<Stage, Error> {
        let stage = Stage::new(library, self.profile, self.limits, self.watchdog.clone())?;
        Ok(stage.isolated(self.isolation))
    }

    fn run(&self, stage: &Stage) -> Result<Shown, Error> {
        let plan = Plan {
            profile: &self.profile,
            indices: &self.indices,
            workers: self.workers,
            all: self.all,
        };
        let (mut seen, mut not_run) = (Vec::new(), Vec::new());
        let mut rounding = Rounding::Any;
        runner::run(stage, plan, |run| match run.outcome {
            Ended::Recorded(recording, failing) => {
                let seconds = run.took.as_secs_f64();
                if says_sizes_as_asked(&recording, &self.profile) {
                    rounding = Rounding::Aligned;
                }
                seen.push(self.seen(run.index, Environment::default(), &recording, seconds));
                seen.extend(failing.iter().map(|(environment, recording)| {
                    self.seen(run.index, *environment, recording, 0.0)
                }));
            }
            Ended::Skipped(reason) => not_run.push(explain::not_run(run.index, &reason)),
        })?;
        Ok(Shown {
            seen,
            not_run,
            rounding,
        })
    }

    fn seen(
        &self,
        index: usize,
        environment: Environment,
        recording: &Recording,
        seconds: f64,
    ) -> Seen {
        let scenario = &SCENARIOS[index];
        // A golden says what happens when everything succeeds.
        let golden = (!environment.is_harsh()).then(|| self.goldens.snapshot(scenario.stem));
        let golden = golden.and_then(Result::ok);
        Seen {
            index,
            calls: plan::calls(scenario, &self.profile),
            golden: golden.map(|it| it.steps.into_iter().map(|step| step.outcome).collect()),
            environment,
            transcript: transcript::of(recording, &self.profile),
            output: recording.output.clone(),
            complained: recording.complained,
            seconds,
        }
    }

    fn judge(
        &self,
        seen: &[Seen],
        not_run: Vec<ScenarioResult>,
        image: &Image,
        record: &mut Record,
    ) -> Choices {
        let started = Instant::now();
        let runs: Vec<ScenarioRun<'_>> = seen.iter().map(scenario_run).collect();
        let judgement = judge::judge(&self.profile, &runs);
        let judged = seen
            .iter()
            .zip(&judgement.verdicts)
            .map(|(seen, verdict)| Judged {
                index: seen.index,
                calls: &seen.calls,
                transcript: &seen.transcript,
                output: &seen.output,
                environment: seen.environment,
                verdict,
                seconds: seen.seconds,
            });
        let results: Vec<_> = first_failing(judged)
            .map(|judged| explain::result(&judged, &self.profile, &judgement.choices))
            .collect();
        record.results = results.into_iter().chain(not_run).collect();
        record.results.sort_by(|a, b| a.stem.cmp(&b.stem));
        forbid(image, &mut record.results);
        if !self.all {
            skip_consequences(&mut record.results);
        }
        record.choices = choices(&judgement, &self.profile);
        record.contradictions = judgement
            .contradictions
            .iter()
            .map(|contradiction| contradiction.sentence(&runs))
            .collect();
        let found = judge::diagnose(&self.profile, &runs, &judgement);
        record.mistakes = found.map_or_else(Vec::new, |found| mistakes(&found));
        record.time.judge = started.elapsed().as_secs_f64();
        judgement.choices
    }

    /// Plays the random sequences of a grade where a scenario that stands for them was asked for
    /// and got as far as its end.
    fn play_random(
        &self,
        stage: &Stage,
        manner: Manner,
        seed: u64,
        results: &mut [ScenarioResult],
    ) -> Result<(), Error> {
        if results
            .iter()
            .any(|result| result.status == Status::Timeout)
        {
            // Each sequence would wait until its own time is up, to say the same.
            return Ok(());
        }
        let stands_for_them = |stem: &str| {
            let found = SCENARIOS.iter().find(|scenario| scenario.stem == stem);
            found.is_some_and(|scenario| scenario.kind == Kind::Random)
        };
        let wanted = |result: &&mut ScenarioResult| {
            result.status == Status::Pass && stands_for_them(&result.stem)
        };
        for result in results.iter_mut().filter(wanted) {
            let options = fuzz::Options {
                seed,
                jobs: self.workers,
                rounding: manner.rounding,
                ..fuzz::Options::for_grade(manner.choices)
            };
            let report = fuzz::run_on(stage, &self.profile, &options)?;
            if let Some(found) = report.found {
                explain::sequence(result, &found, &self.profile);
            }
        }
        Ok(())
    }
}

/// Whether a header holds a size that is not rounded up (B1). Such an allocator may compare sizes
/// as they were asked for when it looks for a block.
fn says_sizes_as_asked(recording: &Recording, profile: &Profile) -> bool {
    let headers = recording.calls.iter().flat_map(|call| &call.heap.headers);
    let mut sizes = headers.map(|header| header.size);
    sizes.any(|size| !size.is_multiple_of(profile.alignment))
}

/// One of the runs of each scenario: the first that did not pass, or the plain one.
fn first_failing<'a>(judged: impl Iterator<Item = Judged<'a>>) -> impl Iterator<Item = Judged<'a>> {
    let mut chosen: BTreeMap<usize, Judged<'a>> = BTreeMap::new();
    for run in judged {
        let passed = |run: &Judged<'_>| run.verdict.status == Status::Pass;
        let settled = chosen
            .get(&run.index)
            .is_some_and(|other| !passed(other) || passed(&run));
        if !settled {
            chosen.insert(run.index, run);
        }
    }
    chosen.into_values()
}

fn behaviour(seen: &[Seen]) -> String {
    let mut parts = Parts::default();
    for seen in seen {
        let stem = SCENARIOS[seen.index].stem;
        parts.add(snapshot::render(stem, &seen.transcript).as_bytes());
        let findings = seen.transcript.steps.iter().map(|step| &step.findings);
        parts.add(format!("{:?}", findings.collect::<Vec<_>>()).as_bytes());
        parts.add(format!("{:?}", seen.transcript.end).as_bytes());
    }
    parts.digest()
}

fn scenario_run(seen: &Seen) -> ScenarioRun<'_> {
    ScenarioRun {
        stem: SCENARIOS[seen.index].stem,
        kind: match SCENARIOS[seen.index].kind {
            Kind::Faults | Kind::Random => Kind::Golden,
            kind => kind,
        },
        calls: &seen.calls,
        golden: seen.golden.as_deref(),
        transcript: &seen.transcript,
        injection: Injection {
            environment: seen.environment,
            message: seen.complained,
        },
    }
}

fn describe_build(library: &Library) -> Build {
    let left_out = library.left_out.iter();
    Build {
        failure: None,
        warnings: neutral(library.warnings.as_bytes()),
        left_out: left_out
            .map(|file| format!("{}: {}", shown(&file.path), file.reason))
            .collect(),
        missing: library
            .image
            .missing()
            .iter()
            .map(|function| function.name().to_owned())
            .collect(),
        forbidden: library.image.forbidden().map(describe_import).collect(),
    }
}

fn describe_import(import: &elf::Import) -> String {
    let rule = import.rule;
    format!("{} ({}): {}", rule.symbol, rule.clause, rule.reason)
}

/// The scenarios that rest on E2 fail a library that imports the C library's allocator, whatever
/// else they show.
fn forbid(image: &Image, results: &mut [ScenarioResult]) {
    let Some(import) = image
        .forbidden()
        .find(|import| import.rule.clause == Clause::E2)
    else {
        return;
    };
    let clause = Clause::E2.number();
    for result in results.iter_mut() {
        if result.status != Status::GraderError && result.clauses.iter().any(|it| it == clause) {
            result.status = Status::Forbidden;
            let failure = result.failure.insert(Failure::default());
            failure.clause = Some(clause.to_owned());
            failure.sentence = format!(
                "the library uses {}: {}",
                import.rule.symbol, import.rule.reason
            );
        }
    }
}

/// A scenario that fails after one it depends on has nothing new to say.
fn skip_consequences(results: &mut [ScenarioResult]) {
    for position in 0..results.len() {
        let (before, rest) = results.split_at_mut(position);
        let result = &mut rest[0];
        if matches!(
            result.status,
            Status::Pass | Status::NotReached | Status::GraderError
        ) {
            continue;
        }
        let scenario = SCENARIOS
            .iter()
            .find(|scenario| scenario.stem == result.stem);
        let needs = scenario.map_or(&[][..], |scenario| scenario.needs);
        let failed = before.iter().find(|other| {
            let needed = needs.iter().any(|number| other.stem.starts_with(number));
            needed && other.status != Status::Pass
        });
        if let Some(other) = failed {
            result.status = Status::NotReached;
            let sentence = format!("it depends on {}, which did not pass", other.stem);
            result.failure.get_or_insert_default().sentence = sentence;
        }
    }
}

/// The choices that were seen and are not the canonical ones.
fn choices(judgement: &Judgement, profile: &Profile) -> Vec<String> {
    let differing = judgement.choices.differing(&Choices::canonical(profile));
    differing
        .iter()
        .map(|axis| judgement.choices.describe(axis))
        .collect()
}

/// The faults that explain the behaviour. Which scenarios they cost is not known yet, so a scenario
/// that fails is lost by itself.
fn mistakes(found: &judge::Diagnosis) -> Vec<Mistake> {
    if !found.is_convincing() {
        return Vec::new();
    }
    let mistake = |fault: &crate::model::Fault| Mistake {
        name: fault.name().to_owned(),
        known: true,
        guess: !found.complete,
        clause: fault.clause().to_string(),
        sentence: format!("it {}", fault.sentence()),
        hint: fault.hint().to_owned(),
        shown: found.explained as usize,
        situations: found.total as usize,
        homes: Vec::new(),
        damages: false,
        example: None,
    };
    found.faults.iter().map(mistake).collect()
}
