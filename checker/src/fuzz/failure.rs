//! What is wrong with a sequence.

use crate::judge::{self, Aspect, Cause, Due, Scope};
use crate::types::{Call, CallNumber, Clause, End};

/// A mistake that a sequence shows, at the first call that makes it.
#[derive(Clone, Debug)]
pub struct Failure {
    pub call: CallNumber,
    /// What makes it wrong; `None` for a process that ended although its calls were right.
    pub cause: Option<(Cause, Scope)>,
    /// How the process ended, where it did in this call.
    pub end: Option<End>,
    pub clause: Clause,
    /// What is wrong, as a sentence without a full stop.
    pub sentence: String,
    /// What the call should have done, where it returned.
    pub due: Option<Due>,
}

impl Failure {
    /// A process that exited, or that the checker killed.
    pub(super) fn of_end(end: &End, calls: &[Call]) -> Self {
        let last = u32::try_from(calls.len()).unwrap_or(u32::MAX);
        let call = end
            .moment()
            .map_or(CallNumber(last), |moment| moment.number);
        let clause = judge::clause_of_end(end);
        Self {
            call,
            cause: None,
            end: Some(end.clone()),
            clause,
            sentence: format!("{} ({clause})", judge::end_text(end, false)),
            due: None,
        }
    }

    /// Whether both are the same mistake.
    pub fn resembles(&self, other: &Self) -> bool {
        match (&self.cause, &other.cause) {
            (Some((one, _)), Some((two, _))) => one == two,
            (None, None) => self.hangs() == other.hangs(),
            _ => false,
        }
    }

    /// Whether the process did not come to an end.
    pub const fn hangs(&self) -> bool {
        matches!(self.end, Some(End::TimedOut { .. }))
    }

    /// Whether a signal ended the process.
    pub const fn crashes(&self) -> bool {
        matches!(self.end, Some(End::Signal { .. }))
    }

    /// The name of the mistake, where it is known.
    pub fn name(&self) -> Option<String> {
        match self.cause {
            Some((Cause::Known(mistake), scope)) => {
                Some(format!("{}{}", mistake.name(), scope.tag()))
            }
            _ => None,
        }
    }

    /// What the submission does wrong, as a sentence without a full stop.
    pub fn mistake(&self) -> Option<String> {
        match self.cause {
            Some((Cause::Known(mistake), scope)) => {
                Some(format!("it {}{}", mistake.sentence(), scope.words()))
            }
            _ => None,
        }
    }

    /// In which way it fails, in one word.
    pub fn word(&self) -> &'static str {
        match self.due.as_ref().map(|due| due.aspect) {
            _ if self.crashes() => "crash",
            _ if self.hangs() => "time-out",
            None | Some(Aspect::End) => "end",
            Some(Aspect::Safety) => "safety",
            Some(Aspect::SystemCalls) => "system calls",
            Some(Aspect::Result) => "result",
            Some(Aspect::Heap) => "heap",
            Some(Aspect::Mapping) => "mapping",
            Some(Aspect::Choice) => "choice",
        }
    }
}
