//! Patterns with `*` and `?`, and nothing else that is special.
//!
//! The crate `globset` is made for paths: `[`, `{` and `\` have a meaning there, which the warnings of
//! a compiler are full of, and it brings an engine for regular expressions.

/// Whether all of `text` is what `pattern` describes.
///
/// Never takes longer than the product of both lengths, whatever the text is.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    // Bit k: the first k characters of the pattern describe what was read of the text.
    let mut reached = vec![false; pattern.len() + 1];
    reached[0] = true;
    skip_stars(&pattern, &mut reached);
    for c in text.chars() {
        let mut next = vec![false; reached.len()];
        for (at, sign) in pattern.iter().enumerate().filter(|(at, _)| reached[*at]) {
            match sign {
                '*' => next[at] = true,
                '?' => next[at + 1] = true,
                _ => next[at + 1] |= *sign == c,
            }
        }
        skip_stars(&pattern, &mut next);
        reached = next;
    }
    reached[pattern.len()]
}

/// A star may stand for nothing.
fn skip_stars(pattern: &[char], reached: &mut [bool]) {
    for (at, sign) in pattern.iter().enumerate() {
        reached[at + 1] |= reached[at] && *sign == '*';
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn stars_and_question_marks() {
        assert!(matches("0203-*", "0203-malloc-split-reused"));
        assert!(matches("*", ""));
        assert!(matches("*warning:*", "osmem.c:3:1: warning: unused"));
        assert!(matches("020?-*-zero", "0201-x-zero"));
        assert!(matches("a**b", "ab"));
        assert!(matches("?", "ă"));
        assert!(!matches("0203-*", "1203-x"));
        assert!(!matches("a?", "a"));
        assert!(!matches("", "a"));
        assert!(!matches("a*b", "abc"));
        assert!(matches("", ""));
    }

    #[test]
    fn many_stars_take_no_time() {
        let text = "a".repeat(5000);
        assert!(!matches(&"*a".repeat(50).replace("*a*a", "*a*b"), &text));
    }
}
