//! Grades one submission: from a path to the record that reports are made from.

mod again;
mod openings;

use std::borrow::Cow;
use std::path::Path;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::backtrace::Backtraces;
use crate::build::{self, Library};
use crate::carried;
use crate::digest::{Parts, digest};
use crate::elf::{self, Image};
use crate::explain::{self, Account, Observed};
use crate::fuzz::{self, Closely, Manner, OddSequence, Rounding};
use crate::homes::Homes;
use crate::inject::Injection;
use crate::judge::{self, Found, Judgement, Run};
use crate::plan::{self, Plans};
use crate::profile;
use crate::record::{Build, Failure, Record, ScenarioResult, Time};
use crate::runner::{self, Outcome as Ended, Pass, Plan};
use crate::sandbox::{self, IsolationOptions};
use crate::snapshot::{self, store::Goldens};
use crate::spec::{self, Choices};
use crate::submission::{self, Submission, neutral, shown};
use crate::suite::SCENARIOS;
use crate::sys::budget::{Budget, Refusal};
use crate::sys::watchdog::Watchdog;
use crate::tracer::{self, Limits, Stage};
use crate::transcript;
use crate::types::{
    Call, CallNumber, Clause, End, Kind, Outcome, Pointer, Profile, RawTranscript, Status,
};

/// How submissions are graded.
pub struct Grader {
    /// The constants of the assignment.
    pub profile: Profile,
    /// The golden snapshots.
    pub goldens: Goldens,
    /// The calls that the scenarios make.
    pub plans: Plans,
    /// Whether some scenarios are run twice, to see whether they do the same.
    pub twice: bool,
    /// What a scenario may use.
    pub limits: Limits,
    /// Indices of the scenarios to run, ascending.
    pub indices: Vec<usize>,
    /// Processors to use for one submission; 0 for all there are.
    pub workers: usize,
    /// The time for one submission in all.
    pub budget: Duration,
    /// Ends what takes too long.
    pub watchdog: Watchdog,
    /// The layers of isolation to use, where they are available.
    pub isolation: IsolationOptions,
    /// A secret: it decides which calls a submission gets besides the scenarios.
    pub secret: String,
}

pub use openings::NO_ALLOCATOR;

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

/// Finds and compiles the submission at `path`. When the submission itself is wrong, that is not an
/// error but the inner `Err`, in words for the student.
pub fn build(
    path: &Path,
    options: &build::Options<'_>,
    isolation: IsolationOptions,
) -> Result<Built, Error> {
    let submission = match Submission::locate_under(path, options.overlay.as_deref()) {
        Ok(submission) => submission,
        Err(error @ submission::Error::Unreadable { .. }) => {
            return Err(Error::Read(error));
        }
        Err(error) => return Ok(Err(error.to_string())),
    };
    let confinement = build::Confined::new(isolation);
    let headers = headers();
    let headers: Vec<(&str, &str)> = headers.iter().map(|(n, text)| (*n, &**text)).collect();
    let mut extra_flags = options.extra_flags.clone();
    extra_flags.extend(profile::edition().renaming());
    let options = build::Options {
        headers: &headers,
        extra_flags,
        confinement: &confinement,
        ..options.clone()
    };
    match build::compile(&submission, &options) {
        Ok(library) => Ok(Ok(library)),
        Err(failure) if failure.blame() == build::Blame::Submission => Ok(Err(failure.to_string())),
        Err(failure) => Err(Error::Build(failure)),
    }
}

/// The headers that are there for those who bring none, with the layout of this run's profile.
#[must_use]
pub fn headers() -> Vec<(&'static str, Cow<'static, str>)> {
    let profile = profile::in_use();
    let own = |&(name, text): &(&'static str, &'static str)| match name {
        "block_meta.h" => (name, Cow::Owned(profile::header_file(&profile))),
        _ => (name, Cow::Borrowed(text)),
    };
    carried::HEADERS.iter().map(own).collect()
}

/// A submission that was graded.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Examined {
    /// What is known of it.
    pub record: Record,
    /// Names its behaviour in everything that was observed: the same for the same behaviour. Empty
    /// when nothing was observed.
    pub behaviour: String,
}

/// What the scenarios showed.
struct Shown {
    observed: Vec<Observed>,
    /// Scenarios that have a result without having been run, or whose golden cannot be used.
    settled: Vec<ScenarioResult>,
    rounding: Rounding,
    /// The random sequences, where there was time for them.
    random: Option<again::Random>,
}

