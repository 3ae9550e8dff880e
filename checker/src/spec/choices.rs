//! The permitted choices of section V, as questions that a call asks on its way.

use std::fmt;
use std::ops::RangeInclusive;

use crate::types::Profile;

/// A cut-off of section V: mapped exactly from some size on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Cut {
    /// V1: `os_malloc(n)` and `os_realloc(NULL, n)`.
    Malloc,
    /// V2: `os_calloc`, of the product.
    Calloc,
    /// V3: `os_realloc` of a heap block.
    ReallocHeap,
    /// V3: `os_realloc` of a mapped block.
    ReallocMapped,
}

impl Cut {
    /// All cut-offs.
    pub const ALL: [Self; 4] = [
        Self::Malloc,
        Self::Calloc,
        Self::ReallocHeap,
        Self::ReallocMapped,
    ];

    /// The cut-offs that are permitted, the canonical one first.
    #[must_use]
    pub const fn band(self, profile: &Profile) -> RangeInclusive<u64> {
        let (threshold, page) = (profile.mmap_threshold, profile.page);
        match self {
            Self::Malloc => profile.first_mapped(threshold)..=threshold,
            // 16 with the assignment's own numbers.
            Self::Calloc => profile.first_mapped(page)..=page - 2 * profile.alignment,
            Self::ReallocHeap | Self::ReallocMapped => {
                profile.first_mapped(threshold)..=threshold + 1
            }
        }
    }

    /// Its number in section V.
    #[must_use]
    pub const fn axis(self) -> &'static str {
        match self {
            Self::Malloc => "V1",
            Self::Calloc => "V2",
            Self::ReallocHeap | Self::ReallocMapped => "V3",
        }
    }
}

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malloc => "os_malloc",
            Self::Calloc => "os_calloc",
            Self::ReallocHeap => "os_realloc of a heap block",
            Self::ReallocMapped => "os_realloc of a mapped block",
        })
    }
}

/// A choice between the canonical way and another that is permitted as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Axis {
    /// V5: a large `os_realloc` of a heap block first tries to expand in place.
    Expands,
    /// V7: a block that is big enough stays in place, even for a large size.
    KeepsFitting,
    /// V11: a mapping stays where the rounded size is what it has already.
    KeepsMapping,
    /// V12: sizes are compared as they stand in the header.
    ComparesRaw,
    /// V3: the cut-off of `os_realloc` decides where a moved block goes, not that of `os_malloc`.
    MovesByRealloc,
}

impl Axis {
    /// All axes, in the order of section V.
    pub const ALL: [Self; 5] = [
        Self::MovesByRealloc,
        Self::Expands,
        Self::KeepsFitting,
        Self::KeepsMapping,
        Self::ComparesRaw,
    ];

    /// Its number in section V.
    #[must_use]
    pub const fn number(self) -> &'static str {
        match self {
            Self::Expands => "V5",
            Self::KeepsFitting => "V7",
            Self::KeepsMapping => "V11",
            Self::ComparesRaw => "V12",
            Self::MovesByRealloc => "V3",
        }
    }

    /// The choice in words: the other way, or the canonical one.
    #[must_use]
    pub const fn words(self, other: bool) -> &'static str {
        match (self, other) {
            (Self::Expands, true) => "tries to grow in place before it maps a large os_realloc",
            (Self::Expands, false) => "maps a large os_realloc at once",
            (Self::KeepsFitting, true) => {
                "keeps a block that is big enough, even for a large os_realloc"
            }
            (Self::KeepsFitting, false) => {
                "maps a large os_realloc even of a block that is big enough"
            }
            (Self::KeepsMapping, true) => "keeps a mapping whose rounded size does not change",
            (Self::KeepsMapping, false) => "moves a mapped block at every os_realloc",
            (Self::ComparesRaw, true) => "compares sizes as they stand in the header",
            (Self::ComparesRaw, false) => "compares sizes rounded up to the alignment",
            (Self::MovesByRealloc, true) => "a moved block goes where os_realloc's cut-off says",
            (Self::MovesByRealloc, false) => "a moved block goes where os_malloc's cut-off says",
        }
    }
}

