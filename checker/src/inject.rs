//! Which of the submission's own system calls fail (E3).

use std::fmt;

use crate::types::MemoryCall;

impl MemoryCall {
    /// How many kinds there are.
    const COUNT: usize = 3;

    /// Whether it asks for memory.
    const fn asks(self) -> bool {
        matches!(self, Self::Brk | Self::Mmap)
    }
}

/// A limit of the kernel's on the memory of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Limit {
    /// `RLIMIT_DATA`: the break and private writable mappings.
    Data,
    /// `RLIMIT_AS`: all of the address space.
    AddressSpace,
}

/// The system calls that fail in a run. The submission's own calls are counted from 1, foreign
/// moves of the break are not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Injection {
    failing: Option<Failing>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Failing {
    which: Which,
    first: u32,
    count: u32,
}

/// Among which calls those that fail are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Which {
    Any,
    Only(MemoryCall),
    /// Those that ask for memory: the process has the limit from the first on.
    Asking(Limit),
}

impl Injection {
    /// Nothing fails, except requests that no system can grant.
    pub const NONE: Self = Self { failing: None };

    /// The calls `first`, `first + 1`, … (`count` of them) fail: counted among those of `kind`, or
    /// among all of them.
    pub const fn failing(kind: Option<MemoryCall>, first: u32, count: u32) -> Self {
        let which = match kind {
            Some(kind) => Which::Only(kind),
            None => Which::Any,
        };
        Self::of(which, first, count)
    }

    /// The process meets this limit at the call `first` of those that ask for memory, and gets no
    /// more from then on. What it gives back does not help.
    pub const fn limited(limit: Limit, first: u32) -> Self {
        Self::of(Which::Asking(limit), first, u32::MAX)
    }

    const fn of(which: Which, first: u32, count: u32) -> Self {
        let failing = Some(Failing {
            which,
            first,
            count,
        });
        Self { failing }
    }

    /// Whether something is made to fail.
    pub const fn is_active(&self) -> bool {
        self.failing.is_some()
    }

    /// The limit of the kernel's by which calls fail; `None` where they are refused one by one.
    pub const fn limit(&self) -> Option<Limit> {
        match self.failing {
            Some(Failing {
                which: Which::Asking(limit),
                ..
            }) => Some(limit),
            _ => None,
        }
    }
}

/// The system calls for memory of a run, counted as an [`Injection`] counts them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counter([u32; MemoryCall::COUNT]);

impl Counter {
    /// Counts one more call, and says whether it fails.
    pub fn fails(&mut self, kind: MemoryCall, injection: Injection) -> bool {
        self.0[kind as usize] += 1;
        let Some(failing) = injection.failing else {
            return false;
        };
        let number = match failing.which {
            Which::Any => self.0.iter().sum(),
            Which::Only(wanted) if wanted == kind => self.of(kind),
            Which::Asking(_) if kind.asks() => self.of(MemoryCall::Brk) + self.of(MemoryCall::Mmap),
            Which::Only(_) | Which::Asking(_) => return false,
        };
        number
            .checked_sub(failing.first)
            .is_some_and(|past| past < failing.count)
    }

    const fn of(&self, kind: MemoryCall) -> u32 {
        self.0[kind as usize]
    }
}

/// Such as `move of the break number 2 fails`; nothing when nothing does.
impl fmt::Display for Injection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(Failing {
            which,
            first,
            count,
        }) = self.failing
        else {
            return Ok(());
        };
        let what = match which {
            Which::Only(MemoryCall::Brk) => "move of the break",
            Which::Only(MemoryCall::Mmap) => "mmap",
            Which::Only(MemoryCall::Munmap) => "munmap",
            Which::Any => "system call for memory",
            Which::Asking(limit) => {
                return write!(
                    f,
                    "{limit} allows no more memory from request number {first} on"
                );
            }
        };
        match count {
            1 => write!(f, "{what} number {first} fails"),
            _ => write!(f, "every {what} from number {first} on fails"),
        }
    }
}

/// Its name in the manual.
impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Data => "RLIMIT_DATA",
            Self::AddressSpace => "RLIMIT_AS",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use MemoryCall::{Brk, Mmap, Munmap};

    /// Which of the calls fail.
    fn failing(injection: Injection, calls: &[MemoryCall]) -> Vec<usize> {
        let mut counter = Counter::default();
        let numbered = (1..).zip(calls);
        numbered
            .filter(|&(_, &kind)| counter.fails(kind, injection))
            .map(|(number, _)| number)
            .collect()
    }

    #[test]
    fn calls_are_counted_among_their_kind_or_all() {
        const CALLS: [MemoryCall; 6] = [Brk, Mmap, Brk, Munmap, Brk, Mmap];
        let cases = [
            (Injection::NONE, vec![]),
            (Injection::failing(Some(Brk), 2, 1), vec![3]),
            (Injection::failing(Some(Mmap), 1, 9), vec![2, 6]),
            (Injection::failing(Some(Munmap), 2, 1), vec![]),
            (Injection::failing(None, 3, 2), vec![3, 4]),
            (Injection::limited(Limit::Data, 3), vec![3, 5, 6]),
            (Injection::limited(Limit::AddressSpace, 5), vec![6]),
        ];
        for (injection, expected) in cases {
            assert_eq!(failing(injection, &CALLS), expected, "{injection}");
        }
    }

    #[test]
    fn it_is_told_in_words() {
        let told = |injection: Injection| injection.to_string();
        assert_eq!(told(Injection::NONE), "");
        let second = Injection::failing(Some(Brk), 2, 1);
        assert_eq!(told(second), "move of the break number 2 fails");
        let all = Injection::failing(None, 1, 2);
        let sentence = "every system call for memory from number 1 on fails";
        assert_eq!(told(all), sentence);
        let limited = Injection::limited(Limit::Data, 4);
        let sentence = "RLIMIT_DATA allows no more memory from request number 4 on";
        assert_eq!(told(limited), sentence);
        assert!(limited.is_active() && !Injection::NONE.is_active());
        assert_eq!((limited.limit(), second.limit()), (Some(Limit::Data), None));
    }
}
