//! Property tests of the format.

use proptest::prelude::*;

use super::arbitrary::{stem, transcript};
use super::{Snapshot, parse, parse_bytes, render};

/// A change to a text.
fn mutation() -> impl Strategy<Value = (prop::sample::Index, u8, String)> {
    (any::<prop::sample::Index>(), 0..4u8, "[ -~\n·]{0,6}")
}

fn mutate(text: &str, (index, kind, new): &(prop::sample::Index, u8, String)) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    let at = index.index(chars.len().max(1)).min(chars.len());
    let after = chars.split_off(at);
    let dropped = match kind {
        0 => 0,
        1 => 1,
        2 => new.chars().count(),
        _ => after.len(),
    };
    chars.extend(new.chars());
    chars.extend(after.into_iter().skip(dropped));
    chars.into_iter().collect()
}

/// Either the text is the one spelling of a snapshot, or the error names one of its lines.
fn check_total(text: &str) {
    match parse(text) {
        Ok(snapshot) => assert_eq!(snapshot.render(), text),
        Err(error) => {
            assert!((1..=text.split('\n').count() + 1).contains(&error.line()));
            assert!(
                error
                    .to_string()
                    .starts_with(&format!("line {}: ", error.line()))
            );
            assert!(!error.to_string().contains(char::is_control));
        }
    }
}

proptest! {
    #[test]
    fn reading_undoes_writing(stem in stem(), transcript in transcript()) {
        let text = render(&stem, &transcript);
        prop_assert_eq!(parse(&text), Ok(Snapshot::new(&stem, &transcript)));
        prop_assert!(text.ends_with('\n') && !text.ends_with("\n\n"));
        prop_assert!(!text.replace('\n', "").contains(char::is_control));
    }

    #[test]
    fn arbitrary_text_never_panics(text in any::<String>()) {
        check_total(&text);
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in any::<Vec<u8>>()) {
        let _ = parse_bytes(&bytes);
    }

    #[test]
    fn changed_snapshots_never_panic(
        stem in stem(),
        transcript in transcript(),
        mutations in prop::collection::vec(mutation(), 1..4),
    ) {
        let mut text = render(&stem, &transcript);
        for change in &mutations {
            text = mutate(&text, change);
        }
        check_total(&text);
    }
}
