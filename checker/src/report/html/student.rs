//! What stands on the page of a submission: the points, the mistakes by their cost, the clauses,
//! the scenarios, and how it was graded.

use std::fmt::Write as _;

use super::document;
use super::heap::{around, time_line};
use super::markup::{element, escaped, said, section};
use crate::profile;
use crate::record::{ClauseLine, Failure, Mistake, ScenarioResult, Step, Tier};
use crate::report::mistakes::{self, claim};
use crate::report::prepare::Prepared;
use crate::report::words;
use crate::rubric::Points;
use crate::types::{Clause, Status};

/// Bytes of a header, where the heap of no example says it.
const HEADER: u64 = 32;

/// The page, with the time lines of so many scenarios besides those of the mistakes.
pub(super) fn page(prepared: &Prepared, time_lines: usize) -> String {
    let content = [
        head(prepared),
        "<main>\n".to_owned(),
        trouble(prepared),
        losses(prepared),
        explanations(prepared),
        clauses(prepared),
        scenarios(prepared, time_lines),
        besides(prepared),
        "</main>\n".to_owned(),
        foot(prepared),
    ]
    .concat();
    let title = format!("{}: {}", prepared.record.submission, words::total(prepared));
    document(&title, &content)
}

fn head(prepared: &Prepared) -> String {
    let record = &prepared.record;
    let points = match &prepared.grade {
        Ok(grade) => {
            let (reached, whole) = (grade.total.value(), grade.maximum.value());
            let share = if whole > 0.0 {
                (reached / whole * 100.0).clamp(0.0, 100.0)
            } else {
                0.0
            };
            format!(
                "<p class=\"total\"><strong>{}</strong> of {} points</p>\
                 <div class=\"meter\"><i style=\"width:{share:.1}%\"></i></div>",
                grade.total, grade.maximum
            )
        }
        Err(_) => said("p", "total none", &prepared.reason),
    };
    let counts = said("p", "counts", &words::counted(prepared));
    let notice = prepared.notice.iter().map(|it| said("p", "notice", it));
    let notice: String = notice.collect();
    let name = said("h1", "", &record.submission);
    format!("<header>{name}{points}{counts}{notice}</header>\n")
}

fn trouble(prepared: &Prepared) -> String {
    let build = &prepared.record.build;
    let failure = build.failure.iter().map(|it| said("pre", "", it));
    let missing = build
        .missing
        .iter()
        .map(|it| format!("It does not export {it}."));
    let forbidden = build.forbidden.iter().map(|it| format!("It imports {it}."));
    let lines = missing.chain(forbidden).map(|it| said("p", "", &it));
    let content: String = failure.chain(lines).collect();
    let title = match build.failure {
        Some(_) => "It could not be built",
        None => "The library",
    };
    section("build", title, &content)
}

/// What costs points, a line each, the most expensive first.
fn losses(prepared: &Prepared) -> String {
    let grade = prepared.grade.as_ref().ok();
    let price = |name: &str| grade.and_then(|grade| grade.charged(name));
    let mut rows: Vec<(Option<Points>, String)> = Vec::new();
    for (number, mistake) in (1..).zip(&prepared.record.mistakes) {
        let claim = said("span", "", &claim(mistake));
        let link = format!("<a href=\"#m{number}\"><b>{number}</b> {claim}</a>");
        rows.push((price(&mistake.name), link));
    }
    if let Some(damage) = mistakes::damage(prepared) {
        let said = damage
            .rsplit_once(": costs ")
            .map_or(damage.as_str(), |(said, _)| said);
        rows.push((price(crate::rubric::DAMAGE), escaped(said).into_owned()));
    }
    let (count, points) = prepared.unexplained;
    if let Some(others) = mistakes::accidents(count, Points::ZERO) {
        let link = format!("<a href=\"#scenarios\">{}</a>", escaped(&others));
        rows.push((grade.map(|_| points), link));
    }
    rows.sort_by_key(|(points, _)| std::cmp::Reverse(points.unwrap_or(Points::ZERO)));
    let rows: String = rows
        .into_iter()
        .map(|(points, text)| loss(points, &text))
        .collect();
    let nothing = prepared.passed && rows.is_empty();
    let content = match (rows.is_empty(), nothing) {
        (false, _) => format!("<table class=\"losses\"><tbody>{rows}</tbody></table>\n"),
        (true, true) => said("p", "good", "No mistakes."),
        (true, false) => String::new(),
    };
    section("losses", "What costs points", &content)
}

fn loss(points: Option<Points>, text: &str) -> String {
    let points = points.map_or_else(String::new, |points| match points {
        Points::ZERO => "0".to_owned(),
        points => format!("−{points}"),
    });
    format!("<tr><td class=\"points\">{points}</td><td>{text}</td></tr>\n")
}

