//! The parts of a rendered transcript, and which of them belong together.

/// One part of a transcript: a line and those that belong to it.
pub(super) type Section<'a> = Vec<&'a str>;

/// Which part of a transcript it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// What precedes the first call.
    Head,
    Call,
    /// What follows the last call.
    End,
}

/// What stands at the same place in both transcripts.
pub(super) struct Pair<'a> {
    pub(super) part: Part,
    pub(super) expected: Option<Section<'a>>,
    pub(super) observed: Option<Section<'a>>,
}

impl Pair<'_> {
    pub(super) fn differs(&self) -> bool {
        match (&self.expected, &self.observed) {
            (Some(expected), Some(observed)) => !expected
                .iter()
                .map(|line| key(line))
                .eq(observed.iter().map(|line| key(line))),
            _ => true,
        }
    }

    /// Digits of the call's number.
    pub(super) fn number_width(&self) -> usize {
        let sections = [&self.expected, &self.observed].into_iter().flatten();
        let numbers = sections.filter_map(|section| numbered(section.first()?));
        numbers.map(|(number, _)| number.len()).max().unwrap_or(0)
    }

    /// The call in words, without what it returned: `call 2: p2 = os_malloc(8)`.
    pub(super) fn title(&self) -> String {
        let section = self.expected.as_ref().or(self.observed.as_ref());
        let line = section.and_then(|lines| lines.first()).unwrap_or(&"");
        let call = line.split(" -> ").next().unwrap_or_default();
        numbered(call).map_or_else(
            || call.trim().to_owned(),
            |(number, call)| format!("call {number}: {}", call.trim()),
        )
    }
}

/// The parts of both transcripts, the k-th call beside the k-th call.
pub(super) fn pairs<'a>(expected: &'a str, observed: &'a str) -> Vec<Pair<'a>> {
    let expected = Parts::of(expected);
    let observed = Parts::of(observed);
    let calls = expected.calls.len().max(observed.calls.len());
    let mut expected_calls = expected.calls.into_iter();
    let mut observed_calls = observed.calls.into_iter();
    let both = |part, expected, observed| Pair {
        part,
        expected: Some(expected),
        observed: Some(observed),
    };
    let mut pairs = vec![both(Part::Head, expected.head, observed.head)];
    pairs.extend((0..calls).map(|_| Pair {
        part: Part::Call,
        expected: expected_calls.next(),
        observed: observed_calls.next(),
    }));
    pairs.push(both(Part::End, expected.end, observed.end));
    pairs
}

/// A transcript taken apart.
#[derive(Default)]
struct Parts<'a> {
    head: Section<'a>,
    calls: Vec<Section<'a>>,
    end: Section<'a>,
}

impl<'a> Parts<'a> {
    fn of(text: &'a str) -> Self {
        let mut parts = Self::default();
        for line in text.lines() {
            let indented = line.starts_with("        ");
            if !indented && numbered(line).is_some() {
                parts.calls.push(vec![line]);
            } else if let Some(call) = parts.calls.last_mut() {
                let section = if indented { call } else { &mut parts.end };
                section.push(line);
            } else if parts.head.is_empty() {
                parts.head.push(line);
            } else {
                parts.end.push(line);
            }
        }
        parts
    }
}

/// The number that a call's line begins with, and what follows it.
fn numbered(line: &str) -> Option<(&str, &str)> {
    let line = line.trim_start_matches(' ');
    let end = line.find(|c: char| !c.is_ascii_digit())?;
    (end > 0).then(|| line.split_at(end))
}

/// What a line is compared by: its words. Their distance depends on how many calls there are.
pub(super) fn key(line: &str) -> Vec<&str> {
    line.split(' ').filter(|word| !word.is_empty()).collect()
}

/// The line of a call with its number as wide as in the longer transcript, the rest of it staying
/// in its columns; any other line as it is.
pub(super) fn renumbered(line: &str, width: usize) -> String {
    let indent = line.len() - line.trim_start_matches(' ').len();
    let Some((number, rest)) = numbered(line).filter(|_| indent < 8) else {
        return line.to_owned();
    };
    let added = width.max(2).saturating_sub(indent + number.len());
    let gap = " ".repeat(added + 1);
    let rest = rest.replacen(&format!("{gap}->"), " ->", 1);
    format!("{}{number}{rest}", " ".repeat(indent + added))
}
