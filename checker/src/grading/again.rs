//! The same calls once more: what one library does with them must be the same.
//!
//! A library whose behaviour follows from the time, from chance or from its process's number is
//! right in one run and wrong in the next, and would be graded again until it is lucky. So a part of
//! the scenarios, which follows from the library and the class's secret, is run a second time, without
//! failing system calls, and of two runs that differ the worse one counts. The library is loaded anew
//! now and then, because chance may be asked while it is loaded. So it is with random sequences: in
//! both of two runs something must go wrong at the same call, or nothing.
//!
//! Compared is what is judged: results and system calls relative to the heap start, what the headers
//! say in the submission's own reading, damage, and the end. What a slow machine does to a run, and a
//! time-out, is no difference.

use std::collections::BTreeMap;

use super::{Error, Grader, Shown};
use crate::digest::digest;
use crate::explain::Observed;
use crate::fuzz::{self, OddSequence};
use crate::inject::Injection;
use crate::judge::{self, Judgement, Reading, Run, Verdict};
use crate::record::Where;
use crate::runner::{self, Outcome, Pass, Plan};
use crate::suite::SCENARIOS;
use crate::tracer::Stage;
use crate::types::{CallNumber, End, Finding, Step, Transcript};

/// One scenario in so many is run twice.
const ONE_IN: u8 = 8;
/// One random sequence in so many is played twice.
const SEQUENCE_IN: u8 = 4;

/// Which random sequences were played.
pub(super) struct Random {
    pub(super) index: usize,
    pub(super) options: fuzz::Options,
    /// The one in which something goes wrong; none after it was played.
    pub(super) odd: Option<Noticed>,
}

/// That something goes wrong in a sequence.
#[derive(Clone, Copy)]
pub(super) struct Noticed {
    seed: u64,
    /// The index of the call.
    at: usize,
    by_machine: bool,
}

impl Noticed {
    pub(super) const fn of(odd: &OddSequence) -> Self {
        Self {
            seed: odd.seed,
            at: odd.noticed,
            by_machine: odd.by_machine,
        }
    }
}

impl Grader {
    /// Runs scenarios and random sequences once more and puts the worse of two runs that differ in
    /// place. The first call of each that differs.
    pub(super) fn run_again(
        &self,
        stage: &Stage,
        library: &[u8],
        shown: &mut Shown,
        judgement: &Judgement,
    ) -> Result<Vec<Where>, Error> {
        if !self.twice {
            return Ok(Vec::new());
        }
        let seed = self.seed_of(library);
        let mut differing = self.scenarios_again(stage, &seed, shown, judgement)?;
        differing.extend(self.sequences_again(stage, &seed, shown)?);
        Ok(differing)
    }

    fn scenarios_again(
        &self,
        stage: &Stage,
        seed: &str,
        shown: &mut Shown,
        judgement: &Judgement,
    ) -> Result<Vec<Where>, Error> {
        let reading = &judgement.reading;
        let second = self.second(stage, seed, shown)?;
        let mut places = Vec::new();
        let mut others: BTreeMap<usize, Observed> = BTreeMap::new();
        for (position, other) in second {
            let one = &shown.observed[position];
            if let Some(call) = first_difference(reading, one.run(), other.run()) {
                let stem = one.stem.clone();
                places.push(Where { stem, call });
                others.insert(position, other);
            }
        }
        if others.is_empty() {
            return Ok(Vec::new());
        }
        let runs = shown.observed.iter().enumerate();
        let runs = runs.map(|(position, one)| others.get(&position).unwrap_or(one).run());
        let runs: Vec<Run<'_>> = runs.collect();
        let again = || judge::judge_again(&self.profile, reading, &runs);
        let judged = stage.budget().charge(again);
        for (position, other) in others {
            let one = &mut shown.observed[position];
            if badness(&judged, &other, position) > badness(judgement, one, position) {
                *one = other;
            }
        }
        Ok(places)
    }

