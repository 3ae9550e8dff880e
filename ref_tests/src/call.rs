//! The calls that a scenario makes, as data without addresses.

/// The number of a call within its scenario, from 1. A pointer is named after the call that
/// returned it: `p3` is what call 3 returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CallNumber(pub u32);

/// A pointer argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Pointer {
    /// `NULL`.
    Null,
    /// What the named call returned.
    Of(CallNumber),
}

/// One step of a scenario: a call of one of the four functions, or something that other code
/// does to the process between two calls. Sizes are in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Call {
    /// `os_malloc(size)`.
    Malloc {
        /// Bytes asked for.
        size: u64,
    },
    /// `os_calloc(count, size)`.
    Calloc {
        /// Number of elements.
        count: u64,
        /// Bytes of each.
        size: u64,
    },
    /// `os_realloc(pointer, size)`.
    Realloc {
        /// The block to resize.
        pointer: Pointer,
        /// Bytes asked for.
        size: u64,
    },
    /// `os_free(pointer)`.
    Free {
        /// The block to free.
        pointer: Pointer,
    },
    /// Other code moves the break up by `bytes` (E5).
    MoveBreak {
        /// How far.
        bytes: u64,
    },
}

impl Pointer {
    /// What was returned as many calls later.
    pub const fn later(self, calls: u32) -> Self {
        match self {
            Self::Null => Self::Null,
            Self::Of(CallNumber(number)) => Self::Of(CallNumber(number + calls)),
        }
    }
}

impl Call {
    /// The C function's name; `(foreign brk)` for a step that is none.
    pub const fn function(&self) -> &'static str {
        match self {
            Self::Malloc { .. } => "os_malloc",
            Self::Calloc { .. } => "os_calloc",
            Self::Realloc { .. } => "os_realloc",
            Self::Free { .. } => "os_free",
            Self::MoveBreak { .. } => "(foreign brk)",
        }
    }

    /// Bytes that it asks for; `None` for a step that asks for none, and for a product that overflows.
    pub const fn size(&self) -> Option<u64> {
        match *self {
            Self::Malloc { size } | Self::Realloc { size, .. } => Some(size),
            Self::Calloc { count, size } => count.checked_mul(size),
            Self::Free { .. } | Self::MoveBreak { .. } => None,
        }
    }

    /// The pointer that it is given.
    pub const fn argument(&self) -> Option<Pointer> {
        match *self {
            Self::Realloc { pointer, .. } | Self::Free { pointer } => Some(pointer),
            Self::Malloc { .. } | Self::Calloc { .. } | Self::MoveBreak { .. } => None,
        }
    }

    /// The same with the pointer that it is given changed.
    pub fn with_argument(self, change: impl Fn(Pointer) -> Pointer) -> Self {
        match self {
            Self::Realloc { pointer, size } => Self::Realloc {
                pointer: change(pointer),
                size,
            },
            Self::Free { pointer } => Self::Free {
                pointer: change(pointer),
            },
            other => other,
        }
    }

    /// The pointer whose block it gives back; `refused` where it has returned NULL: a reallocation to
    /// a size then leaves the block as it was.
    pub const fn released(&self, refused: bool) -> Option<Pointer> {
        match *self {
            Self::Realloc { size: 1.., .. } if refused => None,
            _ => self.argument(),
        }
    }

    /// Whether the step returns a pointer.
    pub const fn returns_pointer(&self) -> bool {
        matches!(
            self,
            Self::Malloc { .. } | Self::Calloc { .. } | Self::Realloc { .. }
        )
    }
}
