//! What is hidden is in no format.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use checker::record::Record;
use checker::report::{EXPORTERS, View, Visibility};
use checker::types::Status;

use crate::records::{exported, grade, record};

/// A record in which every text says where it stands.
fn told_apart() -> Record {
    let mut record = record("text");
    for failure in record
        .results
        .iter_mut()
        .filter_map(|one| one.failure.as_mut())
    {
        failure.sentence = "the-sentence".to_owned();
        failure.expected = "the-expected".to_owned();
        failure.observed = "the-observed".to_owned();
        failure.picture = "the-picture".to_owned();
        failure.diff = "the-diff".to_owned();
    }
    if let Some(diagnosis) = &mut record.diagnosis {
        diagnosis.hints = vec!["the-hint".to_owned()];
    }
    record
}

fn everything(view: View) -> String {
    let record = told_apart();
    let grade = grade(&record);
    let seen = view.of(&record);
    let mut all = String::new();
    for exporter in EXPORTERS {
        let mut bytes = exported(exporter.name(), &seen, Ok(&grade));
        if exporter.name() == "github-classroom" {
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
        "expected", "observed", "picture", "diff", "hint", "sentence",
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

#[test]
fn sentences_with_numbers_of_a_golden_are_hidden_with_it() {
    let seen = view(Visibility::ActualOnly, false).of(&told_apart());
    for result in &seen.results {
        let Some(failure) = &result.failure else {
            continue;
        };
        if result.status == Status::Fail {
            let said = "it breaks C4: best fit: the smallest sufficient free block, the lowest \
                        address among equals";
            assert_eq!(failure.sentence, said);
        } else {
            assert_eq!(failure.sentence, "the-sentence");
        }
    }
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
