//! The result of a course's own test: its exit status, and how it ends outside of calls.

use super::Observed;
use crate::record::{Failure, ScenarioResult};
use crate::snapshot;
use crate::submission::neutral;
use crate::types::{Call, CallNumber, End, Phase, Status};

/// What the mistake is called.
pub const OWN_CHECK: &str = "OwnCheck";

/// Characters of what it printed that its sentence has; the result has more.
const PRINTED: usize = 200;

/// A test whose own checks fail.
pub(super) struct OwnCheck {
    status: Status,
    sentence: String,
}

impl OwnCheck {
    /// The failure of a run of a test that makes these calls with the reference; `None` if it
    /// passes, or if it ended in a call, because then that call is charged.
    pub(super) fn of(run: &Observed, planned: &[Call]) -> Option<Self> {
        let made = run.calls.len();
        let end = &run.transcript.end;
        let (status, how) = match end {
            // Others may move the break at other moments.
            End::Finished(0) if own(&run.calls) >= own(planned) => return None,
            End::Finished(0) => {
                let (made, planned) = (own(&run.calls), own(planned));
                let how = format!("ends after {made} of {planned} calls");
                (Status::Fail, how)
            }
            End::Finished(status) => {
                let how = format!("exits with status {status}");
                (Status::Fail, how)
            }
            end if end.moment().is_some_and(|it| it.phase == Phase::Test) => outside(end)?,
            _ => return None,
        };
        let printed = printed(&run.output);
        let last = match run.calls.last().zip(u32::try_from(made).ok()) {
            Some((call, number)) => {
                let text = snapshot::call_text(CallNumber(number), *call);
                format!(" after call {number}, {text}")
            }
            None => String::new(),
        };
        let sentence = format!("the test itself {how}{last}{printed}");
        Some(Self { status, sentence })
    }

    pub(super) fn failure(&self) -> Failure {
        Failure {
            sentence: neutral(self.sentence.as_bytes()),
            ..Failure::default()
        }
    }

    /// Puts it into the result of the test. A wrong call comes first.
    pub(super) fn told_in(&self, result: &mut ScenarioResult) {
        result.status = match result.wrong {
            0 => self.status,
            _ => Status::Fail,
        };
        match &mut result.failure {
            Some(failure) if result.wrong > 0 => {
                failure.sentence =
                    format!("{}. Then {}", failure.sentence, self.failure().sentence);
            }
            failure => *failure = Some(self.failure()),
        }
    }
}

/// How many of the calls are the test's.
fn own(calls: &[Call]) -> usize {
    let own = |call: &&Call| !matches!(call, Call::MoveBreak { .. });
    calls.iter().filter(own).count()
}

/// How it ended in its own code.
fn outside(end: &End) -> Option<(Status, String)> {
    Some(match end {
        End::Exited { status, .. } => (Status::Fail, format!("exits with status {status}")),
        End::Signal { name, touched, .. } => match touched {
            Some(touched) => (
                Status::Fail,
                format!("is killed by {name} (access to {touched})"),
            ),
            None => (Status::Fail, format!("is killed by {name}")),
        },
        End::TimedOut { .. } => (Status::Timeout, "does not end".to_owned()),
        End::Limit { resource, .. } => {
            let how = format!("uses more {resource} than allowed");
            (Status::Limit, how)
        }
        End::Forbidden { name, .. } => {
            let how = format!("makes the system call {name}, which is not allowed here,");
            (Status::Fail, how)
        }
        End::Forged { reason, .. } => (Status::Fail, format!("breaks the rules: {reason}")),
        _ => return None,
    })
}

/// What it printed, on one line.
fn printed(output: &[u8]) -> String {
    let text = neutral(&output[..output.len().min(4 * PRINTED)]);
    let text: Vec<&str> = text.split_whitespace().collect();
    let text = text.join(" ");
    let kept: String = text.chars().take(PRINTED).collect();
    let more = if kept.len() < text.len() { "…" } else { "" };
    match kept.as_str() {
        "" => String::new(),
        kept => format!(", and prints: {kept}{more}"),
    }
}
