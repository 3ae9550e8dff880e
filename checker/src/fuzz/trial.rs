//! Plays sequences against one library and says what is wrong with them.

use std::ops::ControlFlow;

use super::Manner;
use super::comparison::Comparison;
use super::failure::Failure;
use super::legality::number_of;
use crate::judge::{self, Cause, Judgement, Run, Verdict};
use crate::tracer::{Error, Listener, Played, Sequence, Stage, Stretch, Tracer};
use crate::transcript;
use crate::types::{
    Call, End, HeapHeaders, Profile, RawStep, RawSystemCall, RawTranscript, Transcript,
};

/// Sequences of at most this many calls are observed after each call from the start.
const SHORT: usize = 48;
/// Calls that are observed one by one after the one at which a difference is noticed.
const PAST: usize = 64;

/// What sequences are compared with.
#[derive(Clone, Debug)]
pub(super) struct Standard {
    pub(super) profile: Profile,
    pub(super) manner: Manner,
    /// Calls between two reads of the heap.
    pub(super) interval: u32,
}

/// A tracer and what its sequences are compared with. Belongs to the thread that made it.
pub(super) struct Trial<'a> {
    closely: Closely<'a>,
    standard: Standard,
    /// How many times a sequence has been played.
    pub(super) plays: u64,
}

/// A sequence that is not as the specification, call by call, has it.
pub(super) struct Odd {
    /// It was sound up to this call's index.
    pub(super) sound: usize,
    /// The index of the call at which something was noticed.
    pub(super) noticed: usize,
    /// Whether the machine may have ended it.
    pub(super) by_machine: bool,
}

impl<'a> Trial<'a> {
    pub(super) fn new(stage: &'a Stage, standard: Standard) -> Result<Self, Error> {
        Ok(Self {
            closely: Closely::new(stage)?,
            standard,
            plays: 0,
        })
    }

    /// What is wrong with the sequence, each mistake once.
    pub(super) fn examine(&mut self, calls: &[Call]) -> Result<Vec<Failure>, Error> {
        if calls.len() <= SHORT {
            return self.judge(calls, 0);
        }
        match self.notice(calls)? {
            None => Ok(Vec::new()),
            Some(Odd { sound, noticed, .. }) => {
                let end = calls.len().min(noticed + PAST);
                self.judge(&calls[..end], sound)
            }
        }
    }

    /// Plays the sequence at full speed; returns where it differs from the specification.
    pub(super) fn notice(&mut self, calls: &[Call]) -> Result<Option<Odd>, Error> {
        let sequence = Sequence {
            calls,
            interval: self.standard.interval,
            closely_from: u32::MAX,
        };
        let mut comparison = Comparison::new(&self.standard, calls);
        self.plays += 1;
        let Played { end, .. } = self.closely.tracer.play(&sequence, &mut comparison)?;
        let ended = match &end {
            End::Finished(0) => None,
            end => Some(moment(end, calls).saturating_sub(1)),
        };
        let noticed = comparison.suspect.or(ended);
        Ok(noticed.map(|noticed| Odd {
            sound: comparison.sound,
            noticed,
            by_machine: end.may_be_the_machines(),
        }))
    }

    /// Plays the sequence again, with a stop after each call from the one of this index on, and
    /// judges those.
    pub(super) fn judge(&mut self, calls: &[Call], from: usize) -> Result<Vec<Failure>, Error> {
        self.plays += 1;
        let raw = self.closely.play_from(calls, from)?;
        let transcript = transcript::of(&raw, &self.standard.profile);
        Ok(failures(&self.standard, calls, &transcript, from))
    }

    /// Whether a raw transcript shows a mistake from the call of this index on.
    pub(super) fn is_wrong(&self, calls: &[Call], raw: &RawTranscript, from: usize) -> bool {
        let transcript = transcript::of(raw, &self.standard.profile);
        !failures(&self.standard, calls, &transcript, from).is_empty()
    }

    /// What each call did, seen from outside after each one.
    pub(super) fn closely(&mut self, calls: &[Call]) -> Result<RawTranscript, Error> {
        self.closely.play(calls)
    }
}

/// Plays sequences with a stop after each call.
pub struct Closely<'a> {
    tracer: Tracer<'a>,
}

impl<'a> Closely<'a> {
    /// A player for the calling thread.
    pub fn new(stage: &'a Stage) -> Result<Self, Error> {
        let tracer = Tracer::new(stage)?;
        Ok(Self { tracer })
    }

