//! Turns a raw transcript into a transcript: addresses become places, and damaged memory becomes
//! findings, for any expected outcome.

mod live;
mod places;

use ref_tests::wire::{PayloadFinding, PayloadFindingKind};

use crate::types::{
    Errno, Finding, Outcome, Profile, RawStep, RawTranscript, State, Step, Transcript,
};

use live::Live;
pub(crate) use places::Places;

/// The transcript of a raw transcript.
pub fn of(raw: &RawTranscript, profile: &Profile) -> Transcript {
    let mut reader = Reader::new(raw.heap_start, profile);
    let steps = raw.calls.iter().map(|call| reader.step(call)).collect();
    let unfinished = reader.places.system_calls(raw.unfinished.iter().copied());
    Transcript {
        steps,
        unfinished,
        end: raw.end.clone(),
    }
}

/// What is known of the process so far.
struct Reader<'a> {
    profile: &'a Profile,
    places: Places<'a>,
    live: Live,
}

impl<'a> Reader<'a> {
    fn new(heap_start: u64, profile: &'a Profile) -> Self {
        Self {
            profile,
            places: Places::new(heap_start, profile),
            live: Live::default(),
        }
    }

    fn step(&mut self, recorded: &RawStep) -> Step {
        let system_calls = self
            .places
            .system_calls(recorded.system_calls.iter().copied());
        let result = recorded
            .call
            .returns_pointer()
            .then(|| self.places.place(recorded.result));
        let layout = self.places.layout(&recorded.heap);
        let findings = self.findings(recorded);
        let memory = self.places.memory(recorded);
        Step {
            call: recorded.call,
            outcome: Outcome {
                result,
                system_calls,
                layout,
            },
            findings,
            memory,
        }
    }

    fn findings(&mut self, recorded: &RawStep) -> Vec<Finding> {
        let mut findings: Vec<Finding> =
            recorded.payload.into_iter().map(payload_finding).collect();
        self.live.release(recorded);
        findings.extend(self.live.adopt(recorded, self.profile));
        findings
    }
}

/// What the scenario program found, in the transcript's terms.
pub(crate) fn payload_finding(finding: PayloadFinding) -> Finding {
    let offset = u64::from(finding.offset);
    match finding.kind {
        PayloadFindingKind::Changed => Finding::PayloadChanged {
            block: finding.block,
            offset,
        },
        PayloadFindingKind::NotKept => Finding::NotKept { offset },
        PayloadFindingKind::NotZero => Finding::NotZero { offset },
        PayloadFindingKind::Misaligned => Finding::Misaligned,
        PayloadFindingKind::Overlap => Finding::Overlap {
            other: finding.block,
        },
    }
}

/// What a status says.
pub(crate) fn state(status: i32) -> State {
    match status {
        0 => State::Free,
        1 => State::Used,
        2 => State::Mapped,
        other => State::Unknown(other),
    }
}

fn errno(result: i64) -> Option<Errno> {
    // The kernel's error numbers are the negatives from -4095 on.
    (-4095..0).contains(&result).then(|| Errno(-result as i32))
}

#[cfg(test)]
mod tests;
