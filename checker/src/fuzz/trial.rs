//! Plays sequences against one library and says what is wrong with them.

use std::ops::ControlFlow;

use super::examiner::{Examiner, Suspect};
use super::failure::{Failure, FailureKind};
use super::legality::number_of;
use crate::judge::{self, Divergence, Injection, ScenarioRun};
use crate::model::{Choices, FaultSet, Simulation};
use crate::tracer::{Error, Listener, Played, Sequence, Stage, Stretch, Tracer};
use crate::transcript;
use crate::types::{
    Call, Clause, End, Kind, Profile, RawSystemCall, RecordedCall, Recording, Transcript,
};

/// Sequences of so many calls are looked at after each call from the start.
const SHORT: usize = 48;

/// What sequences are compared with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Standard {
    pub(super) profile: Profile,
    pub(super) choices: Choices,
    /// The heap is looked at after every so many calls.
    pub(super) interval: u32,
}

/// A tracer and what its sequences are compared with. Belongs to the thread that made it.
pub(super) struct Trial<'a> {
    tracer: Tracer<'a>,
    standard: Standard,
    /// How many times a sequence has been played.
    pub(super) plays: u64,
}

/// How a sequence went when it was played once.
struct Sighting {
    suspect: Option<Suspect>,
    sound: usize,
    end: End,
}

impl<'a> Trial<'a> {
    pub(super) fn new(stage: &'a Stage, standard: Standard) -> Result<Self, Error> {
        Ok(Self {
            tracer: Tracer::new(stage)?,
            standard,
            plays: 0,
        })
    }

    /// What is wrong with the sequence, if anything is.
    pub(super) fn examine(&mut self, calls: &[Call]) -> Result<Option<Failure>, Error> {
        let short = calls.len() <= SHORT;
        let first = self.play(calls, if short { 0 } else { calls.len() })?;
        match (&first.suspect, &first.end) {
            (Some(suspect), _) if suspect.exact => Ok(Some(self.blame(calls, suspect))),
            (None, End::Finished(0)) => Ok(None),
            (None, end) if short => Ok(Some(self.blame_end(calls, end))),
            _ => self.narrow_down(calls, first).map(Some),
        }
    }

    /// What each call did, seen from outside after each one.
    pub(super) fn transcript(&mut self, calls: &[Call]) -> Result<Transcript, Error> {
        let mut collector = Collector {
            calls,
            heap_start: 0,
            steps: Vec::new(),
            unfinished: Vec::new(),
        };
        let sequence = Sequence {
            closely_from: 0,
            ..Sequence::new(calls)
        };
        let Played { end, output } = self.tracer.play(&sequence, &mut collector)?;
        let recording = Recording {
            // System calls fail in scenarios only.
            complained: false,
            heap_start: collector.heap_start,
            calls: collector.steps,
            unfinished: collector.unfinished,
            end,
            output,
        };
        Ok(transcript::of(&recording, &self.standard.profile))
    }

    /// Plays the sequence once more, looking closely where it was not looked at before, so that
    /// the call is found that did the damage rather than the one that fell over it.
    fn narrow_down(&mut self, calls: &[Call], first: Sighting) -> Result<Failure, Error> {
        let noticed = match &first.suspect {
            Some(suspect) => suspect.index,
            None => moment(&first.end, calls).saturating_sub(1),
        };
        let calls = &calls[..calls.len().min(noticed + 1)];
        let second = self.play(calls, first.sound)?;
        let mut failure = match (&second.suspect, &first.suspect) {
            (Some(suspect), _) | (None, Some(suspect)) => self.blame(calls, suspect),
            (None, None) => self.blame_end(calls, &first.end),
        };
        failure.noticed = failure.noticed.max(number_of(noticed));
        Ok(failure)
    }

    /// Plays the sequence once; the calls from the one of this index on are looked at one by one.
    fn play(&mut self, calls: &[Call], closely_from: usize) -> Result<Sighting, Error> {
        let Standard {
            profile,
            choices,
            interval,
        } = self.standard;
        let sequence = Sequence {
            calls,
            interval,
            // The stop in front of the first of them is wanted too.
            closely_from: u32::try_from(closely_from).unwrap_or(u32::MAX),
        };
        let mut examiner = Examiner::new(&profile, &choices, calls);
        self.plays += 1;
        let Played { end, .. } = self.tracer.play(&sequence, &mut examiner)?;
        Ok(Sighting {
            suspect: examiner.suspect,
            sound: examiner.sound,
            end,
        })
    }

    fn blame(&self, calls: &[Call], suspect: &Suspect) -> Failure {
        let Standard {
            profile, choices, ..
        } = &self.standard;
        let Suspect { index, step, .. } = suspect;
        let mut before = Simulation::new(profile, choices, FaultSet::NONE);
        for call in &calls[..*index] {
            before.call(call);
        }
        let number = number_of(*index);
        judge::explain_call(profile, calls, number, &before, step).map_or_else(
            || Failure {
                call: number,
                noticed: number,
                kind: FailureKind::Layout,
                clause: Clause::B2,
                sentence: "the heap differs from what it must be".to_owned(),
            },
            |divergence| failure(divergence, None),
        )
    }

    fn blame_end(&self, calls: &[Call], end: &End) -> Failure {
        let transcript = Transcript {
            steps: Vec::new(),
            unfinished: Vec::new(),
            end: end.clone(),
        };
        let run = ScenarioRun {
            stem: "",
            kind: Kind::Golden,
            calls,
            golden: None,
            transcript: &transcript,
            injection: Injection::default(),
        };
        failure(judge::explain_end(&run), Some(end))
    }
}

fn failure(divergence: Divergence, end: Option<&End>) -> Failure {
    let kind = end.map_or_else(
        || FailureKind::of_aspect(divergence.aspect),
        FailureKind::of_end,
    );
    Failure {
        call: divergence.number,
        noticed: divergence.number,
        kind,
        clause: divergence.clauses.first().copied().unwrap_or(Clause::E4),
        sentence: divergence.sentence,
    }
}

/// The number of the call at which the process ended.
fn moment(end: &End, calls: &[Call]) -> usize {
    end.moment()
        .map_or(calls.len(), |moment| moment.number.0 as usize)
}

/// Collects what a scenario's recording would hold, at stops after each call.
struct Collector<'a> {
    calls: &'a [Call],
    heap_start: u64,
    steps: Vec<RecordedCall>,
    unfinished: Vec<RawSystemCall>,
}

impl Listener for Collector<'_> {
    fn start(&mut self, heap: u64) {
        self.heap_start = heap;
    }

    fn stretch(&mut self, stretch: &Stretch<'_>) -> ControlFlow<()> {
        let system_calls = stretch.system_calls.iter().map(|&(_, call)| call).collect();
        match (stretch.results, stretch.look) {
            ([result], Some(look)) => self.steps.push(RecordedCall {
                number: number_of(stretch.first),
                call: self.calls[stretch.first],
                result: *result,
                payload: stretch.damage,
                system_calls,
                regions: look.regions.to_vec(),
                heap: look.heap.clone(),
                mappings: look.mappings.to_vec(),
                nodes: look.nodes.to_vec(),
                mapped: look.mapped.to_vec(),
            }),
            _ => self.unfinished = system_calls,
        }
        ControlFlow::Continue(())
    }
}
