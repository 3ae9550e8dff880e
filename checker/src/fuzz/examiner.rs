//! Compares a sequence with the model while it is played.

use std::ops::ControlFlow;

use crate::judge;
use crate::model::{Choices, FaultSet, Reply, Simulation};
use crate::tracer::{Listener, Look, Stretch};
use crate::transcript::{self, Places};
use crate::types::{
    Call, CallNumber, Finding, Header, Layout, Outcome, Place, Pointer, Profile, Step, SystemCall,
};

/// The first call that differs from the model.
#[derive(Clone, Debug)]
pub(super) struct Suspect {
    /// Its index, from 0.
    pub(super) index: usize,
    /// What it did; its layout is the model's when the heap was not looked at.
    pub(super) step: Step,
    /// Whether the heap was looked at right before it and right after.
    pub(super) exact: bool,
}

/// Listens to a sequence until something differs.
pub(super) struct Examiner<'a> {
    profile: &'a Profile,
    calls: &'a [Call],
    simulation: Simulation,
    places: Places<'a>,
    /// What differs.
    pub(super) suspect: Option<Suspect>,
    /// So many calls were made before the last stop, and all was well with them.
    pub(super) sound: usize,
}

impl<'a> Examiner<'a> {
    pub(super) fn new(profile: &'a Profile, choices: &Choices, calls: &'a [Call]) -> Self {
        Self {
            profile,
            calls,
            simulation: Simulation::new(profile, choices, FaultSet::NONE),
            places: Places::new(0, profile),
            suspect: None,
            sound: 0,
        }
    }

    fn examine(&mut self, stretch: &Stretch<'_>) -> Option<Suspect> {
        let mut raw = stretch.system_calls.iter().peekable();
        let last = stretch.first + stretch.results.len();
        for (index, &address) in (stretch.first..).zip(stretch.results) {
            let own = std::iter::from_fn(|| raw.next_if(|(made_by, _)| *made_by <= index));
            let system_calls = self.places.system_calls(own.map(|&(_, call)| call));
            let seen = self.seen(index, address, system_calls);
            let expected = self.simulation.call(&self.calls[index]);
            let differs = seen.result != expected.result
                || !judge::same_system_calls(&seen.system_calls, &expected.system_calls);
            let look = stretch.look.filter(|_| index + 1 == last);
            let damaged = look.is_some() && stretch.damage.is_some();
            if differs || damaged || look.is_some_and(|look| !self.is_sound(&look)) {
                let exact = look.is_some() && stretch.results.len() == 1;
                let step = self.step(index, address, seen, stretch, look);
                return Some(Suspect { index, step, exact });
            }
        }
        None
    }

    fn seen(&self, index: usize, address: u64, system_calls: Vec<SystemCall>) -> Reply {
        let returns = self.calls[index].returns_pointer();
        let result = returns.then(|| self.places.place(address));
        Reply {
            result,
            system_calls,
        }
    }

    /// Whether the heap and the mappings' headers are as the model says.
    fn is_sound(&self, look: &Look<'_>) -> bool {
        let blocks = self.simulation.blocks();
        let headers = &look.heap.headers;
        let same = |(header, block): (&Header, crate::types::Block)| {
            self.profile.align(header.size) == Some(block.size)
                && transcript::state(header.status) == block.state
        };
        look.heap.broken.is_none()
            && headers.len() == blocks.len()
            && headers.iter().zip(blocks).all(same)
            && self.link_finding(look).is_none()
            && self.mapping_finding(look).is_none()
    }

    fn link_finding(&self, look: &Look<'_>) -> Option<Finding> {
        let heap_start = self.places.heap_start();
        transcript::link_finding(&look.heap.headers, look.mappings, heap_start)
    }

    /// The first mapping whose header is not that of its block (B1, D1).
    fn mapping_finding(&self, look: &Look<'_>) -> Option<Finding> {
        look.mappings.iter().find_map(|header| {
            let place = self.places.place(header.address);
            let Place::Mapping(number, 0) = place else {
                return None;
            };
            let length = self.simulation.mapped_length(number)?;
            let reason = mapping_complaint(self.profile, header, length)?;
            let block = self.owner(Place::Mapping(number, self.profile.header))?;
            Some(Finding::Header { block, reason })
        })
    }

    /// The last call that returned this place.
    fn owner(&self, place: Place) -> Option<CallNumber> {
        let calls = u32::try_from(self.calls.len()).ok()?;
        let mut numbers = (1..=calls).rev().map(CallNumber);
        numbers.find(|&number| self.simulation.pointee(Pointer::Of(number)) == place)
    }

    fn step(
        &self,
        index: usize,
        address: u64,
        seen: Reply,
        stretch: &Stretch<'_>,
        look: Option<Look<'_>>,
    ) -> Step {
        let call = self.calls[index];
        let layout = match look {
            Some(look) => self.places.layout(look.heap),
            None => Layout::Blocks(self.simulation.layout()),
        };
        let mut findings = Vec::new();
        if let Some(look) = look {
            findings.extend(stretch.damage.map(transcript::payload_finding));
            findings.extend(self.mapping_finding(&look));
            if look.heap.broken.is_none() {
                findings.extend(self.link_finding(&look));
            }
        }
        let end = address.saturating_add(payload_size(call));
        let start = address.wrapping_sub(self.profile.header);
        if address != 0 && call.returns_pointer() && !self.places.contain(start, end) {
            findings.push(Finding::OutOfBounds);
        }
        Step {
            call,
            outcome: Outcome {
                result: seen.result,
                system_calls: seen.system_calls,
                layout,
            },
            findings,
            memory: crate::types::Memory::default(),
        }
    }
}

impl Listener for Examiner<'_> {
    fn start(&mut self, heap: u64) {
        self.places = Places::new(heap, self.profile);
    }

    fn stretch(&mut self, stretch: &Stretch<'_>) -> ControlFlow<()> {
        self.suspect = self.examine(stretch);
        if self.suspect.is_some() {
            return ControlFlow::Break(());
        }
        if stretch.look.is_some() {
            self.sound = stretch.first + stretch.results.len();
        }
        ControlFlow::Continue(())
    }
}

fn mapping_complaint(profile: &Profile, header: &Header, length: u64) -> Option<String> {
    const MAPPED: i32 = 2;
    if header.status != MAPPED {
        let status = header.status;
        return Some(format!(
            "its header says status {status} though it is mapped"
        ));
    }
    let said = profile.total(header.size);
    (said != Some(length)).then(|| {
        let due = length - profile.header;
        format!("its header says {} bytes, it has {due}", header.size)
    })
}

fn payload_size(call: Call) -> u64 {
    match call {
        Call::Malloc { size } | Call::Realloc { size, .. } => size,
        Call::Calloc { count, size } => count.saturating_mul(size),
        Call::Free { .. } | Call::MoveBreak { .. } => 0,
    }
}