    /// Plays some sequences once more, and always the one in which something goes wrong.
    fn sequences_again(
        &self,
        stage: &Stage,
        name: &str,
        shown: &mut Shown,
    ) -> Result<Vec<Where>, Error> {
        let Some(Random {
            index,
            options,
            odd,
        }) = &shown.random
        else {
            return Ok(Vec::new());
        };
        let last = options.seed.wrapping_add(options.sequences - 1);
        let last = odd.as_ref().map_or(last, |odd| odd.seed);
        let count = last.wrapping_sub(options.seed) + 1;
        let seeds = (0..count).map(|it| options.seed.wrapping_add(it));
        let is_odd = |seed: u64| odd.filter(|odd| odd.seed == seed);
        let chosen =
            |seed: &u64| is_odd(*seed).is_some() || is_chosen(name, &seed.to_string(), SEQUENCE_IN);
        let mut differing = Vec::new();
        let mut worse = Vec::new();
        for seed in seeds.filter(chosen) {
            let first = is_odd(seed);
            let second = fuzz::odd_again(stage, &self.profile, options, seed)?;
            if stage.budget().refusal().is_some() {
                break;
            }
            let both = [first, second.as_ref().map(Noticed::of)];
            let noticed = both.map(|odd| odd.map(|odd| odd.at));
            if noticed[0] == noticed[1] || both.into_iter().flatten().any(|odd| odd.by_machine) {
                continue;
            }
            let call = noticed.into_iter().flatten().min().unwrap_or_default() as u32 + 1;
            let stem = format!("seed {seed}");
            differing.push(Where { stem, call });
            worse.extend(second.map(|odd| self.random(*index, odd)));
        }
        shown.observed.extend(worse);
        Ok(differing)
    }

    /// The second runs of some whose first one came to an end in time, by their positions.
    fn second(
        &self,
        stage: &Stage,
        seed: &str,
        shown: &Shown,
    ) -> Result<Vec<(usize, Observed)>, Error> {
        let first = |&(_, run): &(usize, &Observed)| {
            let in_time = !matches!(run.transcript.end, End::TimedOut { .. });
            // A test may make other calls each time.
            let is_test = run.index.is_some_and(|it| SCENARIOS.test_at(it).is_some());
            run.golden.is_some() && in_time && !is_test && is_chosen(seed, &run.stem, ONE_IN)
        };
        let first: Vec<(usize, &Observed)> =
            shown.observed.iter().enumerate().filter(first).collect();
        let indices: Vec<usize> = first.iter().filter_map(|(_, run)| run.index).collect();
        let plan = Plan {
            plans: &self.plans,
            indices: &indices,
            workers: self.workers,
            pass: Pass::Second,
        };
        let mut second = Vec::new();
        runner::run(stage, plan, |run| {
            let of_it = |(_, one): &&(usize, &Observed)| one.index == Some(run.index);
            if let Outcome::Observed(raw, _) = &run.outcome
                && let Some(&(position, one)) = first.iter().find(of_it)
            {
                let again = self.observed(run.index, &self.plans, Injection::default(), raw);
                second.push((
                    position,
                    Observed {
                        golden: one.golden.clone(),
                        seconds: run.took.as_secs_f64(),
                        ..again
                    },
                ));
            }
        })?;
        Ok(second)
    }
}

/// Whether it is the one in so many that is run twice.
fn is_chosen(seed: &str, stem: &str, one_in: u8) -> bool {
    let digits = digest([seed.as_bytes(), stem.as_bytes()]);
    u8::from_str_radix(&digits[..2], 16).is_ok_and(|number| number % one_in == 0)
}

/// What is said of scenarios and sequences whose runs differ.
pub(super) fn notice(differing: &[Where]) -> Option<String> {
    let first = differing.first()?;
    let more = match differing.len() - 1 {
        0 => String::new(),
        1 => " and 1 more".to_owned(),
        more => format!(" and {more} more"),
    };
    Some(format!(
        "not deterministic: in a second run, {first}{more} did something else; the worse run counts"
    ))
}

/// How bad a run is: an end before its time first, then the number of wrong calls.
fn badness(judgement: &Judgement, observed: &Observed, position: usize) -> (bool, usize) {
    let ended = observed.transcript.end != End::Finished(0);
    let calls = judgement.calls.iter();
    let wrong = calls.filter(|call| call.run == position && call.verdict != Verdict::Right);
    (ended, wrong.count())
}

