//! Shortens the messages of compilers for people.

/// Lines of the first errors that are shown.
const MOST_LINES: usize = 20;
/// Characters of a line that are shown.
const LONGEST_LINE: usize = 300;

/// The first errors in a compiler's messages, with the source lines that it quotes. Where nothing
/// looks like an error, the last lines: there a tool says why it gives up.
pub(super) fn first_errors(messages: &str) -> String {
    let lines: Vec<&str> = messages.lines().collect();
    let start = lines.iter().position(|line| is_error(line));
    let start = start.unwrap_or(lines.len().saturating_sub(MOST_LINES));
    let mut errors: Vec<String> = Vec::new();
    let mut wanted = true;
    for line in &lines[start..] {
        if begins_message(line) {
            wanted = !is_warning(line);
        }
        if wanted {
            errors.push(shortened(line));
        }
    }
    let left = errors.len().saturating_sub(MOST_LINES);
    errors.truncate(MOST_LINES);
    if left > 0 {
        errors.push(format!("[{left} more lines]"));
    }
    if errors.is_empty() {
        return "it said nothing".to_owned();
    }
    errors.join("\n")
}

/// The line in which the compiler's driver tells that a part of it was ended or ran out of
/// memory.
pub(super) fn exhaustion(messages: &str) -> Option<String> {
    const SIGNS: [&str; 5] = [
        "signal terminated program",
        "out of memory allocating",
        "virtual memory exhausted",
        "memory exhausted",
        "frontend command failed due to signal",
    ];
    let exhausted = |line: &&str| SIGNS.iter().any(|sign| line.contains(sign));
    messages.lines().find(exhausted).map(shortened)
}

fn is_error(line: &str) -> bool {
    const SIGNS: [&str; 6] = [
        "error:",
        "undefined reference",
        "multiple definition",
        "cannot find",
        "internal compiler error",
        "***",
    ];
    !is_warning(line) && SIGNS.iter().any(|sign| line.contains(sign))
}

fn is_warning(line: &str) -> bool {
    line.contains("warning:")
}

/// Whether a line is more than the continuation of the message above it: GCC indents quoted
/// source, and puts a number and a bar in front of it.
fn begins_message(line: &str) -> bool {
    !line.starts_with(' ') && !line.starts_with('[') && line.contains(": ")
}

fn shortened(line: &str) -> String {
    match line.char_indices().nth(LONGEST_LINE) {
        Some((end, _)) => format!("{} [...]", &line[..end]),
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_are_passed_over() {
        let messages = "osmem.c: In function 'f':\n\
            osmem.c:1:2: warning: unused variable 'x'\n    1 | int x;\n      | ^\n\
            osmem.c:2:1: error: expected ';'\n    2 | return\n      | ^\n\
            osmem.c:3:2: warning: y\n    3 | y\n\
            osmem.c:4:2: error: z\n";
        let expected = "osmem.c:2:1: error: expected ';'\n    2 | return\n      | ^\n\
            osmem.c:4:2: error: z";
        assert_eq!(first_errors(messages), expected);
    }

    #[test]
    fn long_and_empty_messages() {
        assert_eq!(first_errors(""), "it said nothing");
        let long = "a: error: ".to_owned() + &"é".repeat(1000);
        let text = first_errors(&vec![long; 50].join("\n"));
        assert!(text.ends_with("é [...]\n[30 more lines]"));
        assert_eq!(text.lines().count(), MOST_LINES + 1);
    }

    #[test]
    fn exhaustion_is_found() {
        let line = "gcc: fatal error: Killed signal terminated program cc1";
        assert_eq!(exhaustion(&format!("x\n{line}\ny")).as_deref(), Some(line));
        assert_eq!(exhaustion("a.c:1: error: x"), None);
    }
}
