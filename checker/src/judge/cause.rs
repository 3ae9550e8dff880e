//! What makes calls wrong: a mistake of the catalogue or one without a name, where it is made, and
//! its evidence.

use super::call::Aspect;
use crate::spec::{Mistake, Request};
use crate::types::Clause;

/// What makes calls wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Cause {
    /// A mistake of the catalogue.
    Known(Mistake),
    /// None of them: calls that break this clause, of this function, in this way.
    Unnamed(Clause, &'static str, Aspect),
}

/// Where a mistake is made, when not everywhere: students write the same thing in several places.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scope {
    /// Wherever it can show.
    Everywhere,
    /// At the first use of the heap.
    FirstUse,
    /// In `os_malloc`.
    Malloc,
    /// In `os_calloc`.
    Calloc,
    /// In `os_realloc`.
    Realloc,
}

impl Scope {
    /// All scopes, the widest first.
    pub const ALL: [Self; 5] = [
        Self::Everywhere,
        Self::FirstUse,
        Self::Malloc,
        Self::Calloc,
        Self::Realloc,
    ];

    /// Whether a call lies in it: by its function, and whether it is the first that uses the heap.
    #[must_use]
    pub const fn holds(self, request: &Request, first: bool) -> bool {
        match self {
            Self::Everywhere => true,
            Self::FirstUse => first,
            Self::Malloc => matches!(request, Request::Malloc { .. }),
            Self::Calloc => matches!(request, Request::Calloc { .. }),
            Self::Realloc => matches!(request, Request::Realloc { .. }),
        }
    }

    /// What is put after a mistake's name; nothing for everywhere.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Everywhere => "",
            Self::FirstUse => "@first-use",
            Self::Malloc => "@os_malloc",
            Self::Calloc => "@os_calloc",
            Self::Realloc => "@os_realloc",
        }
    }

    /// The end of a sentence that says where; empty for everywhere.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Everywhere => "",
            Self::FirstUse => ", at the first use of the heap",
            Self::Malloc => ", in os_malloc",
            Self::Calloc => ", in os_calloc",
            Self::Realloc => ", in os_realloc",
        }
    }
}

/// A mistake of the submission.
#[derive(Clone, Debug)]
pub struct Found {
    /// What it is.
    pub cause: Cause,
    /// Where it is made.
    pub scope: Scope,
    /// The wrong calls that it explains, as positions in the list of all judged calls.
    pub wrong: Vec<usize>,
    /// Calls in which it could have shown, those included.
    pub situations: usize,
    /// Whether it rests on little: few situations, or one scenario.
    pub guess: bool,
}

impl Found {
    /// The clause that it breaks.
    #[must_use]
    pub const fn clause(&self) -> Clause {
        match self.cause {
            Cause::Known(mistake) => mistake.clause(),
            Cause::Unnamed(clause, ..) => clause,
        }
    }

    /// The mistake of the catalogue that it is, if it is one.
    #[must_use]
    pub const fn known(&self) -> Option<Mistake> {
        match self.cause {
            Cause::Known(mistake) => Some(mistake),
            Cause::Unnamed(..) => None,
        }
    }

    /// Whether it showed nearly always where it could.
    #[must_use]
    pub const fn is_often(&self) -> bool {
        is_nearly_all(self.wrong.len(), self.situations)
    }

    /// Whether no known mistake explains it.
    pub(super) const fn is_unnamed(&self) -> bool {
        self.known().is_none()
    }
}

/// Fewer situations than this make a guess.
pub(super) const FEW: usize = 3;

/// Nine of ten. A mistake that shows less often is looked for in a narrower scope.
pub(super) const fn is_nearly_all(part: usize, all: usize) -> bool {
    part * 10 >= all * 9
}

/// What explains the wrong calls of a submission.
pub(super) struct Causes {
    pub(super) mistakes: Vec<Found>,
    /// The positions of wrong calls of which nothing can be said.
    pub(super) unknown: Vec<usize>,
}

impl Causes {
    /// The wrong calls that no known mistake explains.
    pub(super) fn unexplained(&self) -> impl Iterator<Item = usize> {
        let unnamed = self.mistakes.iter().filter(|found| found.is_unnamed());
        unnamed.flat_map(|found| found.wrong.iter().copied())
    }

    /// Where headers cannot be read, a rest that stays with its block cannot be seen: a few calls
    /// with an odd result may follow from that.
    pub(super) fn leave_out_few(&mut self) {
        let odd = |found: &mut Found| found.is_unnamed() && found.wrong.len() < FEW;
        let odd = self.mistakes.extract_if(.., odd);
        self.unknown.extend(odd.flat_map(|found| found.wrong));
    }
}
