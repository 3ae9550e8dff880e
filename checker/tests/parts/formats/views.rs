//! Hidden parts are in no format.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use checker::testing::record::Record;
use checker::testing::report::{EXPORTERS, View, Visibility};
use checker::testing::types::Status;

use super::records::{exported, grade, record};

/// A record in which every text says where it stands.
fn told_apart() -> Record {
    let mut record = record("text");
    let results = record.results.iter_mut();
    let failures = results.filter_map(|one| one.failure.as_mut());
    let examples = record.mistakes.iter_mut();
    let examples = examples.filter_map(|one| Some(&mut one.example.as_mut()?.failure));
    for failure in failures.chain(examples) {
        failure.sentence = "the-sentence".to_owned();
        failure.expected = "the-expected".to_owned();
        failure.observed = "the-observed".to_owned();
        failure.picture = "the-picture".to_owned();
        failure.diff = "the-diff".to_owned();
    }
    for mistake in &mut record.mistakes {
        mistake.hint = "the-hint".to_owned();
        mistake.sentence = "it is the-claim".to_owned();
    }
    record
}

fn everything(view: View) -> String {
    let record = told_apart();
    let grade = grade(&record);
    let seen = view.of(&record);
    let mut all = String::new();
    for exporter in EXPORTERS {
        let mut bytes = exported(exporter.name, &seen, Ok(&grade));
        if exporter.name == "github-classroom" {
            bytes = STANDARD.decode(bytes).unwrap();
        }
        all += &String::from_utf8(bytes).unwrap();
    }
    all
}

fn view(visibility: Visibility, no_hints: bool) -> View {
    View {
        visibility,
        no_hints,
    }
}

#[test]
fn everything_is_shown_by_default() {
    let all = everything(View::default());
    for text in [
        "expected", "observed", "picture", "diff", "hint", "sentence", "claim",
    ] {
        assert!(all.contains(&format!("the-{text}")), "{text}");
    }
}

#[test]
fn goldens_can_be_hidden() {
    let all = everything(view(Visibility::ActualOnly, false));
    for text in ["expected", "picture", "diff"] {
        assert!(!all.contains(&format!("the-{text}")), "{text}");
    }
    assert!(all.contains("the-observed"));
    assert!(all.contains("the-hint"));
}

#[test]
fn what_was_observed_can_be_hidden_too() {
    let all = everything(view(Visibility::None, true));
    for text in ["expected", "picture", "diff", "observed", "hint"] {
        assert!(!all.contains(&format!("the-{text}")), "{text}");
    }
}

const CLAUSE: &str = "it breaks C4: best fit: the smallest free block that is large enough, the lowest address among equals";

#[test]
fn sentences_with_numbers_of_a_golden_are_hidden_with_it() {
    let view = view(Visibility::ActualOnly, false);
    let seen = view.of(&told_apart());
    for result in &seen.results {
        let Some(failure) = &result.failure else {
            continue;
        };
        match result.status {
            Status::Fail | Status::Carried => assert_eq!(failure.sentence, CLAUSE),
            _ => assert_eq!(failure.sentence, "the-sentence"),
        }
    }
    let said = |index: usize, record: &Record| {
        let mistake = &record.mistakes[index];
        let example = mistake.example.clone().unwrap();
        (mistake.sentence.clone(), example.failure.sentence)
    };
    let claim = "it is the-claim".to_owned();
    let [unnamed, known] = [0, 1].map(|index| said(index, &seen));
    assert_eq!(unnamed, (CLAUSE.to_owned(), CLAUSE.to_owned()));
    assert_eq!(known, (claim.clone(), CLAUSE.to_owned()));
    let mut damaging = told_apart();
    damaging.mistakes[0].damages = true;
    let seen = view.of(&damaging);
    assert_eq!(said(0, &seen), (claim, "the-sentence".to_owned()));
    let failing = seen.results.iter().find(|one| one.status == Status::Fail);
    let failure = failing.unwrap().failure.clone().unwrap();
    assert_eq!(failure.sentence, "the-sentence");
}

#[test]
fn visibilities_have_names() {
    assert_eq!("full".parse(), Ok(Visibility::Full));
    assert_eq!("actual-only".parse(), Ok(Visibility::ActualOnly));
    assert_eq!("none".parse(), Ok(Visibility::None));
    let error = "some".parse::<Visibility>().unwrap_err().to_string();
    assert_eq!(
        error,
        "unknown visibility \"some\": expected full, actual-only or none"
    );
}