/// The number of the first call that did something else.
fn first_difference(reading: &Reading, one: Run<'_>, other: Run<'_>) -> Option<u32> {
    let (first, second) = (one.transcript, other.transcript);
    if first == second {
        return None;
    }
    let states = [one, other].map(|run| judge::states(reading, run));
    let mut states = states[0].iter().zip(&states[1]);
    let mut steps = first.steps.iter().zip(&second.steps);
    let differs = |(one, other)| {
        let same_state = states.next().is_some_and(|(one, other)| one == other);
        !same_state || !same_effect(one, other)
    };
    let returned = first.steps.len().min(second.steps.len());
    let wrong = steps.position(differs);
    let ended = || ends_differ(first, second).then_some(returned);
    wrong.or_else(ended).map(|index| index as u32 + 1)
}

fn same_effect(one: &Step, other: &Step) -> bool {
    one.outcome.result == other.outcome.result
        && judge::same_system_calls(&one.outcome.system_calls, &other.outcome.system_calls)
        && one.findings.len() == other.findings.len()
        && one.findings.iter().zip(&other.findings).all(same_finding)
}

/// Which bytes are wrong is payload, and may follow from what lay there.
fn same_finding((one, other): (&Finding, &Finding)) -> bool {
    match (one, other) {
        (Finding::PayloadChanged { block, .. }, Finding::PayloadChanged { block: other, .. }) => {
            block == other
        }
        _ => std::mem::discriminant(one) == std::mem::discriminant(other),
    }
}

/// Whether two runs did not end in the same way at the same call, for a reason of their own.
fn ends_differ(one: &Transcript, other: &Transcript) -> bool {
    let at = |end: &End| end.moment().map(|moment| moment.number);
    let kind = std::mem::discriminant::<End>;
    let same: (_, Option<CallNumber>) = (kind(&one.end), at(&one.end));
    let status = |end: &End| match *end {
        End::Finished(status) | End::Exited { status, .. } => status,
        _ => 0,
    };
    !one.end.may_be_the_machines()
        && !other.end.may_be_the_machines()
        && (same != (kind(&other.end), at(&other.end)) || status(&one.end) != status(&other.end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{Call, Moment, Phase};

    fn ended(end: End) -> Transcript {
        Transcript {
            steps: Vec::new(),
            unfinished: Vec::new(),
            end,
        }
    }

    #[test]
    fn what_a_machine_does_is_no_difference() {
        let at = |number| Moment {
            number: CallNumber(number),
            call: Some(Call::Malloc { size: 8 }),
            phase: Phase::InCall,
        };
        let signal = |name: &str, number| End::Signal {
            name: name.to_owned(),
            touched: None,
            moment: at(number),
        };
        let late = End::TimedOut {
            moment: at(1),
            sleeping: true,
        };
        let fine = ended(End::Finished(0));
        let differ = |end: End| ends_differ(&fine, &ended(end));
        assert!(!differ(End::Finished(0)) && !differ(late) && !differ(signal("SIGKILL", 1)));
        assert!(differ(End::Finished(1)) && differ(signal("SIGSEGV", 1)));
        let crashes = [1, 1, 2].map(|number| ended(signal("SIGSEGV", number)));
        assert!(!ends_differ(&crashes[0], &crashes[1]) && ends_differ(&crashes[1], &crashes[2]));
    }

    #[test]
    fn which_byte_is_wrong_is_no_difference() {
        let changed = |block, offset| Finding::PayloadChanged {
            block: CallNumber(block),
            offset,
        };
        assert!(same_finding((&changed(1, 4), &changed(1, 8))));
        assert!(!same_finding((&changed(1, 4), &changed(2, 4))));
        let not_zero = [3, 5].map(|offset| Finding::NotZero { offset });
        assert!(same_finding((&not_zero[0], &not_zero[1])));
        assert!(!same_finding((&not_zero[0], &Finding::Misaligned)));
    }

    #[test]
    fn the_first_scenario_is_named() {
        let place = |call| Where {
            stem: "0101-malloc-zero".to_owned(),
            call,
        };
        let said = notice(&[place(3), place(1)]).unwrap();
        assert!(
            said.contains("0101-malloc-zero, call 3 and 1 more did"),
            "{said}"
        );
        assert!(said.starts_with("not deterministic: ") && notice(&[]).is_none());
    }
}
