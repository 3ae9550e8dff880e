//! The page of a class: the distribution of points, the most frequent mistakes, and a row for each
//! submission.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{Class, Names, Student};
use crate::report::html::document;
use crate::report::html::markup::{element, escaped, link, said, section};
use crate::rubric::Points;
use crate::types::Status;

/// Bars of the histogram.
const BINS: usize = 20;
/// Mistakes that are listed; the table `mistakes.csv` has all.
const MISTAKES: usize = 60;

/// The page as a whole.
pub(super) fn page(class: &Class, names: Names) -> String {
    let count = class.students.len();
    let s = if count == 1 { "" } else { "s" };
    let title = format!("{count} submission{s}");
    let content = [
        format!(
            "<header>{}{}</header>\n<main>\n",
            said("h1", "", &title),
            means(class)
        ),
        distribution(class),
        mistakes(class),
        clauses(class),
        scenarios(class),
        students(class, names),
        alike(class, names),
        "</main>\n".to_owned(),
        foot(names),
    ]
    .concat();
    document(&title, &content)
}

/// The points of those that have a grade, as parts of the maximum, ascending.
fn fractions(class: &Class) -> Vec<f64> {
    let fraction = |student: &Student| {
        let whole = student.maximum.value();
        let points = student.points?.value();
        Some(if whole > 0.0 {
            (points / whole).clamp(0.0, 1.0)
        } else {
            1.0
        })
    };
    let mut fractions: Vec<f64> = class.students.iter().filter_map(fraction).collect();
    fractions.sort_by(f64::total_cmp);
    fractions
}

fn means(class: &Class) -> String {
    let fractions = fractions(class);
    let count = |wanted: fn(&&Student) -> bool| class.students.iter().filter(wanted).count();
    let mut facts = Vec::new();
    if let (false, Some(median)) = (fractions.is_empty(), fractions.get(fractions.len() / 2)) {
        let mean = fractions.iter().sum::<f64>() / fractions.len() as f64;
        facts.push((
            format!("{:.1} %", median * 100.0),
            "of the points in the median",
        ));
        facts.push((format!("{:.1} %", mean * 100.0), "on average"));
    }
    facts.push((
        count(|one| one.passed && one.points.is_some()).to_string(),
        "without a mistake",
    ));
    facts.push((count(|one| !one.built).to_string(), "could not be built"));
    facts.push((
        count(|one| one.points.is_none()).to_string(),
        "without a grade",
    ));
    let facts: String = facts
        .iter()
        .map(|(number, words)| format!("<span><b>{number}</b> {words}</span>"))
        .collect();
    element("p", "mean", facts)
}

fn distribution(class: &Class) -> String {
    let mut bins = [0_usize; BINS];
    for fraction in fractions(class) {
        let bin = (fraction * BINS as f64) as usize;
        bins[bin.min(BINS - 1)] += 1;
    }
    let highest = bins.iter().copied().max().unwrap_or(0);
    if highest == 0 {
        return String::new();
    }
    let mut bars = String::new();
    for (index, count) in bins.iter().enumerate() {
        let height = *count as f64 / highest as f64 * 80.0;
        let (from, to) = (index * 100 / BINS, (index + 1) * 100 / BINS);
        let label = if *count > 0 {
            count.to_string()
        } else {
            String::new()
        };
        // Writing to a string cannot fail.
        let _ = write!(
            bars,
            "<div title=\"{count} from {from} to {to} %\">{label}<i style=\"height:{height:.1}%\">\
             </i>{from}</div>"
        );
    }
    let words: Vec<String> = bins
        .iter()
        .enumerate()
        .filter(|(_, count)| **count > 0)
        .map(|(index, count)| format!("{count} from {} %", index * 100 / BINS))
        .collect();
    let content = format!(
        "<div class=\"histogram\" role=\"img\" aria-label=\"submissions by points: {}\">{bars}</div>\n\
         <p class=\"counts\">Submissions by percent of the points, from the number below each bar \
         on.</p>\n",
        words.join(", ")
    );
    section("points", "The points", &content)
}

