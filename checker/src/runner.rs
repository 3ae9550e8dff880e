//! Runs scenarios over the processors: one worker thread for each, pinned, with a fork server of
//! its own.

mod haste;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::inject::{Injection, Limit};
use crate::plan::Plans;
use crate::pool;
use crate::suite::SCENARIOS;
use crate::sys::budget::Refusal;
use crate::sys::server::fix_addresses;
use crate::tracer::{Chance, Error, Stage, Tracer};
use crate::types::MemoryCall;
use crate::types::{Call, Kind, RawSystemCall, RawTranscript};

use haste::Haste;

/// A scenario and its result.
#[derive(Debug)]
pub struct Run {
    /// Its index in the table of scenarios.
    pub index: usize,
    /// What was seen.
    pub outcome: Outcome,
    /// How long it took on the wall.
    pub took: Duration,
}

/// The result of a scenario.
#[derive(Debug)]
pub enum Outcome {
    /// It was run; where system calls are made to fail, again for each that was.
    Observed(Box<RawTranscript>, Vec<(Injection, RawTranscript)>),
    /// It was not run to its end, for this reason.
    Refused(Refusal),
}

/// What to run, and how.
#[derive(Clone, Copy, Debug)]
pub struct Plan<'a> {
    /// The calls of all scenarios.
    pub plans: &'a Plans,
    /// Indices in the table of scenarios, ascending.
    pub indices: &'a [usize],
    /// Processors to use; 0 for all there are.
    pub workers: usize,
    /// Which of the two times it is.
    pub pass: Pass,
}

/// Scenarios are run twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pass {
    /// With failing system calls where the scenario is about them. The library is loaded once.
    First,
    /// Without, and with a library that is loaded anew every `RELOADED` scenarios.
    Second,
}

/// Scenarios in the second pass for which the library is loaded once.
const RELOADED: usize = 4;

/// Runs the scenarios and hands them out in the order of their indices, each as soon as all before
/// it have ended.
pub fn run(stage: &Stage, plan: Plan<'_>, finished: impl FnMut(Run) + Send) -> Result<(), Error> {
    let queue = Queue {
        next: AtomicUsize::new(0),
        order: Mutex::new(Order {
            waiting: (0..plan.indices.len()).map(|_| None).collect(),
            handed_out: 0,
            haste: Haste::default(),
            finished,
            failure: None,
        }),
    };
    pool::on_processors(plan.workers, plan.indices.len(), || {
        if let Err(error) = work(stage, plan, &queue) {
            queue.next.store(plan.indices.len(), Ordering::Relaxed);
            queue.order().failure.get_or_insert(error);
        }
    });
    let order = queue
        .order
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    order.failure.map_or(Ok(()), Err)
}

struct Queue<F> {
    next: AtomicUsize,
    order: Mutex<Order<F>>,
}

/// The scenarios that have ended, and how many of them have been handed out.
struct Order<F> {
    waiting: Vec<Option<Run>>,
    handed_out: usize,
    haste: Haste,
    finished: F,
    failure: Option<Error>,
}

impl<F: FnMut(Run)> Queue<F> {
    fn order(&self) -> MutexGuard<'_, Order<F>> {
        self.order.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<F: FnMut(Run)> Order<F> {
    /// Takes a scenario that has ended and hands out all that are due.
    fn take(&mut self, position: usize, run: Run) {
        self.waiting[position] = Some(run);
        while let Some(run) = self.waiting.get_mut(self.handed_out).and_then(Option::take) {
            self.haste.note(&run.outcome);
            self.handed_out += 1;
            (self.finished)(run);
        }
    }
}

fn work<F: FnMut(Run)>(stage: &Stage, plan: Plan<'_>, queue: &Queue<F>) -> Result<(), Error> {
    fix_addresses();
    let _beside = stage.budget().beside_others();
    let chance = match plan.pass {
        Pass::First => Chance::Usual,
        Pass::Second => Chance::Other,
    };
    let start = || Tracer::new(stage).map(|it| it.with_chance(chance));
    let mut tracer = start()?;
    for count in 1.. {
        let position = queue.next.fetch_add(1, Ordering::Relaxed);
        let Some(&index) = plan.indices.get(position) else {
            return Ok(());
        };
        let planned = plan.plans.calls(index);
        tracer.hurry(queue.order().haste.hurries(planned));
        let started = Instant::now();
        let outcome = match stage.budget().refusal() {
            Some(reason) => Outcome::Refused(reason),
            None => observe(stage, &mut tracer, index, planned, plan.pass)?,
        };
        let run = Run {
            index,
            outcome,
            took: started.elapsed(),
        };
        queue.order().take(position, run);
        if plan.pass == Pass::Second && count % RELOADED == 0 {
            tracer = start()?;
        }
    }
    Ok(())
}

/// A scenario for which there was not enough time or room does not count at all, because the part that
/// did not run could have shown a mistake.
fn observe(
    stage: &Stage,
    tracer: &mut Tracer<'_>,
    index: usize,
    planned: &[Call],
    pass: Pass,
) -> Result<Outcome, Error> {
    let raw = match SCENARIOS.test_at(index) {
        Some(test) => tracer.observe_test(test.program, Some(planned))?,
        None => tracer.observe(planned)?,
    };
    stage.budget().keep(raw.bytes());
    let mut failing = Vec::new();
    if SCENARIOS[index].kind == Kind::Faults && pass == Pass::First {
        for injection in injections(&raw, planned.len()) {
            if stage.budget().refusal().is_some() {
                break;
            }
            let raw = tracer.observe_in(planned, injection)?;
            stage.budget().keep(raw.bytes());
            failing.push((injection, raw));
        }
    }
    Ok(match stage.budget().refusal() {
        Some(reason) => Outcome::Refused(reason),
        None => Outcome::Observed(Box::new(raw), failing),
    })
}

/// Each system call that got memory in the run, failing by itself, and all of a kind together; then
/// the kernel's limits, met at each of these calls. `munmap` never fails here, because the
/// assignment does not say what a call must do then.
///
/// The scenario limits the number of runs: of a submission that asks for memory more than
/// twice as often as it makes calls, only the first requests are made to fail one by one.
fn injections(raw: &RawTranscript, planned: usize) -> Vec<Injection> {
    let most = 2 * planned as u32 + 8;
    let calls = raw.calls.iter().flat_map(|call| &call.system_calls);
    let (mut moves, mut mappings) = (0, 0);
    for call in calls {
        match call {
            RawSystemCall::Brk { before, after, .. } if after > before => moves += 1,
            RawSystemCall::Mmap { .. } => mappings += 1,
            _ => {}
        }
        if moves + mappings == most {
            break;
        }
    }
    let each = |kind, count| {
        let one_by_one = (1..=count).map(move |nth| Injection::failing(Some(kind), nth, 1));
        let all = (count > 1).then(|| Injection::failing(Some(kind), 1, u32::MAX));
        one_by_one.chain(all)
    };
    let limits = [Limit::Data, Limit::AddressSpace];
    let limited = |limit| (1..=moves + mappings).map(move |nth| Injection::limited(limit, nth));
    each(MemoryCall::Brk, moves)
        .chain(each(MemoryCall::Mmap, mappings))
        .chain(limits.into_iter().flat_map(limited))
        .collect()
}
