//! JSON lines: one event a line.

use std::io;

use serde::Serialize;

use super::prepare::Prepared;
use crate::record::{Build, ClauseLine, Damage, Mistake, ScenarioResult, Time};
use crate::rubric::{Grade, Points};

/// The events of a finished run.
pub(super) fn render(prepared: &Prepared) -> io::Result<String> {
    let mut text = String::new();
    for event in events(prepared) {
        // What is in it goes out as it is, but for JSON's escapes: it never breaks a line.
        text += &serde_json::to_string(&event)?;
        text.push('\n');
    }
    Ok(text)
}

/// Something that happened to a submission.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
enum Event<'a> {
    /// Grading begins.
    Start {
        suite: &'a str,
        /// The hash of the golden snapshots.
        snapshots: &'a str,
        /// How processes are isolated from the machine.
        isolation: &'a [String],
        /// The seed of the first random sequence, where some were played.
        #[serde(skip_serializing_if = "Option::is_none")]
        seed: Option<u64>,
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
    Notice { text: &'a str },
    /// There is a grade.
    Grade(&'a Grade),
    /// There is none.
    Ungraded { reason: &'a str },
    /// Nothing follows.
    End {
        /// Whether everything that counts passed.
        passed: bool,
        time: Time,
    },
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
