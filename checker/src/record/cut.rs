//! Keeps a record to a size that people can read, for any submission.

use serde::Serialize;

use super::{Failure, Record, Status, Step};

/// Bytes of free text in all. A submission that fails all scenarios has three quarters of it.
const MOST: usize = 320 << 10;
/// Bytes of one text, tried one after another until all of them together are short enough.
const LONGEST: [usize; 5] = [32 << 10, 8 << 10, 2 << 10, 512, 128];
/// Bytes of a compiler's warnings: several hundred of them.
const WARNINGS: usize = 64 << 10;
/// Bytes of JSON of all heaps, time lines and lists of callers. A submission that fails all
/// scenarios has three quarters of it.
const DETAILS: usize = 320 << 10;
/// Entries of a list of sentences.
const ENTRIES: usize = 200;

impl Record {
    /// Cuts texts and lists that are too long. Each cut leaves a note at its place; points do not
    /// depend on it.
    pub fn cut(&mut self) {
        for list in [
            &mut self.build.sources,
            &mut self.build.left_out,
            &mut self.remarks,
            &mut self.choices,
            &mut self.contradictions,
        ] {
            let more = list.len().saturating_sub(ENTRIES);
            if more > 0 {
                list.truncate(ENTRIES);
                list.push(format!("[{more} more are not kept]"));
            }
        }
        cut(&mut self.build.warnings, WARNINGS);
        self.cut_details();
        for longest in LONGEST {
            let mut texts = self.texts();
            let all: usize = texts.iter().map(|text| text.len()).sum();
            if all <= MOST {
                return;
            }
            for text in &mut texts {
                cut(text, longest);
            }
        }
    }

    /// Drops heaps, time lines and callers for which there is no room: those of the mistakes'
    /// examples last, and those of what costs nothing first.
    fn cut_details(&mut self) {
        let mut room = DETAILS;
        let examples = self.mistakes.iter_mut();
        for example in examples.filter_map(|it| it.example.as_mut()) {
            keep(&mut room, Some(&mut example.failure), &mut example.steps);
        }
        for carried in [false, true] {
            let results = self.results.iter_mut();
            for result in results.filter(|it| (it.status == Status::Carried) == carried) {
                keep(&mut room, result.failure.as_mut(), &mut result.steps);
            }
        }
    }

    /// All texts whose length a submission has a say in, but for the warnings, which are counted.
    fn texts(&mut self) -> Vec<&mut String> {
        let build = &mut self.build;
        let mut texts: Vec<&mut String> = build.failure.iter_mut().collect();
        let lists = [
            &mut build.sources,
            &mut build.left_out,
            &mut self.remarks,
            &mut self.choices,
            &mut self.contradictions,
        ];
        texts.extend(lists.into_iter().flatten());
        texts.extend(self.damage.iter_mut().map(|it| &mut it.sentence));
        for mistake in &mut self.mistakes {
            texts.push(&mut mistake.sentence);
            let example = mistake.example.iter_mut();
            texts.extend(example.flat_map(|it| it.failure.texts()));
        }
        for result in &mut self.results {
            texts.extend(result.failure.iter_mut().flat_map(Failure::texts));
            texts.push(&mut result.output.text);
        }
        texts
    }
}

impl Failure {
    fn texts(&mut self) -> [&mut String; 6] {
        [
            &mut self.code,
            &mut self.sentence,
            &mut self.expected,
            &mut self.observed,
            &mut self.picture,
            &mut self.diff,
        ]
    }
}

fn keep(room: &mut usize, failure: Option<&mut Failure>, steps: &mut Vec<Step>) {
    if let Some(failure) = failure {
        keep_part(room, &mut failure.source);
        keep_part(room, &mut failure.heaps);
    }
    keep_part(room, steps);
}

/// Empties what does not fit.
fn keep_part<T: Serialize + Default>(room: &mut usize, part: &mut T) {
    let size = serde_json::to_vec(part).map_or(usize::MAX, |text| text.len());
    match room.checked_sub(size) {
        Some(rest) => *room = rest,
        None => *part = T::default(),
    }
}

fn cut(text: &mut String, longest: usize) {
    if text.len() > longest {
        let whole = |&end: &usize| text.is_char_boundary(end);
        let end = (0..=longest).rev().find(whole).unwrap_or(0);
        let more = text.len() - end;
        text.truncate(end);
        *text += &format!(" [{more} more bytes are not kept]");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Example, HeapBlock, Heaps, Mistake, ScenarioResult, Tier};
    use crate::types::State;

    #[test]
    fn a_record_of_ordinary_length_stays_as_it_is() {
        let mut record = Record::blank("a");
        record.build.warnings = "x".repeat(WARNINGS);
        let before = record.clone();
        record.cut();
        assert_eq!(record, before);
    }

    #[test]
    fn an_endless_record_is_cut_with_a_note() {
        let mut record = Record::blank("a");
        record.build.left_out = vec!["é".repeat(3000); 5000];
        let failure = Failure {
            observed: "sbrk ".repeat(300_000),
            ..Failure::default()
        };
        let example = Example {
            stem: String::new(),
            failure,
            steps: Vec::new(),
        };
        record.mistakes = (0..20)
            .map(|number| Mistake {
                name: number.to_string(),
                example: Some(example.clone()),
                ..Mistake::default()
            })
            .collect();
        record.cut();
        let text = serde_json::to_string(&record).unwrap();
        assert!(text.len() < 600 << 10, "{}", text.len());
        assert_eq!(record.mistakes.len(), 20);
        assert!(text.contains("[4800 more are not kept]"), "{text}");
        assert!(text.contains("more bytes are not kept]"));
    }

    #[test]
    fn details_of_what_costs_nothing_go_first() {
        let block = HeapBlock {
            start: 0,
            size: 8,
            state: State::Used,
        };
        let step = Step {
            number: 1,
            code: String::new(),
            result: String::new(),
            system_calls: vec!["brk +0x8".to_owned(); 2_000],
            heap: Some(vec![block; 999]),
            wrong: true,
        };
        let failure = Failure {
            heaps: Some(Heaps {
                before: vec![block; 999],
                ..Heaps::default()
            }),
            ..Failure::default()
        };
        let result = |status| ScenarioResult {
            failure: Some(failure.clone()),
            steps: vec![step.clone()],
            ..ScenarioResult::blank("0101", Tier::Golden, status)
        };
        let mut record = Record::blank("a");
        record.results = vec![result(Status::Carried); 5];
        record.results.extend(vec![result(Status::Fail); 5]);
        record.results.extend(vec![result(Status::Carried); 5]);
        record.cut();
        let kept: Vec<usize> = record.results.iter().map(|it| it.steps.len()).collect();
        assert_eq!(kept, [1, 1, 0, 0, 0, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0]);
        let text = serde_json::to_vec(&record).unwrap();
        assert!(text.len() < DETAILS + 8_000, "{}", text.len());
    }
}
