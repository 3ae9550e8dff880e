//! A run, call by call: the state that each call found, and in which ways it is right.

use std::mem;

use super::Run;
use super::call::{Answers, Sight, Standard};
use super::reading::{self, Held, Mappings, Reading, Rooms};
use crate::spec::{Mistake, Request, State, Stepped, has_failed, pointee};
use crate::types::{Call, CallNumber, End, Finding, Place, Pointer, Step, SystemCall, Transcript};

/// A call with all that is known of it, while causes are looked for.
pub(super) struct Seen<'a> {
    pub(super) run: usize,
    pub(super) number: CallNumber,
    pub(super) sight: Sight<'a>,
    /// The call on a heap of whole rooms, where it is not right by what headers say.
    pub(super) roomy: Option<Box<Sight<'a>>>,
    pub(super) ways: Vec<Answers>,
    pub(super) canonical: Stepped,
    /// Whether the run is its golden, call for call.
    pub(super) golden: bool,
}

/// All calls of all runs as they were seen in a reading, each with the ways in which it is right.
pub(super) fn sights<'a>(reading: &Reading, runs: &[Run<'a>]) -> Vec<Seen<'a>> {
    let steps = runs.iter().map(|run| run.transcript.steps.len() + 1);
    let mut seen = Vec::with_capacity(steps.sum());
    for (index, run) in runs.iter().enumerate() {
        Walk::new(reading, *run, index).take(&mut seen);
    }
    seen
}

/// What memory holds after each call of a run, in a reading.
#[must_use]
pub fn states(reading: &Reading, run: Run<'_>) -> Vec<State> {
    Walk::new(reading, run, 0).states()
}

/// A run, call by call.
struct Walk<'r, 'a> {
    reading: &'r Reading,
    run: Run<'a>,
    index: usize,
    places: Vec<Place>,
    held: Vec<Held>,
    /// Whether two blocks that are held share bytes.
    shared: bool,
    mappings: Mappings,
    before: State,
    golden: bool,
    /// Where the memory of other code ends that moved the break; 0 before it did.
    foreign_end: u64,
    /// Whether the heap has been grown by the submission.
    started: bool,
    /// Whether a system call has failed yet: before that, an injected run repeats another one.
    failed: bool,
}

impl<'r, 'a> Walk<'r, 'a> {
    fn new(reading: &'r Reading, run: Run<'a>, index: usize) -> Self {
        Self {
            reading,
            run,
            index,
            places: Vec::new(),
            held: Vec::new(),
            shared: false,
            mappings: Mappings::default(),
            before: State::new(reading.profile.header),
            golden: run.equals_golden(),
            failed: !run.injected,
            foreign_end: 0,
            started: false,
        }
    }

    fn states(mut self) -> Vec<State> {
        let start = mem::replace(&mut self.before, State::new(0));
        let mut states: Vec<State> = Vec::new();
        for (position, step) in self.run.transcript.steps.iter().enumerate() {
            self.mappings.note(&step.outcome.system_calls);
            self.note_result(position, &step.call, step.outcome.result);
            let after = self.after(step, states.last().unwrap_or(&start));
            states.push(after);
        }
        states
    }

    fn take(mut self, seen: &mut Vec<Seen<'a>>) {
        let Transcript {
            steps,
            unfinished,
            end,
        } = self.run.transcript;
        for (position, step) in steps.iter().enumerate() {
            let request = self.request(&step.call);
            let calls = &step.outcome.system_calls;
            let before = mem::replace(&mut self.before, State::new(0));
            let doubtful = self.is_doubtful(&before);
            self.mappings.note(calls);
            self.note_result(position, &step.call, step.outcome.result);
            if position + 1 < self.run.from {
                continue;
            }
            let after = self.after(step, &before);
            self.failed |= calls.iter().any(has_failed);
            let foreign = matches!(step.call, Call::MoveBreak { .. });
            if foreign {
                self.foreign_end = after.heap.end;
            }
            let findings = self.findings(step);
            let judged = position >= self.run.from && self.failed;
            if judged && !(foreign && findings.is_empty()) {
                let sight = Sight {
                    request,
                    before,
                    system_calls: calls,
                    result: step.outcome.result,
                    findings,
                    after: Some(after.clone()),
                    end: None,
                    message: self.run.message,
                    injected: self.run.injected,
                    doubtful,
                };
                self.judge(position, sight, seen);
            }
            self.before = after;
        }
        self.take_end(unfinished, end, seen);
    }