/// A table that a click on a head sorts: heads with what their column holds, and rows.
fn table(label: &str, heads: &[(&str, &str)], rows: &str) -> String {
    let heads: String = heads
        .iter()
        .map(|(head, kind)| match *kind {
            "" => format!("<th scope=\"col\">{head}</th>"),
            kind => format!("<th scope=\"col\" data-sort=\"{kind}\">{head}</th>"),
        })
        .collect();
    format!(
        "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"{label}\"><table \
         class=\"sorted\"><thead><tr>{heads}</tr></thead><tbody>\n{rows}</tbody></table></div>\n"
    )
}

fn meter(part: usize, whole: usize) -> String {
    let share = part as f64 / whole.max(1) as f64 * 100.0;
    format!("<div class=\"meter\"><i style=\"width:{share:.1}%\"></i></div>")
}

fn mistakes(class: &Class) -> String {
    let all = class.students.len();
    let mut rows = String::new();
    let mistakes = class.by_students();
    for (_, common) in mistakes.iter().take(MISTAKES) {
        let _ = writeln!(
            rows,
            "<tr><td class=\"number\">{}</td><td data-key=\"{}\">{}{}</td><td>{}</td><td \
             class=\"number\">{}</td></tr>",
            common.students,
            escaped(&common.sentence),
            escaped(&common.sentence),
            meter(common.students, all),
            escaped(&common.clause),
            common.points,
        );
    }
    if rows.is_empty() {
        return String::new();
    }
    let heads = [
        ("Students", "number"),
        ("Mistake", "text"),
        ("Clause", "text"),
        ("Points lost", "number"),
    ];
    let more = mistakes.len().saturating_sub(MISTAKES);
    let more = match more {
        0 => String::new(),
        more => said("p", "counts", &format!("{more} more are in mistakes.csv.")),
    };
    let content = table("mistakes", &heads, &rows) + &more;
    section("mistakes", "What to teach again", &content)
}

fn clauses(class: &Class) -> String {
    let mut rows = String::new();
    for (clause, asked) in &class.clauses {
        let broken = if asked.broken_by > 0 {
            " class=\"broken\""
        } else {
            ""
        };
        let share = asked.kept as f64 / asked.decided.max(1) as f64 * 100.0;
        let _ = writeln!(
            rows,
            "<tr{broken}><th scope=\"row\">{}</th><td>{}</td><td class=\"number\">{}</td><td \
             class=\"number\" data-key=\"{share}\">{share:.1} %{}</td></tr>",
            escaped(clause),
            escaped(&asked.summary),
            asked.broken_by,
            meter(asked.kept, asked.decided)
        );
    }
    if rows.is_empty() {
        return String::new();
    }
    let heads = [
        ("Clause", "text"),
        ("What it asks", ""),
        ("Broken by", "number"),
        ("Calls that kept it", "number"),
    ];
    section("clauses", "The clauses", &table("clauses", &heads, &rows))
}

/// The scenarios that most students fail.
fn scenarios(class: &Class) -> String {
    let mut failing: BTreeMap<usize, usize> = BTreeMap::new();
    for student in &class.students {
        let wrong = student
            .statuses
            .iter()
            .filter(|(_, status)| status.is_wrong());
        for (index, _) in wrong {
            *failing.entry(*index).or_default() += 1;
        }
    }
    let mut order: Vec<(usize, usize)> = failing.into_iter().collect();
    order.sort_by_key(|(index, count)| (std::cmp::Reverse(*count), *index));
    let mut rows = String::new();
    for (index, count) in &order {
        let stem = class.scenarios.get(*index).map_or("", String::as_str);
        let _ = writeln!(
            rows,
            "<tr><td class=\"number\">{count}</td><td>{}</td><td data-key=\"{count}\">{}</td></tr>",
            escaped(stem),
            meter(*count, class.students.len())
        );
    }
    if rows.is_empty() {
        return String::new();
    }
    let heads = [
        ("Failed by", "number"),
        ("Scenario", "text"),
        ("Share", "number"),
    ];
    let table = table("scenarios", &heads, &rows);
    let summary = format!(
        "{} scenarios were failed by at least one submission",
        order.len()
    );
    let content = format!(
        "<details>{}{table}</details>\n",
        said("summary", "", &summary)
    );
    section("scenarios", "The scenarios", &content)
}