    /// What each call did, and what the process printed, whether or not on standard error.
    pub fn play(&mut self, calls: &[Call]) -> Result<RawTranscript, Error> {
        self.play_from(calls, 0)
    }

    /// Plays the calls, with stops from the call before the one of this index on.
    fn play_from(&mut self, calls: &[Call], from: usize) -> Result<RawTranscript, Error> {
        let mut collector = Collector {
            calls,
            heap_start: 0,
            steps: Vec::new(),
            unfinished: Vec::new(),
        };
        let sequence = Sequence {
            // The stop before the first of them is needed too.
            closely_from: u32::try_from(from).unwrap_or(u32::MAX),
            ..Sequence::new(calls)
        };
        let Played { end, output, trail } = self.tracer.play(&sequence, &mut collector)?;
        Ok(RawTranscript {
            complained: false,
            heap_start: collector.heap_start,
            calls: collector.steps,
            unfinished: collector.unfinished,
            end,
            output,
            trail,
        })
    }
}

/// The mistakes that a transcript shows from a call on.
fn failures(
    standard: &Standard,
    calls: &[Call],
    transcript: &Transcript,
    from: usize,
) -> Vec<Failure> {
    let run = Run {
        stem: "the sequence",
        calls,
        golden: None,
        transcript,
        injected: false,
        message: false,
        from,
    };
    let Manner {
        reading, mistakes, ..
    } = &standard.manner;
    let judgement = judge::judge_in(reading, &[run], mistakes);
    let mut failures: Vec<Failure> = judgement
        .mistakes
        .iter()
        .filter_map(|found| failure(&judgement, found, transcript))
        .collect();
    if failures.is_empty() && !matches!(transcript.end, End::Finished(0)) {
        failures.push(Failure::of_end(&transcript.end, calls));
    }
    failures.sort_by_key(|failure| failure.call);
    failures
}

fn failure(
    judgement: &Judgement,
    found: &judge::Found,
    transcript: &Transcript,
) -> Option<Failure> {
    let first = found.wrong.iter().min()?;
    let call = &judgement.calls[*first];
    debug_assert_eq!(call.verdict, Verdict::Wrong);
    let complaint = call.complaint.as_ref()?;
    let due = call.due.as_deref()?;
    Some(Failure {
        call: call.number,
        cause: Some((found.cause, found.scope)),
        end: (transcript.steps.len() < call.number.0 as usize).then(|| transcript.end.clone()),
        clause: match found.cause {
            Cause::Known(mistake) => mistake.clause(),
            Cause::Unnamed(clause, ..) => clause,
        },
        sentence: complaint.sentence.clone(),
        due: Some(due.clone()),
    })
}

/// The number of the call at which the process ended.
fn moment(end: &End, calls: &[Call]) -> usize {
    end.moment()
        .map_or(calls.len(), |moment| moment.number.0 as usize)
}

/// Collects what a scenario's raw transcript would hold; of calls without a stop after them, what they
/// returned and asked of the system.
struct Collector<'a> {
    calls: &'a [Call],
    heap_start: u64,
    steps: Vec<RawStep>,
    unfinished: Vec<RawSystemCall>,
}

impl Listener for Collector<'_> {
    fn start(&mut self, heap: u64) {
        self.heap_start = heap;
    }

    fn stretch(&mut self, stretch: &Stretch<'_>) -> ControlFlow<()> {
        let mut raw = stretch.system_calls.iter().peekable();
        let last = stretch.first + stretch.results.len();
        for (index, &result) in (stretch.first..).zip(stretch.results) {
            let own = std::iter::from_fn(|| raw.next_if(|(made_by, _)| *made_by <= index));
            let system_calls = own.map(|&(_, call)| call).collect();
            let look = stretch.look.filter(|_| index + 1 == last);
            self.steps.push(RawStep {
                number: number_of(index),
                call: self.calls[index],
                result,
                payload: look.and(stretch.damage),
                system_calls,
                regions: look.map_or_else(Vec::new, |look| look.regions.to_vec()),
                heap: look.map_or_else(HeapHeaders::default, |look| look.heap.clone()),
                mappings: look.map_or_else(Vec::new, |look| look.mappings.to_vec()),
                nodes: look.map_or_else(Vec::new, |look| look.nodes.to_vec()),
                mapped: look.map_or_else(Vec::new, |look| look.mapped.to_vec()),
            });
        }
        self.unfinished = raw.map(|&(_, call)| call).collect();
        ControlFlow::Continue(())
    }
}