/// Each mistake with its example.
fn explanations(prepared: &Prepared) -> String {
    let numbered = (1..).zip(&prepared.record.mistakes);
    let content: String = numbered
        .map(|(number, mistake)| explanation(prepared, number, mistake))
        .collect();
    section("mistakes", "The mistakes", &content)
}

fn explanation(prepared: &Prepared, number: usize, mistake: &Mistake) -> String {
    let mut text = format!("<article id=\"m{number}\"><h3><span>{number}</span> ");
    let _ = writeln!(text, "{}</h3>", escaped(&claim(mistake)));
    let grade = prepared.grade.as_ref().ok();
    let price = grade.and_then(|grade| grade.charged(&mistake.name));
    let summary = Clause::numbered(&mistake.clause).map_or("", profile::summary);
    let clause = format!("{}: {summary}", mistake.clause);
    let cost = price.map_or_else(String::new, |points| {
        format!("<b>{}</b> · ", mistakes::cost(points))
    });
    let _ = writeln!(text, "<p class=\"cost\">{cost}{}</p>", escaped(&clause));
    if let Some(example) = &mistake.example {
        let place = format!("For example in {}:", example.stem);
        text += &said("p", "", &place);
        text += &call(&example.failure);
        text += &steps(
            &format!("m{number}"),
            &example.stem,
            &example.failure,
            &example.steps,
        );
    }
    if !mistake.hint.is_empty() {
        let hint = format!("<b>Where to look:</b> {}", escaped(&mistake.hint));
        text += &element("p", "hint", hint);
    }
    if !mistake.homes.is_empty() {
        let homes: Vec<String> = mistake.homes.iter().map(|stem| home(stem)).collect();
        text += &element(
            "p",
            "homes",
            format!("It costs the scenarios: {}", homes.join(" ")),
        );
    }
    text + "</article>\n"
}

/// A scenario's number, with the whole name where the pointer rests.
fn home(stem: &str) -> String {
    let number = stem.split('-').next().unwrap_or_default();
    format!(
        "<abbr title=\"{}\">{}</abbr>",
        escaped(stem),
        escaped(number)
    )
}

/// Where in the sources it happened.
fn source(failure: &Failure) -> String {
    let source = failure.source.as_ref();
    source.map_or_else(String::new, |it| said("p", "source", &it.to_string()))
}

/// A call that went wrong: code, sentence, heap, and what should have happened.
fn call(failure: &Failure) -> String {
    let mut text = String::new();
    if let Some(number) = failure.call {
        let code = format!("<span>call {number}</span> {}", escaped(&failure.code));
        text += &element("p", "call", code);
    }
    text += &said("p", "sentence", &failure.sentence);
    text += &source(failure);
    text += &match &failure.heaps {
        Some(heaps) => around(heaps),
        None if failure.picture.is_empty() => String::new(),
        None => said("pre", "", &failure.picture),
    };
    let sides = [
        ("expected", "Expected", &failure.expected),
        ("observed", "Observed", &failure.observed),
    ];
    let sides = sides.iter().filter(|(_, _, content)| !content.is_empty());
    let sides: String = sides
        .map(|(class, title, content)| {
            let title = said("h4", "", title);
            element("div", class, title + &said("pre", "", &squeezed(content)))
        })
        .collect();
    if !sides.is_empty() {
        text += &element("div", "sides", sides);
    }
    text + "\n"
}

/// The lines of a golden without the blanks that put results in a column.
fn squeezed(text: &str) -> String {
    let line = |line: &str| {
        let rest = line.trim_start();
        let indent = &line[..line.len() - rest.len()];
        let words: Vec<&str> = rest.split("   ").map(str::trim).collect();
        let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
        format!("{indent}{}", words.join("  "))
    };
    let lines: Vec<String> = text.lines().map(line).collect();
    lines.join("\n")
}

/// The time line of a scenario, folded.
fn steps(id: &str, stem: &str, failure: &Failure, steps: &[Step]) -> String {
    if steps.is_empty() {
        return String::new();
    }
    let header = failure.heaps.as_ref().map_or(HEADER, |heaps| heaps.header);
    let line = time_line(id, stem, header, steps);
    let summary = format!("The heap, call by call, in {stem}");
    format!(
        "<details>{}{line}</details>\n",
        said("summary", "", &summary)
    )
}

