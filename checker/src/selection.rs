//! Finds the scenarios that a pattern on the command line means.

use ref_tests::scenario::Scenario;

use crate::suite::SCENARIOS;

/// A pattern that no scenario matches.
#[derive(Debug, thiserror::Error)]
#[error(
    "no scenario matches {pattern:?}: expected a number (0203), a chapter (02), a clause (C6) or a part of a name; `checker list` shows them all"
)]
pub struct NoScenario {
    pub pattern: String,
}

/// The indices of the scenarios that match one of the patterns, in the order of their numbers; all
/// of them where there is no pattern.
pub fn indices(patterns: &[String]) -> Result<Vec<usize>, NoScenario> {
    for pattern in patterns {
        if !SCENARIOS.iter().any(|scenario| matches(scenario, pattern)) {
            return Err(NoScenario {
                pattern: pattern.clone(),
            });
        }
    }
    let wanted = |scenario: &Scenario| {
        patterns.is_empty() || patterns.iter().any(|pattern| matches(scenario, pattern))
    };
    Ok((0..SCENARIOS.len())
        .filter(|&index| wanted(&SCENARIOS[index]))
        .collect())
}

/// A number or chapter matches from the front, a clause as a whole, a word anywhere in the stem.
fn matches(scenario: &Scenario, pattern: &str) -> bool {
    if !pattern.is_empty()
        && pattern.len() <= 4
        && pattern.bytes().all(|byte| byte.is_ascii_digit())
    {
        return scenario.number().starts_with(pattern);
    }
    let clause = scenario
        .clauses
        .iter()
        .any(|clause| clause.number() == pattern);
    clause || (!pattern.is_empty() && scenario.stem.contains(pattern))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stems(patterns: &[&str]) -> Vec<&'static str> {
        let patterns: Vec<String> = patterns.iter().map(ToString::to_string).collect();
        indices(&patterns)
            .unwrap()
            .into_iter()
            .map(|index| SCENARIOS[index].stem)
            .collect()
    }

    #[test]
    fn numbers_chapters_clauses_and_words_select() {
        assert_eq!(stems(&["0201"]), ["0201-malloc-split-first"]);
        assert!(stems(&["02"]).iter().all(|stem| stem.starts_with("02")));
        assert!(stems(&["best-fit"]).contains(&"0401-best-fit-smallest"));
        assert!(stems(&["E5"]).iter().all(|stem| stem.contains("foreign")));
        assert_eq!(stems(&[]).len(), SCENARIOS.len());
    }

    #[test]
    fn what_matches_nothing_is_an_error() {
        for pattern in ["9999", "Z9", "nosuch", ""] {
            assert!(indices(&[pattern.to_owned()]).is_err(), "{pattern}");
        }
    }
}
