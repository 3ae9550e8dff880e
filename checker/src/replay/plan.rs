//! A trace as calls of the four functions.

use ref_tests::tape::CAPACITY;
use traces::{CallNumber as Made, Step, Trace};

use crate::spec::{self, Choices, Follower};
use crate::types::{Call, CallNumber, Pointer, Profile, SystemCall};

/// Which sizes are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sizes {
    /// Those of the trace, rounded where the assignment leaves open what happens: up to a multiple
    /// of the alignment (B1: a header may hold n or align(n)), and down to the largest that surely
    /// comes from the heap (V1 to V3: where exactly the threshold lies).
    Judged,
    /// Those of the trace. A submission that makes a permitted choice can then be blamed wrongly.
    Exact,
}

/// How far a trace is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Most calls; the capacity of the tape is a limit too.
    pub calls: usize,
    /// Most bytes of heap, by the specification. A larger one is not read.
    pub heap: u64,
    /// Most bytes that are live at the same time.
    pub live: u64,
}

impl Bounds {
    /// The bounds where a process may have this many bytes of address space.
    pub const fn within(memory: u64) -> Self {
        Self {
            calls: CAPACITY,
            heap: 60 << 20,
            live: memory / 2,
        }
    }
}

/// Why a trace is not played to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// It has more calls.
    Calls,
    /// The heap would become too large to be read.
    Heap,
    /// More memory is live than the process may have.
    Live,
}

impl Cut {
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Calls => "more are not played",
            Self::Heap => "then the heap is too large to be read from outside",
            Self::Live => "then more memory is live than the process may have",
        }
    }
}

/// A trace as a sequence of calls.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The calls; call k stands for call k of the trace.
    pub calls: Vec<Call>,
    /// How many calls ask for another size than in the trace.
    pub rounded: usize,
    /// Why there are fewer than in the trace.
    pub cut: Option<Cut>,
}

impl Plan {
    /// The calls of a trace, as far as the bounds allow.
    pub fn of(trace: &Trace, profile: &Profile, sizes: Sizes, bounds: &Bounds) -> Self {
        let length = trace.steps().len();
        let (playable, cut) = playable(trace, bounds);
        let calls = trace.steps()[..playable].iter();
        let mut calls: Vec<Call> = calls.map(|step| call(trace, step)).collect();
        let mut rounded = 0;
        if sizes == Sizes::Judged {
            for call in &mut calls {
                let judged = judged(profile, *call);
                rounded += usize::from(judged != *call);
                *call = judged;
            }
        }
        let mut plan = Self {
            calls,
            rounded,
            cut: cut.filter(|_| playable < length),
        };
        plan.bound_heap(profile, bounds);
        plan
    }

    /// Leaves out what comes when the heap has become too large.
    fn bound_heap(&mut self, profile: &Profile, bounds: &Bounds) {
        let asked = self.calls.iter().map(|call| needed(profile, *call));
        // An upper bound, as if no block were ever reused.
        if asked.fold(profile.preallocation, u64::saturating_add) <= bounds.heap {
            return;
        }
        let choices = Choices::canonical(profile);
        let mut follower = Follower::new(profile, &choices);
        let mut heap = 0_i64;
        let too_large = self.calls.iter().position(|call| {
            for system_call in follower.call(call).1 {
                if let SystemCall::Brk { delta, .. } = system_call {
                    heap += delta;
                }
            }
            heap > bounds.heap as i64
        });
        if let Some(index) = too_large {
            self.calls.truncate(index);
            self.cut = Some(Cut::Heap);
        }
    }
}

/// How many calls can be played, and why no more.
fn playable(trace: &Trace, bounds: &Bounds) -> (usize, Option<Cut>) {
    let most = bounds.calls.min(CAPACITY);
    let mut live = 0_u64;
    for (index, step) in trace.steps().iter().enumerate() {
        if index >= most {
            return (index, Some(Cut::Calls));
        }
        let ended = step.ends().and_then(|made| given(trace, made));
        live = live.saturating_sub(ended.unwrap_or(0));
        live = live.saturating_add(step.gives().unwrap_or(0));
        if live > bounds.live {
            return (index, Some(Cut::Live));
        }
    }
    (trace.steps().len(), None)
}

/// The bytes that a call of the trace gave.
fn given(trace: &Trace, Made(number): Made) -> Option<u64> {
    trace.steps()[number as usize - 1].gives()
}

