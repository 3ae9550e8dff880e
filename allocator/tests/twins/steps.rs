//! Random steps, and the moods they are drawn in.

use osmem::Config;

/// A small generator of random numbers (splitmix64), so that a seed names a run.
#[derive(Clone)]
pub(crate) struct Random(pub u64);

impl Random {
    pub(crate) fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.word()) * bound.max(1) as u128) >> 64) as usize
    }
}

/// One thing that happens to a heap. Live payloads are named by their place in a list.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    Malloc(usize),
    Calloc(usize, usize),
    Realloc(usize, usize),
    Free(usize),
    /// Frees the payload twice, and asks for it to be resized in between (A10).
    FreeTwice(usize),
    /// Other code moves the break up (E5).
    MoveBreak(usize),
    /// One system call is refused, after so many (E3).
    Refuse(usize),
}

/// What random steps are drawn from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mood {
    pub(crate) config: Config,
    /// Heap bytes that the break can reach.
    pub(crate) arena: usize,
    /// Heap bytes that the index is made for.
    pub(crate) indexed: usize,
    /// How many payloads live at a time, about.
    pub(crate) live: usize,
    /// Most requests are smaller than this.
    pub(crate) small: usize,
    /// Requests are never larger than this.
    pub(crate) large: usize,
    /// The size of all payloads, if it is one: they come and go in tides then, and most of them
    /// stay, so that free blocks of that size queue up and are asked for again.
    pub(crate) tide: Option<usize>,
    /// Foreign break moves and refused system calls, of 1000 steps.
    pub(crate) trouble: usize,
    /// Calls between two comparisons of the whole heap.
    pub(crate) every: usize,
}

impl Mood {
    /// The next step, with so many payloads alive. Waves: now more calls that take, now more that
    /// give back.
    pub(crate) fn step(&self, random: &mut Random, call: usize, live: usize) -> Step {
        if random.below(1000) < self.trouble {
            return match random.below(2) {
                0 => Step::MoveBreak(1 + random.below(100)),
                _ => Step::Refuse(random.below(3)),
            };
        }
        if let Some(size) = self.tide {
            return self.tidal(size, random, call, live);
        }
        let wave = call / (4 * self.live.max(1)) % 3;
        let giving = match wave {
            0 => 30,
            1 => 50,
            _ => 75,
        } + if live > self.live { 20 } else { 0 };
        if live > 0 && random.below(100) < giving {
            let at = random.below(live);
            return match random.below(40) {
                0 => Step::FreeTwice(at),
                _ => Step::Free(at),
            };
        }
        let size = self.size(random);
        match random.below(10) {
            0 => Step::Calloc(random.below(5), size / 2),
            1..4 if live > 0 => Step::Realloc(random.below(live), size),
            _ => Step::Malloc(size),
        }
    }

    fn tidal(&self, size: usize, random: &mut Random, call: usize, live: usize) -> Step {
        let giving = match call / 1000 % 2 {
            _ if call < self.live => 0,
            0 => 20,
            _ => 80,
        };
        if random.below(100) < giving && live > 0 {
            return Step::Free(random.below(live));
        }
        Step::Malloc(size)
    }

    fn size(&self, random: &mut Random) -> usize {
        let limits = [self.config.mmap_threshold, self.config.page_size];
        match random.below(200) {
            0 => limits[random.below(2)].saturating_sub(random.below(50)),
            1 => usize::MAX - random.below(64),
            2..14 => random.below(self.large),
            14..40 => 8 * random.below(12),
            _ => random.below(self.small),
        }
    }
}

/// Small numbers, so that a small heap meets every threshold.
pub(crate) const SMALL: Config = Config {
    mmap_threshold: 2048,
    page_size: 512,
    preallocation: 2048,
};

/// Kinds of runs, from small heaps that are compared after every call to large ones.
pub(crate) fn moods() -> Vec<Mood> {
    let small = Mood {
        config: SMALL,
        arena: 1 << 16,
        indexed: 1 << 16,
        live: 24,
        small: 200,
        large: 2100,
        tide: None,
        trouble: 0,
        every: 1,
    };
    let default = Mood {
        config: Config::DEFAULT,
        arena: 8 << 20,
        indexed: 8 << 20,
        live: 100,
        small: 1000,
        large: 140_000,
        tide: None,
        trouble: 0,
        every: 256,
    };
    let large_requests = Config {
        mmap_threshold: 600_000,
        ..Config::DEFAULT
    };
    vec![
        small,
        Mood {
            trouble: 10,
            ..small
        },
        // One size, and a few: ties are decided by the address.
        Mood {
            small: 9,
            large: 60,
            live: 60,
            ..small
        },
        Mood {
            small: 48,
            large: 400,
            live: 40,
            trouble: 3,
            ..small
        },
        // Everything is small: many frees between two searches.
        Mood {
            small: 24,
            large: 50,
            live: 300,
            every: 16,
            ..small
        },
        // The index ends inside the heap.
        Mood {
            indexed: 6000,
            live: 48,
            ..small
        },
        // No room for pending numbers.
        Mood {
            indexed: 0,
            arena: 1 << 14,
            ..small
        },
        default,
        Mood {
            trouble: 5,
            ..default
        },
        Mood {
            live: 30,
            small: 40_000,
            ..default
        },
        Mood {
            indexed: 400_000,
            ..default
        },
        Mood {
            live: 3000,
            tide: Some(64),
            every: 512,
            ..default
        },
        Mood {
            config: large_requests,
            live: 30,
            small: 50_000,
            large: 650_000,
            arena: 32 << 20,
            indexed: 32 << 20,
            every: 1024,
            ..default
        },
    ]
}