fn students(class: &Class, names: Names) -> String {
    let mut rows = String::new();
    for (name, student) in class.named(names) {
        let cell = match names {
            Names::Shown => format!(
                "<a href=\"reports/{}.html\">{}</a>",
                link(&student.id),
                escaped(&name)
            ),
            Names::LeftOut => escaped(&name).into_owned(),
        };
        let points = student
            .points
            .map_or_else(|| "none".to_owned(), |it| it.to_string());
        let key = student.points.map_or(-1.0, Points::value);
        let said = match student.built {
            true => escaped(&student.most_expensive),
            false => "could not be built".into(),
        };
        let _ = writeln!(
            rows,
            "<tr><th scope=\"row\" data-key=\"{}\">{cell}</th><td class=\"number\" \
             data-key=\"{key}\">{points}</td><td class=\"number\">{}</td><td>{said}</td><td \
             class=\"heat\" data-key=\"{}\">{}</td></tr>",
            escaped(&name),
            student.mistakes,
            student.statuses.values().filter(|it| it.is_wrong()).count(),
            heat(student, class.scenarios.len())
        );
    }
    let heads = [
        ("Submission", "text"),
        ("Points", "number"),
        ("Mistakes", "number"),
        ("Most expensive mistake", "text"),
        ("Scenarios, in order", "number"),
    ];
    let legend = "<p class=\"legend\"><i class=\"f\"></i> passed <i class=\"s1\"></i> carried \
                  <i class=\"s2\"></i> failed <i class=\"s3\"></i> crashed or ended \
                  <i class=\"s4\"></i> not reached <i class=\"s5\"></i> not judged</p>\n";
    let content = legend.to_owned() + &table("all submissions", &heads, &rows);
    section("students", "All submissions", &content)
}

/// All scenarios of a student in a strip.
fn heat(student: &Student, count: usize) -> String {
    if !student.built || count == 0 {
        return String::new();
    }
    let mut paths: BTreeMap<&str, String> = BTreeMap::new();
    for (index, status) in &student.statuses {
        let class = match status {
            Status::Pass => continue,
            Status::Carried => "s1",
            Status::Fail => "s2",
            Status::Crash | Status::Timeout | Status::Limit | Status::Forbidden => "s3",
            Status::NotReached => "s4",
            Status::GraderError => "s5",
        };
        let _ = write!(paths.entry(class).or_default(), "M{index} 0h1v1h-1z");
    }
    let wrong = student.statuses.values().filter(|it| it.is_wrong()).count();
    let paths: String = paths
        .iter()
        .map(|(class, path)| format!("<path class=\"{class}\" d=\"{path}\"/>"))
        .collect();
    format!(
        "<svg viewBox=\"0 0 {count} 1\" preserveAspectRatio=\"none\" role=\"img\" \
         aria-label=\"{wrong} of {count} scenarios failed\">{paths}</svg>"
    )
}

/// Submissions that behave alike in everything that was observed, except those without a mistake.
fn alike(class: &Class, names: Names) -> String {
    let mut groups: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (name, student) in class.named(names) {
        if !student.behaviour.is_empty() && !student.passed {
            groups.entry(&student.behaviour).or_default().push(name);
        }
    }
    let mut groups: Vec<Vec<String>> = groups.into_values().filter(|it| it.len() > 1).collect();
    groups.sort_by_key(|group| (std::cmp::Reverse(group.len()), group.first().cloned()));
    let items: String = groups
        .iter()
        .map(|it| said("li", "", &it.join(", ")))
        .collect();
    if items.is_empty() {
        return String::new();
    }
    let note = "<p>They have the same results, system calls and layouts in all scenarios, and at least one mistake. This shows where to look; it proves nothing.</p>\n";
    section(
        "alike",
        "Submissions that behave alike",
        &format!("{note}<ul>{items}</ul>\n"),
    )
}

fn foot(names: Names) -> String {
    let links = match names {
        Names::Shown => {
            "<a href=\"grades.csv\">grades.csv</a>, <a href=\"timing.csv\">timing.csv</a> (how long \
             each took), "
        }
        Names::LeftOut => "",
    };
    format!(
        "<footer>Tables: {links}<a href=\"mistakes.csv\">mistakes.csv</a>, \
         <a href=\"clauses.csv\">clauses.csv</a></footer>\n"
    )
}