fn call(trace: &Trace, step: &Step) -> Call {
    // Of nothing the four functions give NULL (A1).
    let pointer = |pointer: Option<Made>| match pointer {
        Some(made) if given(trace, made) != Some(0) => Pointer::Of(CallNumber(made.0)),
        _ => Pointer::Null,
    };
    match *step {
        Step::Malloc { size } => Call::Malloc { size },
        Step::Calloc { count, size } => Call::Calloc { count, size },
        Step::Realloc { pointer: old, size } => Call::Realloc {
            pointer: pointer(old),
            size,
        },
        Step::Free { pointer: old } => Call::Free {
            pointer: pointer(old),
        },
    }
}

/// The call with a size about which the assignment leaves nothing open.
fn judged(profile: &Profile, call: Call) -> Call {
    let round = |cut, size| rounded(profile, cut, size);
    match call {
        Call::Malloc { size } => Call::Malloc {
            size: round(spec::Cut::Malloc, size),
        },
        Call::Realloc { pointer, size } => Call::Realloc {
            pointer,
            size: round(spec::Cut::ReallocHeap, size),
        },
        Call::Calloc { count, size } => {
            let product = count.saturating_mul(size);
            match round(spec::Cut::Calloc, product) {
                same if same == product => call,
                other => Call::Calloc {
                    count: 1,
                    size: other,
                },
            }
        }
        Call::Free { .. } | Call::MoveBreak { .. } => call,
    }
}

fn rounded(profile: &Profile, cut: spec::Cut, size: u64) -> u64 {
    let size = profile.align(size).unwrap_or(size);
    let band = cut.band(profile);
    match band.contains(&size) && size < *band.end() {
        true => (band.start() - 1) / profile.alignment * profile.alignment,
        false => size,
    }
}

/// The most bytes of heap that a call can make necessary.
fn needed(profile: &Profile, call: Call) -> u64 {
    let size = call.size().filter(|size| *size < profile.mmap_threshold);
    size.and_then(|size| profile.total(size)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use traces::LeftOut;

    const PROFILE: Profile = Profile::DEFAULT;

    fn plan(steps: &[Step], sizes: Sizes, bounds: &Bounds) -> Plan {
        let trace = Trace::new("p", LeftOut::default(), steps.to_vec()).unwrap();
        Plan::of(&trace, &PROFILE, sizes, bounds)
    }

    fn wide() -> Bounds {
        Bounds::within(1 << 30)
    }

    #[test]
    fn pointers_to_nothing_are_null() {
        let pointer = Some(Made(1));
        let steps = [Step::Malloc { size: 0 }, Step::Realloc { pointer, size: 8 }];
        let calls = plan(&steps, Sizes::Exact, &wide()).calls;
        let grown = Call::Realloc {
            pointer: Pointer::Null,
            size: 8,
        };
        assert_eq!(calls, [Call::Malloc { size: 0 }, grown]);
    }

    #[test]
    fn open_questions_are_not_asked() {
        let steps = [
            Step::Malloc { size: 13 },
            Step::Malloc { size: 131_040 },
            Step::Malloc { size: 131_072 },
            Step::Calloc { count: 3, size: 5 },
            Step::Calloc {
                count: 2,
                size: 2032,
            },
            Step::Calloc { count: 4, size: 8 },
        ];
        let plan = plan(&steps, Sizes::Judged, &wide());
        let malloc = |size| Call::Malloc { size };
        let calloc = |count, size| Call::Calloc { count, size };
        let expected = [
            malloc(16),
            malloc(131_032),
            malloc(131_072),
            calloc(1, 16),
            calloc(1, 4056),
            calloc(4, 8),
        ];
        assert_eq!(plan.calls, expected);
        assert_eq!(plan.rounded, 4);
    }

    #[test]
    fn what_is_too_much_is_cut_off() {
        let steps = [Step::Malloc { size: 100_000 }; 40];
        let cut_at = |bounds| {
            let plan = plan(&steps, Sizes::Judged, &bounds);
            (plan.calls.len(), plan.cut)
        };
        assert_eq!(cut_at(wide()), (40, None));
        let calls = Bounds { calls: 7, ..wide() };
        assert_eq!(cut_at(calls), (7, Some(Cut::Calls)));
        let live = Bounds {
            live: 1_000_000,
            ..wide()
        };
        assert_eq!(cut_at(live), (10, Some(Cut::Live)));
        let heap = Bounds {
            heap: 1_000_000,
            ..wide()
        };
        assert_eq!(cut_at(heap), (9, Some(Cut::Heap)));
    }
}
