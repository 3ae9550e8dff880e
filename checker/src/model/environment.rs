//! Which of the submission's own system calls fail (E3).

use std::fmt;

/// A kind of system call for memory. Queries of the break are none (V9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MemoryCall {
    /// A move of the break.
    Brk,
    /// `mmap`.
    Mmap,
    /// `munmap`.
    Munmap,
}

/// The system calls that fail in a run. The submission's own calls are counted from 1, foreign
/// moves of the break are not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Environment {
    failing: Option<Failing>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Failing {
    kind: Option<MemoryCall>,
    first: u32,
    count: u32,
}

impl Environment {
    /// Nothing fails, but what no system can grant.
    pub const KIND: Self = Self { failing: None };

    /// The calls `first`, `first + 1`, … (`count` of them) fail: counted among those of `kind`, or
    /// among all of them.
    #[must_use]
    pub const fn failing(kind: Option<MemoryCall>, first: u32, count: u32) -> Self {
        Self {
            failing: Some(Failing { kind, first, count }),
        }
    }

    /// Whether something is made to fail.
    #[must_use]
    pub const fn is_harsh(&self) -> bool {
        self.failing.is_some()
    }

    /// Whether this call fails: the `nth` of its kind and the `nth_of_all`.
    #[must_use]
    pub(crate) fn fails(&self, kind: MemoryCall, nth: u32, nth_of_all: u32) -> bool {
        let Some(failing) = self.failing else {
            return false;
        };
        let number = match failing.kind {
            Some(wanted) if wanted == kind => nth,
            Some(_) => return false,
            None => nth_of_all,
        };
        number
            .checked_sub(failing.first)
            .is_some_and(|past| past < failing.count)
    }
}

/// Such as `move of the break 2 fails`; nothing when nothing does.
impl fmt::Display for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(Failing { kind, first, count }) = self.failing else {
            return Ok(());
        };
        let what = match kind {
            Some(MemoryCall::Brk) => "move of the break",
            Some(MemoryCall::Mmap) => "mmap",
            Some(MemoryCall::Munmap) => "munmap",
            None => "system call for memory",
        };
        match count {
            1 => write!(f, "{what} number {first} fails"),
            _ => write!(f, "every {what} from number {first} on fails"),
        }
    }
}
