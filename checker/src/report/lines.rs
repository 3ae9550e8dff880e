//! JSON lines: one event a line.

use std::io::{self, Write};

use serde::Serialize;

use super::prepare::{Prepared, fit};
use super::{Exporter, Graded};
use crate::record::{Build, ClauseLine, Damage, Mistake, Record, ScenarioResult, Time};
use crate::rubric::{Grade, Points};

/// Bytes of a file.
const LARGEST: usize = 30_000_000;

/// The events of a finished run.
pub(super) struct Lines;

impl Exporter for Lines {
    fn name(&self) -> &'static str {
        "jsonl"
    }

    fn write(&self, record: &Record, grade: Graded<'_>, out: &mut dyn Write) -> io::Result<()> {
        fit(LARGEST, record, grade, out, |prepared| {
            let mut bytes = Vec::new();
            for event in events(prepared) {
                write_event(&event, &mut bytes)?;
            }
            Ok(bytes)
        })
    }
}

/// Something that happened to a submission.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
enum Event<'a> {
    /// Grading begins.
    Start {
        /// The version of the suite.
        suite: &'a str,
        /// The hash of the golden snapshots.
        snapshots: &'a str,
        /// How processes are isolated from the machine.
        isolation: &'a [String],
        /// The seed of the first random sequence, where some were played.
        #[serde(skip_serializing_if = "Option::is_none")]
        seed: Option<u64>,
        /// The submission.
        submission: &'a str,
    },
    /// It was built, or not.
    Build(&'a Build),
    /// A scenario came to its end.
    Scenario {
        /// What is known of it.
        #[serde(flatten)]
        result: &'a ScenarioResult,
        /// Its points, where it is worth some and they are known.
        #[serde(skip_serializing_if = "Option::is_none")]
        points: Option<Points>,
    },
    /// Something that the submission does wrong.
    Mistake {
        /// What is known of it.
        #[serde(flatten)]
        mistake: &'a Mistake,
        /// What it costs, where there is a grade.
        #[serde(skip_serializing_if = "Option::is_none")]
        points: Option<Points>,
    },
    /// What else is true of the submission as a whole.
    Remarks {
        /// The permitted choices that were seen.
        choices: &'a [String],
        /// Calls that no single permitted choice explains.
        contradictions: &'a [String],
        /// How its headers are read.
        reading: Option<&'a str>,
        /// What is odd and never costs points.
        remarks: &'a [String],
        /// Where memory was damaged.
        damage: Option<&'a Damage>,
        /// The clauses that decided calls.
        card: &'a [ClauseLine],
    },
    /// Something was cut.
    Notice {
        /// What, in words.
        text: &'a str,
    },
    /// There is a grade.
    Grade(&'a Grade),
    /// There is none.
    Ungraded {
        /// Why.
        reason: &'a str,
    },
    /// Nothing follows.
    End {
        /// Whether everything that counts passed.
        passed: bool,
        /// How long it took.
        time: Time,
    },
}

/// Writes an event on a line of its own. What is in it goes out as it is, but for JSON's escapes:
/// it never breaks a line.
fn write_event(event: &Event<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut line = serde_json::to_vec(event)?;
    line.push(b'\n');
    out.write_all(&line)
}

fn events(prepared: &Prepared) -> Vec<Event<'_>> {
    let record = &prepared.record;
    let mut events = vec![
        Event::Start {
            suite: &record.suite,
            snapshots: &record.snapshots,
            isolation: &record.isolation,
            seed: record.seed,
            submission: &record.submission,
        },
        Event::Build(&record.build),
    ];
    let grade = prepared.grade.as_ref();
    events.push(match grade {
        Ok(grade) => Event::Grade(grade),
        Err(_) => Event::Ungraded {
            reason: &prepared.reason,
        },
    });
    events.extend(record.mistakes.iter().map(|mistake| Event::Mistake {
        mistake,
        points: grade.ok().and_then(|grade| grade.charged(&mistake.name)),
    }));
    events.push(Event::Remarks {
        choices: &record.choices,
        contradictions: &record.contradictions,
        reading: record.reading.as_deref(),
        remarks: &record.remarks,
        damage: record.damage.as_ref(),
        card: &record.card,
    });
    events.extend(record.results.iter().map(|result| Event::Scenario {
        result,
        points: prepared.scored(result).map(|scored| scored.points),
    }));
    let notice = prepared.notice.as_deref();
    events.extend(notice.map(|text| Event::Notice { text }));
    events.push(Event::End {
        passed: prepared.passed,
        time: record.time,
    });
    events
}
