//! Traces: what programs ask of an allocator, made up or recorded, ready before the clock starts.
//!
//! Refuses to know who runs them.

use traces::Trace as Recorded;

/// One call. A slot names a payload; `size` is what is asked for, 0 to free, and `old` what the
/// slot had before, 0 for nothing.
#[derive(Clone, Copy)]
pub(crate) struct Step {
    pub(crate) slot: u32,
    pub(crate) size: u32,
    pub(crate) old: u32,
    /// The payload is to be zero.
    pub(crate) zeroed: bool,
}

/// Calls that build up the live payloads, and calls that are timed.
pub(crate) struct Trace {
    pub(crate) slots: usize,
    pub(crate) warm_up: Vec<Step>,
    pub(crate) timed: Vec<Step>,
    /// Bytes that are live in the end.
    pub(crate) live: usize,
}

impl Trace {
    /// A trace of steps that do not know what their slots had.
    fn new(slots: usize, mut warm_up: Vec<Step>, mut timed: Vec<Step>) -> Trace {
        let mut sizes = vec![0; slots];
        for step in warm_up.iter_mut().chain(&mut timed) {
            step.old = std::mem::replace(&mut sizes[step.slot as usize], step.size);
        }
        Trace {
            slots,
            warm_up,
            timed,
            live: sizes.iter().map(|&size| size as usize).sum(),
        }
    }

    /// The trace of a kind with so many live payloads, or of a program, and at least so many timed
    /// calls.
    pub(crate) fn of(kind: &str, live: usize, calls: usize) -> Trace {
        let made_up = KINDS.iter().find(|(known, ..)| *known == kind);
        if let Some((_, _, make)) = made_up {
            return make(live, calls);
        }
        let recorded = PROGRAMS.iter().find(|(known, ..)| *known == kind);
        let (_, _, file) = recorded.expect("a kind of trace");
        replayed(
            &Recorded::from_bytes(file).expect("a file of this crate"),
            calls,
        )
    }
}

/// Made-up traces: name, what they are like, how one is made of live payloads and timed calls.
pub(crate) type Kind = (&'static str, &'static str, fn(usize, usize) -> Trace);

pub(crate) const KINDS: [Kind; 6] = [
    (
        "random",
        "uniform sizes to 512, any payload is freed",
        random,
    ),
    (
        "realistic",
        "mostly small sizes, mostly short lives",
        realistic,
    ),
    ("lifo", "a stack that empties and fills again", lifo),
    ("fifo", "a queue: the oldest is freed", fifo),
    (
        "fragmenting",
        "every other one is freed, larger ones are asked for",
        fragmenting,
    ),
    ("strings", "buffers that grow by realloc", strings),
];

/// Recorded programs: name, what they did, the file.
pub(crate) const PROGRAMS: [(&str, &str, &[u8]); 5] = [
    (
        "bash",
        "loops, arrays and functions",
        include_bytes!("../../../ref_tests/traces/bash.trace"),
    ),
    (
        "cc1",
        "gcc compiles small functions with -O2",
        include_bytes!("../../../ref_tests/traces/cc1.trace"),
    ),
    (
        "perl",
        "hashes and strings, sorted and split",
        include_bytes!("../../../ref_tests/traces/perl.trace"),
    ),
    (
        "python3",
        "lists, dictionaries, JSON; all objects by malloc",
        include_bytes!("../../../ref_tests/traces/python3.trace"),
    ),
    (
        "sqlite3",
        "a table in memory, an index, queries",
        include_bytes!("../../../ref_tests/traces/sqlite3.trace"),
    ),
];

/// A recorded trace, once to warm up, then as often as it takes to make this many calls. What a
/// program never freed is freed before it starts again.
fn replayed(recorded: &Recorded, calls: usize) -> Trace {
    let (slots, names) = recorded.slots();
    let mut sizes = vec![0; slots as usize];
    let mut round = Vec::new();
    for (call, name) in recorded.steps().iter().zip(names) {
        let Some(slot) = name.map(|slot| slot as usize) else {
            continue; // free(NULL)
        };
        // A payload of no bytes is one of a byte: else there would be nothing to free.
        let size = call.gives().map_or(0, |size| size.max(1) as usize);
        let zeroed = matches!(call, traces::Step::Calloc { .. });
        sizes[slot] = size;
        round.push(Step {
            zeroed,
            ..step(slot, size)
        });
    }
    let left = (0..slots as usize).filter(|&slot| sizes[slot] != 0);
    let mut timed = Vec::with_capacity(calls + 2 * round.len());
    while timed.len() < calls {
        timed.extend(left.clone().map(|slot| step(slot, 0)));
        timed.extend(&round);
    }
    Trace::new(slots as usize, round, timed)
}

struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^= word >> 31;
        ((u128::from(word) * bound as u128) >> 64) as usize
    }

    fn small(&mut self) -> usize {
        1 + self.below(512)
    }

    /// Sizes as programs ask for them: nodes and short strings, some buffers, few large ones.
    fn realistic(&mut self) -> usize {
        const COMMON: [usize; 8] = [16, 24, 32, 32, 40, 48, 56, 64];
        match self.below(1000) {
            0..550 => COMMON[self.below(8)],
            550..850 => 1 + self.below(128),
            850..960 => 128 + self.below(1024),
            960..996 => 1024 + self.below(8192),
            _ => 8192 + self.below(50_000),
        }
    }
}

fn step(slot: usize, size: usize) -> Step {
    Step {
        slot: slot as u32,
        size: size as u32,
        old: 0,
        zeroed: false,
    }
}

fn random(live: usize, calls: usize) -> Trace {
    let mut random = Random(1);
    let warm_up = (0..live).map(|slot| step(slot, random.small())).collect();
    let mut timed = Vec::with_capacity(calls);
    while timed.len() < calls {
        let slot = random.below(live);
        timed.extend([step(slot, 0), step(slot, random.small())]);
    }
    Trace::new(live, warm_up, timed)
}

/// Nine payloads of ten die young: they take one of a few slots each.
fn realistic(live: usize, calls: usize) -> Trace {
    let mut random = Random(2);
    let warm_up = (0..live)
        .map(|slot| step(slot, random.realistic()))
        .collect();
    let young = (live / 20).max(8);
    let mut timed = Vec::with_capacity(calls);
    while timed.len() < calls {
        let slot = match random.below(10) {
            0 => random.below(live),
            _ => random.below(young),
        };
        timed.extend([step(slot, 0), step(slot, random.realistic())]);
    }
    Trace::new(live, warm_up, timed)
}

fn lifo(live: usize, calls: usize) -> Trace {
    let mut random = Random(3);
    let warm_up: Vec<Step> = (0..live).map(|slot| step(slot, random.small())).collect();
    let mut timed = Vec::with_capacity(calls + 2 * live);
    let deep = live / 2;
    while timed.len() < calls {
        timed.extend((live - deep..live).rev().map(|slot| step(slot, 0)));
        timed.extend((live - deep..live).map(|slot| step(slot, random.small())));
    }
    Trace::new(live, warm_up, timed)
}

fn fifo(live: usize, calls: usize) -> Trace {
    let mut random = Random(4);
    let warm_up = (0..live).map(|slot| step(slot, random.small())).collect();
    let mut timed = Vec::with_capacity(calls);
    for slot in (0..live).cycle() {
        if timed.len() >= calls {
            break;
        }
        timed.extend([step(slot, 0), step(slot, random.small())]);
    }
    Trace::new(live, warm_up, timed)
}

/// Holes that are always a little too small.
fn fragmenting(live: usize, calls: usize) -> Trace {
    let mut random = Random(5);
    let warm_up = (0..live)
        .map(|slot| step(slot, 16 + random.below(48)))
        .collect();
    let mut timed = Vec::with_capacity(calls + 2 * live);
    let mut least = 64;
    let mut odd = 0;
    while timed.len() < calls {
        timed.extend((odd..live).step_by(2).map(|slot| step(slot, 0)));
        let larger = |slot| step(slot, least + random.below(32));
        timed.extend((odd..live).step_by(2).map(larger));
        odd = 1 - odd;
        least = if least > 400 { 16 } else { least + 24 };
    }
    Trace::new(live, warm_up, timed)
}

/// Strings that are appended to, dropped at some length, and begun again.
fn strings(live: usize, calls: usize) -> Trace {
    let mut random = Random(6);
    let mut lengths: Vec<usize> = (0..live).map(|_| 8 + random.below(120)).collect();
    let warm_up = lengths.iter().enumerate();
    let warm_up = warm_up.map(|(slot, &size)| step(slot, size)).collect();
    let mut timed = Vec::with_capacity(calls + 2);
    while timed.len() < calls {
        let slot = random.below(live);
        let length = &mut lengths[slot];
        if *length > 600 {
            timed.push(step(slot, 0));
            *length = 8 + random.below(24);
        } else {
            *length += *length / 2 + random.below(16);
        }
        timed.push(step(slot, *length));
    }
    Trace::new(live, warm_up, timed)
}
