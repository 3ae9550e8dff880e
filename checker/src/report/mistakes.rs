//! Mistakes in words, the most expensive first.

use super::prepare::Prepared;
use super::text::marked;
use super::words::{clause, details};
use crate::record::{Damage, Mistake, Record};
use crate::rubric::{DAMAGE, Grade, Points};

/// Numbers of scenarios that are named.
const NUMBERS: usize = 12;

/// The mistakes of a record in the order of their cost; as they stand where there is no grade.
pub(crate) fn by_cost<'r>(record: &'r Record, grade: Option<&Grade>) -> Vec<&'r Mistake> {
    let charges = grade.map_or(&[][..], |grade| &grade.charges);
    let rank = |mistake: &&Mistake| {
        let place = charges
            .iter()
            .position(|charge| charge.name == mistake.name);
        place.unwrap_or(usize::MAX)
    };
    let mut mistakes: Vec<&Mistake> = record.mistakes.iter().collect();
    mistakes.sort_by_key(rank);
    mistakes
}

/// `It takes the first block that is large enough (C4), in 40 of 40 situations`
pub(crate) fn claim(mistake: &Mistake) -> String {
    let Mistake {
        sentence,
        clause,
        shown,
        situations,
        ..
    } = mistake;
    let mut text = match (mistake.guess, sentence.strip_prefix("it ")) {
        (true, _) => format!("Perhaps {sentence}"),
        (false, Some(rest)) => format!("It {rest}"),
        (false, None) => sentence.clone(),
    };
    let clause = format!("({clause})");
    if !text.contains(&clause) {
        text += &format!(" {clause}");
    }
    match situations {
        0 => text,
        1 => text + ", in the only situation",
        _ => format!("{text}, in {shown} of {situations} situations"),
    }
}

/// `costs 6.5 points`
pub(crate) fn cost(points: Points) -> String {
    match points {
        Points::ZERO => "costs no further points".to_owned(),
        Points::ONE => "costs 1 point".to_owned(),
        _ => format!("costs {points} points"),
    }
}

/// What is wrong in one line: the damage, where there is some.
pub(super) fn damage(prepared: &Prepared) -> Option<String> {
    let damage = prepared.record.damage.as_ref()?;
    Some(priced(prepared, DAMAGE, &damage_in_words(damage)))
}

/// `Memory is damaged in 0609-…, call 7: SIGSEGV in split_block (src/osmem.c:141); the process …`
pub(crate) fn damage_in_words(damage: &Damage) -> String {
    let Damage {
        sentence,
        place,
        source,
    } = damage;
    let source = source
        .as_ref()
        .map_or_else(String::new, |it| format!("{it}; "));
    format!("Memory is damaged in {place}: {source}{sentence}")
}

/// Each mistake in one line.
pub(super) fn titles(prepared: &Prepared) -> Vec<String> {
    let mistakes = prepared.record.mistakes.iter();
    mistakes.map(|mistake| title(prepared, mistake)).collect()
}

/// A mistake with what it costs.
pub(super) fn title(prepared: &Prepared, mistake: &Mistake) -> String {
    priced(prepared, &mistake.name, &claim(mistake))
}

fn priced(prepared: &Prepared, name: &str, said: &str) -> String {
    let grade = prepared.grade.as_ref().ok();
    let points = grade.and_then(|grade| grade.charged(name));
    points.map_or(said.to_owned(), |points| {
        format!("{said}: {}", cost(points))
    })
}

/// What there is to say of a mistake below its title: an example, where to look, and what is lost.
pub(super) fn explanation(mistake: &Mistake) -> String {
    let mut text = match &mistake.example {
        Some(example) => {
            let failure = &example.failure;
            let sentence = &failure.sentence;
            format!(
                "for example in {}: {sentence}\n{}",
                example.stem,
                details(failure)
            )
        }
        None => clause(&mistake.clause),
    };
    if !mistake.hint.is_empty() {
        text += &format!("where to look: {}\n", mistake.hint);
    }
    text + &homes(mistake)
}

/// The scenarios that are lost by it, by number.
fn homes(mistake: &Mistake) -> String {
    let number = |stem: &String| stem.split('-').next().unwrap_or_default().to_owned();
    let numbers: Vec<String> = mistake.homes.iter().take(NUMBERS).map(number).collect();
    let more = match mistake.homes.len() {
        0 => return String::new(),
        count if count > NUMBERS => " and others",
        _ => "",
    };
    format!(
        "scenarios that lose points for it: {}{more}
",
        numbers.join(" ")
    )
}

/// The damage, and all mistakes in a line each where there are several: wherever a system cuts a
/// page, these stand on it.
pub(super) fn summary(prepared: &Prepared) -> String {
    let damage = damage(prepared).map(|damage| format!("{damage}\n\n"));
    let mut text = damage.unwrap_or_default();
    let titles = titles(prepared);
    if titles.len() > 1 {
        for (number, title) in (1..).zip(&titles) {
            text += &format!("{number}. {title}\n");
        }
        text.push('\n');
    }
    text
}

/// All mistakes, numbered; then how much no mistake accounts for. Empty where nothing is wrong.
pub(super) fn list(prepared: &Prepared) -> String {
    let mut text = String::new();
    for (number, mistake) in (1..).zip(&prepared.record.mistakes) {
        text += &format!("{number}. {}\n", title(prepared, mistake));
        text += &format!("{}\n", marked(&explanation(mistake), "   "));
    }
    if let Some(rest) = unexplained(prepared) {
        text += &format!("{rest}\n\n");
    }
    text
}

/// The scenarios that fail by no mistake of the list, in one line.
pub(super) fn unexplained(prepared: &Prepared) -> Option<String> {
    let (count, points) = prepared.unexplained;
    accidents(count, points)
}

/// `2 scenarios failed without a listed mistake: costs 1.5 points`
pub(crate) fn accidents(count: usize, points: Points) -> Option<String> {
    let s = if count == 1 { "" } else { "s" };
    let said = format!("{count} scenario{s} failed without a listed mistake");
    let priced = match points {
        Points::ZERO => said,
        _ => format!("{said}: {}", cost(points)),
    };
    (count > 0).then_some(priced)
}