    /// The call in which the process ended.
    fn take_end(mut self, unfinished: &'a [SystemCall], end: &'a End, seen: &mut Vec<Seen<'a>>) {
        let position = self.run.transcript.steps.len();
        let Some(call) = self.run.calls.get(position) else {
            return;
        };
        if matches!(end, End::Finished(_) | End::NotLoaded { .. }) {
            return;
        }
        // What a call returned was used before the next one began: it is that call's end.
        let number = CallNumber(u32::try_from(position).unwrap_or(u32::MAX));
        let last = seen.last_mut().filter(|last| last.run == self.index);
        if let Some(last) = last.filter(|last| last.number == number)
            && end.moment().is_some_and(|moment| moment.number == number)
        {
            last.sight.end = Some(end);
            *last = self.look(number, last.sight.clone());
            return;
        }
        let request = self.request(call);
        let before = mem::replace(&mut self.before, State::new(0));
        let doubtful = self.is_doubtful(&before);
        let sight = Sight {
            request,
            before,
            system_calls: unfinished,
            result: None,
            findings: Vec::new(),
            after: None,
            end: Some(end),
            message: self.run.message,
            injected: self.run.injected,
            doubtful,
        };
        self.judge(position, sight, seen);
    }

    fn standard(&self) -> Standard<'r> {
        Standard {
            reading: self.reading,
            settled: None,
        }
    }

    fn judge(&self, position: usize, sight: Sight<'a>, seen: &mut Vec<Seen<'a>>) {
        let number = CallNumber(u32::try_from(position + 1).unwrap_or(u32::MAX));
        seen.push(self.look(number, sight));
    }

    /// Compares a call with the sizes in the headers; where it is not right by them, with the room that
    /// the blocks really have.
    fn look(&self, number: CallNumber, sight: Sight<'a>) -> Seen<'a> {
        let standard = self.standard();
        let (mut ways, mut canonical) = standard.right(&sight);
        let profile = &self.reading.profile;
        let roomy = if ways.is_empty() {
            sight.roomy(profile)
        } else {
            None
        };
        if let Some(roomy) = &roomy {
            let (others, other) = standard.right(roomy);
            ways = others;
            let known = |mistake: &Mistake| canonical.differing.contains(mistake);
            let new: Vec<Mistake> = other
                .differing
                .into_iter()
                .filter(|it| !known(it))
                .collect();
            canonical.differing.extend(new);
        }
        Seen {
            run: self.index,
            number,
            sight,
            roomy,
            ways,
            canonical,
            golden: self.golden,
        }
    }

    fn request(&self, call: &Call) -> Request {
        Request::of(call, |pointer| pointee(&self.places, pointer))
    }

    fn after(&mut self, step: &Step, before: &State) -> State {
        let Mappings { list, made } = &self.mappings;
        let mut after = self.reading.state(&step.memory, &self.held, list, *made);
        if self.reading.rooms == Rooms::Blind {
            let profile = &self.reading.profile;
            after.heap = reading::blind(profile, &step.memory, &self.held, &before.heap);
        }
        self.started |= after.heap.started;
        after.heap.started = self.started;
        after.heap.calloc_only = before.heap.calloc_only && !self.takes_but_for_calloc(step);
        // A process that has not grown its heap yet has none to read.
        if step.memory.regions.is_empty() {
            after.heap.gaps.clone_from(&before.heap.gaps);
        }
        after
    }

    /// Whether a call has taken a block from the heap, and is not `os_calloc`.
    fn takes_but_for_calloc(&self, step: &Step) -> bool {
        let result = step.outcome.result;
        matches!(result, Some(Place::Heap(_)))
            && match self.request(&step.call) {
                Request::Calloc { .. } => false,
                Request::Realloc { target, .. } => Some(target) != result,
                _ => true,
            }
    }

    fn note_result(&mut self, position: usize, call: &Call, result: Option<Place>) {
        let place = result.unwrap_or(Place::Null);
        if let Some(Pointer::Of(gone)) = call.released(place == Place::Null) {
            // Another held block may lie at the same place. It stays held, unless the freed block was
            // freed before.
            let is_it = |held: &Held| held.call + 1 == gone.0 as usize;
            let place = pointee(&self.places, Pointer::Of(gone));
            match self.held.iter().position(is_it) {
                Some(at) => {
                    self.held.remove(at);
                }
                None => self.held.retain(|held| held.place != place),
            }
            self.shared = self.shared && self.shares();
        }
        self.places.push(place);
        if let Some(size) = reading::asked(call).filter(|_| place != Place::Null) {
            self.shared |= self
                .held
                .iter()
                .any(|held| share_bytes((place, size), (held.place, held.size)) == Some(true));
            self.held.push(Held {
                call: position,
                place,
                size,
            });
        }
    }

    /// What is wrong with payloads after a call.
    fn findings(&self, step: &Step) -> Vec<Finding> {
        let mut findings = step.findings.clone();
        findings.retain(|finding| match finding {
            // The process compares with the header's length that the assignment has.
            Finding::Overlap { other } => self.overlaps(step, *other),
            _ => true,
        });
        let place = step.outcome.result.unwrap_or(Place::Null);
        let size = reading::asked(&step.call).unwrap_or(0);
        let inside = match place {
            _ if size == 0 => true,
            Place::Null => true,
            Place::Elsewhere => false,
            Place::Heap(payload) => {
                let end = payload.saturating_add(size);
                let mut regions = step.memory.regions.iter();
                regions.any(|region| region.start <= payload && end <= region.end)
            }
            Place::Mapping(number, offset) => {
                let mut live = self.mappings.list.iter();
                let mapping = live.find(|mapping| mapping.number == number);
                let length = mapping.map_or(0, |it| self.reading.profile.whole_pages(it.length));
                offset.saturating_add(size) <= length
            }
        };
        if !inside {
            findings.push(Finding::OutOfBounds);
        }
        findings
    }

    /// Whether what a call returned overlaps the payload of the block that another call returned.
    fn overlaps(&self, step: &Step, other: CallNumber) -> bool {
        let size = reading::asked(&step.call).unwrap_or(0);
        let returned = step.outcome.result.unwrap_or(Place::Null);
        let number = (other.0 as usize).wrapping_sub(1);
        let mut held = self.held.iter().filter(|held| held.call == number);
        held.any(|held| share_bytes((returned, size), (held.place, held.size)).unwrap_or(true))
    }

    /// Whether two blocks that are held share bytes.
    fn shares(&self) -> bool {
        let held = self.held.iter();
        let mut held: Vec<(Place, u64)> = held.map(|held| (held.place, held.size)).collect();
        held.sort_unstable();
        let mut neighbours = held.windows(2);
        neighbours.any(|two| share_bytes(two[0], two[1]) == Some(true))
    }

    /// Whether a block that is held is free, gone or overlapped, or memory of other code is gone.
    fn is_doubtful(&self, before: &State) -> bool {
        if self.shared || before.heap.end < self.foreign_end {
            return true;
        }
        let header = self.reading.profile.header;
        let blocks = &before.heap.blocks;
        self.reading.rooms != Rooms::Blind
            && self.held.iter().any(|held| match held.place {
                Place::Heap(payload) => {
                    let at = payload
                        .checked_sub(header)
                        .and_then(|start| blocks.at(start));
                    let Some(at) = at else { return true };
                    let next = blocks.get(at + 1).map_or(before.heap.end, |it| it.start);
                    blocks[at].free || payload.saturating_add(held.size) > next
                }
                Place::Mapping(number, _) => before.mapping(number).is_none(),
                Place::Null | Place::Elsewhere => true,
            })
    }
}

/// Whether two blocks, with their sizes, share bytes; `None` where their places cannot be compared.
fn share_bytes(one: (Place, u64), two: (Place, u64)) -> Option<bool> {
    match (one.0, two.0) {
        (Place::Heap(first), Place::Heap(second)) => {
            Some(first < second.saturating_add(two.1) && second < first.saturating_add(one.1))
        }
        (Place::Mapping(first, _), Place::Mapping(second, _)) => Some(first == second),
        _ => None,
    }
}