/// What a call asks where section V leaves something open. The answer `false` is canonical.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Question {
    /// Whether the cut-off lies above this size, so that it is not mapped yet.
    StaysBelow(Cut, u64),
    /// A choice that a submission makes once.
    On(Axis),
    /// V12: whether the size that is asked for is rounded up before it is compared with a header's
    /// that is not.
    RoundsRequest,
    /// V12: whether a block whose header says too little, and whose room is enough, grows by
    /// nothing (A14, A15, C7).
    GrowsByNothing,
    /// V4: whether free blocks are coalesced when `os_realloc` begins. Each call may choose
    /// differently.
    CoalescesFirst,
    /// V10: whether a failed call undoes the merging that came first. Each call may choose
    /// differently.
    UndoesMerging,
    /// E3: whether a size that no system can give is refused without asking the system.
    RefusesHuge,
    /// A mapping that was resized in place by mistake may be unmapped by the length that its header
    /// says.
    UnmapsAsSaid,
    /// V13: whether a call goes on after a failed `munmap`, or, where heap memory is given back by
    /// mistake, a failed `brk`.
    IgnoresUnmap,
    /// Zero bytes that are served by mistake may take the room of one byte.
    ServesOne,
    /// Bytes between the last block and the break that a mistake has lost may be used when that
    /// block grows: the break moves to where the block must end.
    UsesLostBytes,
}

impl Question {
    /// Whether the answer must be the same in all scenarios.
    #[must_use]
    pub const fn is_settled_once(self) -> bool {
        matches!(self, Self::StaysBelow(..) | Self::On(_))
    }
}

/// One answer to every question: cut-offs, and the other way on some axes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Choices {
    /// In the order of [`Cut::ALL`]: mapped exactly when n is at least this.
    pub cuts: [u64; 4],
    /// In the order of [`Axis::ALL`]: whether the other way is taken.
    pub others: [bool; 5],
}

impl Choices {
    /// The choices of the clauses themselves, which goldens hold.
    #[must_use]
    pub fn canonical(profile: &Profile) -> Self {
        Self {
            cuts: Cut::ALL.map(|cut| *cut.band(profile).start()),
            others: [false; 5],
        }
    }

    /// The cut-off.
    #[must_use]
    pub fn cut(&self, cut: Cut) -> u64 {
        self.cuts[cut as usize]
    }

    /// Whether the other way is taken on this axis.
    #[must_use]
    pub fn other(&self, axis: Axis) -> bool {
        let position = Axis::ALL.iter().position(|it| *it == axis);
        position.is_some_and(|at| self.others[at])
    }

    /// The same with another answer on one axis.
    #[must_use]
    pub fn with(mut self, axis: Axis, other: bool) -> Self {
        if let Some(at) = Axis::ALL.iter().position(|it| *it == axis) {
            self.others[at] = other;
        }
        self
    }

    /// The answer to a question.
    #[must_use]
    pub fn answer(&self, question: Question) -> bool {
        match question {
            Question::StaysBelow(cut, size) => size < self.cut(cut),
            Question::On(axis) => self.other(axis),
            _ => false,
        }
    }

    /// What differs from the canonical choices, a phrase each.
    #[must_use]
    pub fn words(&self, profile: &Profile) -> Vec<String> {
        let mut words = Vec::new();
        for cut in Cut::ALL {
            let from = self.cut(cut);
            if from != *cut.band(profile).start() {
                words.push(format!("maps {cut} from n = {from} on ({})", cut.axis()));
            }
        }
        let others = Axis::ALL.into_iter().filter(|axis| self.other(*axis));
        words.extend(others.map(|axis| format!("{} ({})", axis.words(true), axis.number())));
        words
    }
}

/// Answers the questions of one call.
#[derive(Clone, Debug)]
pub enum Chooser<'a> {
    /// By choices that are known.
    Fixed(&'a Choices),
    /// By a list of answers, `false` after its end; the questions are recorded.
    Script(&'a [bool], Vec<(Question, bool)>),
}

impl Chooser<'_> {
    pub(super) fn ask(&mut self, question: Question) -> bool {
        match self {
            Self::Fixed(choices) => choices.answer(question),
            Self::Script(answers, asked) => {
                if let Some((_, answer)) = asked.iter().find(|(other, _)| *other == question) {
                    return *answer;
                }
                let answer = answers.get(asked.len()).copied().unwrap_or(false);
                asked.push((question, answer));
                answer
            }
        }
    }
}

/// The next list of answers to try after one that led to these questions; `None` after the last.
#[must_use]
pub fn next_answers(asked: &[(Question, bool)]) -> Option<Vec<bool>> {
    let mut answers: Vec<bool> = asked.iter().map(|(_, answer)| *answer).collect();
    while answers.last() == Some(&true) {
        answers.pop();
    }
    *answers.last_mut()? = true;
    Some(answers)
}