fn clauses(prepared: &Prepared) -> String {
    let mut rows = String::new();
    let mut card: Vec<&ClauseLine> = prepared.record.card.iter().collect();
    card.sort_by_key(|line| line.kept == line.decided);
    for line in card {
        let whole = line.kept == line.decided;
        let share = line.kept as f64 / line.decided.max(1) as f64 * 100.0;
        let first = words::first_wrong(line).map_or_else(String::new, |it| said("small", "", &it));
        let class = if whole { "whole" } else { "broken" };
        let _ = writeln!(
            rows,
            "<tr class=\"{class}\"><th scope=\"row\">{}</th><td>{} {first}</td><td \
             class=\"share\"><div class=\"meter\"><i style=\"width:{share:.1}%\"></i></div>{} of \
             {}</td></tr>",
            escaped(&line.clause),
            escaped(&line.summary),
            line.kept,
            line.decided
        );
    }
    if rows.is_empty() {
        return String::new();
    }
    let head = "<thead><tr><th scope=\"col\">Clause</th><th scope=\"col\">What it asks</th>\
                <th scope=\"col\">Calls that kept it</th></tr></thead>";
    let note = "<p><code>checker explain C4</code> tells what clause C4 asks, with an example; \
                <code>checker explain notation</code> how heaps and addresses are written.</p>\n";
    let content = format!("{note}<table class=\"card\">{head}<tbody>{rows}</tbody></table>\n");
    section("clauses", "The clauses", &content)
}

/// Scenarios of which there is something to say; the others by number.
fn scenarios(prepared: &Prepared, mut time_lines: usize) -> String {
    let results = prepared.record.results.iter();
    let (plain, told): (Vec<_>, Vec<_>) = results.partition(|one| one.status == Status::Pass);
    let mut content = String::new();
    for (index, result) in told.iter().enumerate() {
        let with_steps = time_lines > 0 && !result.steps.is_empty();
        time_lines -= usize::from(with_steps);
        content += &scenario(prepared, index, result, with_steps);
    }
    if !plain.is_empty() {
        let numbers: Vec<String> = plain.iter().map(|one| home(&one.stem)).collect();
        let passed = format!("{} passed: {}", plain.len(), numbers.join(" "));
        content += &element("p", "homes", passed);
    }
    section("scenarios", "The scenarios", &content)
}

fn scenario(
    prepared: &Prepared,
    index: usize,
    result: &ScenarioResult,
    with_steps: bool,
) -> String {
    let (word, stem) = (result.status.word(), escaped(&result.stem));
    let class = if words::is_fine(result.status) {
        "mild"
    } else {
        "bad"
    };
    let points = prepared.scored(result).map_or_else(String::new, |scored| {
        format!(
            "<small>{}</small>",
            words::out_of(scored.points, scored.maximum)
        )
    });
    let mut text = format!(
        "<details class=\"scenario\"><summary><b class=\"{class}\">{word}</b> {stem} {points}\
         </summary>\n"
    );
    text += &said("p", "", &result.purpose);
    if result.tier == Tier::Robustness {
        text += &said(
            "p",
            "",
            "Robustness: the assignment does not say what should happen here.",
        );
    }
    let numbered = (1..).zip(&prepared.record.mistakes);
    let here = numbered.filter(|(_, mistake)| result.mistakes.contains(&mistake.name));
    let links: Vec<String> = here
        .map(|(number, _)| format!("<a href=\"#m{number}\">mistake {number}</a>"))
        .collect();
    if !links.is_empty() {
        text += &element("p", "", format!("By {}.", links.join(", ")));
    }
    if let Some(failure) = &result.failure {
        match links.is_empty() {
            true => text += &call(failure),
            false => {
                text += &words::call(failure).map_or_else(String::new, |it| said("p", "call", &it));
                text += &said("p", "sentence", &failure.sentence);
                text += &source(failure);
            }
        }
        if with_steps {
            let header = failure.heaps.as_ref().map_or(HEADER, |heaps| heaps.header);
            text += &time_line(&format!("s{index}"), &result.stem, header, &result.steps);
        }
        if !failure.diff.is_empty() && links.is_empty() {
            text += &said("pre", "", &failure.diff);
        }
    }
    if !result.output.text.is_empty() {
        text += &said("p", "", "It printed:");
        text += &said("pre", "", &result.output.text);
    }
    text + "</details>\n"
}

/// Points by part, remarks, and what the compiler said.
fn besides(prepared: &Prepared) -> String {
    let parts = words::parts(prepared);
    let parts: String = parts.iter().map(|it| said("li", "", it)).collect();
    let mut text = section("parts", "Points by part", &list(&parts));
    let remarks = words::remarks(&prepared.record);
    let remarks: String = remarks.lines().map(|it| said("li", "", it)).collect();
    text += &section("remarks", "Remarks", &list(&remarks));
    let warnings = &prepared.record.build.warnings;
    if !warnings.is_empty() {
        text += &section(
            "warnings",
            "What the compiler said",
            &said("pre", "", warnings),
        );
    }
    text
}

fn list(items: &str) -> String {
    match items.is_empty() {
        true => String::new(),
        false => element("ul", "", items),
    }
}

fn foot(prepared: &Prepared) -> String {
    said("footer", "", &words::suite(&prepared.record)) + "\n"
}