impl Grader {
    /// All scenarios, the goldens that are built in, the usual limits, all processors.
    #[must_use]
    pub fn built_in() -> Self {
        Self {
            profile: Profile::DEFAULT,
            goldens: Goldens::built_in(carried::GOLDENS),
            plans: Plans::usual(&Profile::DEFAULT),
            twice: false,
            limits: Limits::default(),
            indices: (0..SCENARIOS.len()).collect(),
            workers: 0,
            budget: Budget::DEFAULT,
            watchdog: Watchdog::start(),
            isolation: IsolationOptions::default(),
            secret: String::new(),
        }
    }

    /// Runs and judges; `build_seconds` is what building took.
    pub fn examine(&self, name: &str, built: &Built, build_seconds: f64) -> Result<Record, Error> {
        let budget = self.full_budget();
        let examined =
            self.examine_within(name, built, build_seconds, fuzz::FIRST_SEED, &budget)?;
        Ok(examined.record)
    }

    /// The same with random sequences from `seed` on, in what is left of the time, and with a name
    /// for the behaviour.
    pub fn examine_within(
        &self,
        name: &str,
        built: &Built,
        build_seconds: f64,
        seed: u64,
        budget: &Budget,
    ) -> Result<Examined, Error> {
        let mut record = self.blank_record(name);
        record.time.build = build_seconds;
        let library = match built {
            Ok(library) => library,
            Err(reason) => {
                record.build.failure = Some(neutral(reason.as_bytes()));
                record.cut();
                let behaviour = String::new();
                return Ok(Examined { record, behaviour });
            }
        };
        record.build = describe_build(library);
        record.seed = Some(seed);
        let stage = self.stage(&library.bytes)?.within(budget.clone());
        let started = Instant::now();
        let openings = self.open(&stage, &library.bytes)?;
        let mut shown = self.run(&stage, &self.plans)?;
        record.time.run = started.elapsed().as_secs_f64();
        let behaviour = behaviour(&shown.observed);
        let judgement = self.judge_all(&stage, &mut shown, seed, &mut record.time)?;
        let started = Instant::now();
        let differing = self.run_again(&stage, &library.bytes, &mut shown, &judgement)?;
        record.time.run += started.elapsed().as_secs_f64();
        let judgement = match differing.is_empty() {
            true => judgement,
            false => {
                let again =
                    |runs: &[Run<'_>]| judge::judge_again(&self.profile, &judgement.reading, runs);
                judge_runs(&stage, &shown, &mut record.time, again)
            }
        };
        self.account(&shown, &judgement, library, &mut record);
        // Where headers of another length could be read, the reading says so.
        if judgement.reading.profile.header == self.profile.header {
            let runs = shown.observed.iter();
            let firsts = runs.filter_map(|run| run.transcript.first_payload());
            let other = profile::other_edition(&self.profile, firsts);
            record.build.notices.extend(other);
        }
        let answers = self.has_no_allocator(&stage, &openings, &shown.observed, &judgement)?;
        record.mistakes.splice(..0, answers);
        record.build.notices.extend(recognised(library));
        record.build.notices.extend(again::notice(&differing));
        if self.plans.is_varied() {
            let notice = "the sizes in the scenarios are not the usual ones (--vary)";
            record.build.notices.push(notice.to_owned());
        }
        record.unsteady = !differing.is_empty();
        record.cut();
        Ok(Examined { record, behaviour })
    }

    /// The time and the room of one submission.
    #[must_use]
    pub fn full_budget(&self) -> Budget {
        Budget::of(self.budget, self.room())
    }

    /// Bytes that what is seen of a submission may take: several times what the scenarios need, each of
    /// which has as many blocks as calls, and shows all of them after each call.
    pub fn room(&self) -> u64 {
        const LEAST: u64 = 16 << 20;
        const OF_BLOCK: u64 = 128;
        let calls = self.indices.iter();
        let calls = calls.map(|index| self.plans.calls(*index).len() as u64);
        LEAST + calls.map(|count| OF_BLOCK * count * count).sum::<u64>()
    }

    /// A submission of which nothing can be said, for a reason that is the machine's or ours.
    #[must_use]
    pub fn unjudged(&self, name: &str, reason: &str) -> Record {
        let reason = neutral(reason.as_bytes());
        let results = self.indices.iter();
        let results = results.map(|&index| explain::not_run(index, Status::GraderError, &reason));
        Record {
            results: results.collect(),
            ..self.blank_record(name)
        }
    }

    /// What random sequences must know of a library, found by running the scenarios.
    pub fn manner(&self, library: &[u8]) -> Result<Manner, Error> {
        let shown = self.run(&self.stage(library)?, &self.plans)?;
        let runs: Vec<Run<'_>> = shown.observed.iter().map(Observed::run).collect();
        let judgement = judge::judge(&self.profile, &runs);
        Ok(manner(&judgement, shown.rounding))
    }

    fn blank_record(&self, name: &str) -> Record {
        Record {
            snapshots: self.goldens.version().to_string(),
            isolation: sandbox::probe(self.isolation).lines(),
            ..Record::blank(name)
        }
    }

    /// What decides which calls a library meets besides those that all meet: hexadecimal digits.
    fn seed_of(&self, library: &[u8]) -> String {
        digest([self.secret.as_bytes(), library])
    }

    fn stage(&self, library: &[u8]) -> Result<Stage, Error> {
        let stage = Stage::new(library, self.profile, self.limits, self.watchdog.clone())?;
        // One more than is told, which tells that there are more.
        let stage = stage.keeping(explain::OUTPUT_KEPT as u64 + 1);
        Ok(stage.isolated(self.isolation))
    }

    fn run(&self, stage: &Stage, plans: &Plans) -> Result<Shown, Error> {
        let plan = Plan {
            plans,
            indices: &self.indices,
            workers: self.workers,
            pass: Pass::First,
        };
        let mut shown = Shown {
            observed: Vec::new(),
            settled: Vec::new(),
            rounding: Rounding::Any,
            random: None,
        };
        runner::run(stage, plan, |run| match run.outcome {
            Ended::Observed(raw, failing) => {
                let seconds = run.took.as_secs_f64();
                if says_sizes_as_asked(&raw, &self.profile) {
                    shown.rounding = Rounding::Aligned;
                }
                match self.golden(run.index, plans) {
                    Ok(golden) => {
                        let main = self.observed(run.index, plans, Injection::default(), &raw);
                        // A test may make other calls than it makes with the reference.
                        let same = main.calls == plans.calls(run.index);
                        shown.observed.push(Observed {
                            golden: same.then_some(golden),
                            seconds,
                            ..main
                        });
                        let failing = failing.iter();
                        shown.observed.extend(failing.map(|(injection, raw)| {
                            self.observed(run.index, plans, *injection, raw)
                        }));
                    }
                    Err(reason) => {
                        let status = Status::GraderError;
                        shown
                            .settled
                            .push(explain::not_run(run.index, status, &reason));
                    }
                }
            }
            Ended::Refused(reason) => shown.settled.push(refused(run.index, reason)),
        })?;
        Ok(shown)
    }

    /// The golden of a scenario, where it is what the specification says; otherwise why not.
    fn golden(&self, index: usize, plans: &Plans) -> Result<Vec<Outcome>, String> {
        let scenario = &SCENARIOS[index];
        let choices = Choices::canonical(&self.profile);
        if plans.is_varied() {
            // The reference does in each of them what the specification says: a test sees to it.
            return Ok(spec::outcomes(&self.profile, &choices, plans.calls(index)));
        }
        let golden = self
            .goldens
            .snapshot(scenario.stem)
            .map_err(|defect| defect.to_string())?;
        let golden: Vec<Outcome> = golden.steps.into_iter().map(|step| step.outcome).collect();
        let calls = plan::calls(scenario, &self.profile);
        let due = spec::outcomes(&self.profile, &choices, &calls);
        match explain::first_difference(&golden, &due) {
            None => Ok(golden),
            Some(call) => Err(format!(
                "its golden is not as the specification says in call {call}"
            )),
        }
    }

    fn observed(
        &self,
        index: usize,
        plans: &Plans,
        injection: Injection,
        raw: &RawTranscript,
    ) -> Observed {
        let scenario = &SCENARIOS[index];
        Observed {
            index: Some(index),
            stem: scenario.stem.to_owned(),
            calls: match SCENARIOS.test_at(index) {
                Some(_) => raw.made(),
                None => plans.calls(index).to_vec(),
            },
            golden: None,
            injection,
            prepared: 0,
            transcript: transcript::of(raw, &self.profile),
            output: raw.output.clone(),
            complained: raw.complained,
            seconds: 0.0,
            trail: raw.trail.clone(),
        }
    }

    /// Judges the scenarios. Then judges again, on a prepared heap, those whose situation did not
    /// occur, and random sequences.
    fn judge_all(
        &self,
        stage: &Stage,
        shown: &mut Shown,
        seed: u64,
        time: &mut Time,
    ) -> Result<Judgement, Error> {
        let all = |runs: &[Run<'_>]| judge::judge(&self.profile, runs);
        let judgement = judge_runs(stage, shown, time, all);
        let started = Instant::now();
        let before = shown.observed.len();
        let missed = self.missed(&shown.observed, &judgement);
        let mut more = self.run_prepared(stage, &missed)?;
        more.extend(self.play_random(stage, shown, &judgement, seed)?);
        shown.observed.extend(more);
        time.run += started.elapsed().as_secs_f64();
        if shown.observed.len() == before {
            return Ok(judgement);
        }
        let more = |runs: &[Run<'_>]| judge::judge_more(&self.profile, judgement, runs);
        Ok(judge_runs(stage, shown, time, more))
    }

    /// The scenarios whose situation did not occur.
    fn missed(&self, observed: &[Observed], judgement: &Judgement) -> Vec<usize> {
        if judgement.mistakes.is_empty() {
            return Vec::new();
        }
        let account = Account {
            profile: &self.profile,
            observed,
            judgement,
            homes: Homes::canonical(),
            backtraces: None,
        };
        let golden = |index: &usize| SCENARIOS[*index].kind == Kind::Golden;
        let indices = self.indices.iter().copied().filter(golden);
        indices
            .filter(|&index| account.misses_purpose(index))
            .collect()
    }

    /// The same calls after one block as large as the preallocation has been taken and freed.
    fn run_prepared(&self, stage: &Stage, indices: &[usize]) -> Result<Vec<Observed>, Error> {
        let mut closely = Closely::new(stage)?;
        let mut observed = Vec::new();
        let in_time = |_: &&usize| stage.budget().refusal().is_none();
        for &index in indices.iter().take_while(in_time) {
            let scenario = &SCENARIOS[index];
            let calls = prepared(&self.profile, self.plans.calls(index));
            let raw = closely.play(&calls)?;
            stage.budget().keep(raw.bytes());
            observed.push(Observed {
                index: Some(index),
                stem: scenario.stem.to_owned(),
                calls,
                golden: None,
                injection: Injection::default(),
                prepared: PREPARING,
                transcript: transcript::of(&raw, &self.profile),
                output: raw.output,
                complained: false,
                seconds: 0.0,
                trail: raw.trail,
            });
        }
        Ok(observed)
    }

    /// Plays random sequences until something goes wrong in one: that one, up to a few calls later. When
    /// there is no time for them, that is the result of the scenario that stands for them.
    fn play_random(
        &self,
        stage: &Stage,
        shown: &mut Shown,
        judgement: &Judgement,
        seed: u64,
    ) -> Result<Option<Observed>, Error> {
        let hangs = |it: &Observed| matches!(it.transcript.end, End::TimedOut { .. });
        let random = self
            .indices
            .iter()
            .find(|it| SCENARIOS[**it].kind == Kind::Random);
        let Some(&index) = random.filter(|_| !shown.observed.iter().any(hangs)) else {
            // Each sequence would only run into its time limit too.
            return Ok(None);
        };
        let options = fuzz::Options {
            seed,
            jobs: self.workers,
            ..fuzz::Options::for_grade(manner(judgement, shown.rounding))
        };
        let odd = fuzz::first_odd(stage, &self.profile, &options)?;
        if let Some(reason) = stage.budget().refusal() {
            let result = refused(index, reason);
            shown.settled.retain(|settled| settled.stem != result.stem);
            shown.settled.push(result);
            return Ok(None);
        }
        shown.random = Some(again::Random {
            index,
            options,
            odd: odd.as_ref().map(again::Noticed::of),
        });
        Ok(odd.map(|odd| self.random(index, odd)))
    }

    /// A random sequence, as a run of the scenario that stands for them all.
    fn random(&self, index: usize, odd: OddSequence) -> Observed {
        Observed {
            index: Some(index),
            stem: format!("seed {}", odd.seed),
            calls: odd.calls,
            golden: None,
            injection: Injection::default(),
            prepared: 0,
            transcript: transcript::of(&odd.raw, &self.profile),
            output: Vec::new(),
            complained: false,
            seconds: 0.0,
            trail: odd.raw.trail,
        }
    }

    fn account(
        &self,
        shown: &Shown,
        judgement: &Judgement,
        library: &Library,
        record: &mut Record,
    ) {
        let account = Account {
            profile: &self.profile,
            observed: &shown.observed,
            judgement,
            homes: Homes::canonical(),
            backtraces: Some(&Backtraces::new(&library.bytes, &library.sources)),
        };
        let settled = |index: &usize| {
            let stem = SCENARIOS[*index].stem;
            shown.settled.iter().any(|result| result.stem == stem)
        };
        let judged: Vec<usize> = self
            .indices
            .iter()
            .copied()
            .filter(|it| !settled(it))
            .collect();
        account.fill(record, &judged);
        record.results.extend(shown.settled.iter().cloned());
        record.results.sort_by(|a, b| a.stem.cmp(&b.stem));
        forbid(&library.image, &mut record.results);
    }
}

/// The result of a scenario that was not run.
fn refused(index: usize, reason: Refusal) -> ScenarioResult {
    let status = match reason {
        Refusal::Time(_) => Status::Timeout,
        Refusal::Room(_) => Status::Limit,
    };
    explain::not_run(index, status, &reason.to_string())
}

/// Calls that prepare a heap.
const PREPARING: u32 = 2;

/// The calls after those that take a block as large as the preallocation and free it.
#[must_use]
pub fn prepared(profile: &Profile, calls: &[Call]) -> Vec<Call> {
    let size = profile.preallocation - profile.header - 2 * profile.alignment;
    let block = Pointer::Of(CallNumber(1));
    let first = [Call::Malloc { size }, Call::Free { pointer: block }];
    let later = |pointer: Pointer| pointer.later(PREPARING);
    let calls = calls.iter().map(|call| call.with_argument(later));
    first.into_iter().chain(calls).collect()
}

/// Judges all runs by one of the ways to judge them, within the budget, and notes the time.
fn judge_runs(
    stage: &Stage,
    shown: &Shown,
    time: &mut Time,
    judge: impl FnOnce(&[Run<'_>]) -> Judgement,
) -> Judgement {
    let started = Instant::now();
    let runs: Vec<Run<'_>> = shown.observed.iter().map(Observed::run).collect();
    let judgement = stage.budget().charge(|| judge(&runs));
    time.judge += started.elapsed().as_secs_f64();
    judgement
}

fn manner(judgement: &Judgement, rounding: Rounding) -> Manner {
    let known = judgement.mistakes.iter().filter_map(Found::known);
    Manner {
        choices: judgement.choices,
        reading: judgement.reading,
        rounding,
        mistakes: known.collect(),
    }
}

/// Whether a header holds the size that was asked for, and not one rounded up.
fn says_sizes_as_asked(raw: &RawTranscript, profile: &Profile) -> bool {
    let headers = raw.calls.iter().flat_map(|call| &call.heap.headers);
    let mut sizes = headers.map(|header| header.size);
    sizes.any(|size| !size.is_multiple_of(profile.alignment))
}

/// A digest that is the same for the same behaviour in all scenarios.
fn behaviour(observed: &[Observed]) -> String {
    let mut parts = Parts::default();
    for run in observed {
        if run.run().equals_golden() {
            parts.add(run.stem.as_bytes());
            continue;
        }
        parts.add(snapshot::render(&run.stem, &run.transcript).as_bytes());
        let findings = run.transcript.steps.iter().map(|step| &step.findings);
        parts.add(format!("{:?}", findings.collect::<Vec<_>>()).as_bytes());
        parts.add(format!("{:?}", run.transcript.end).as_bytes());
    }
    parts.digest()
}

fn describe_build(library: &Library) -> Build {
    let left_out = library.left_out.iter();
    Build {
        failure: None,
        notices: library
            .remark
            .iter()
            .map(|it| neutral(it.as_bytes()))
            .collect(),
        warnings: neutral(library.warnings.as_bytes()),
        sources: library.sources.iter().map(|path| shown(path)).collect(),
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

/// What is said of a library that is the suite's own, whatever was done to it.
fn recognised(library: &Library) -> Option<String> {
    // The one that the suite carries comes from nowhere.
    let handed_in = !library.origin.as_os_str().is_empty();
    let is_ours = handed_in && elf::is_made_of(&library.bytes, carried::REFERENCE);
    is_ours.then(|| {
        "this library is the reference that the suite carries, or was made of it".to_owned()
    })
}

fn describe_import(import: &elf::Import) -> String {
    let rule = import.rule;
    format!("{} ({}): {}", rule.symbol, rule.clause, rule.reason)
}

/// A library that imports the C library's allocator fails the scenarios that test E2 in any case.
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
