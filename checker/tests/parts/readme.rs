//! What the README shows and counts is as the program has it.
//! `UPDATE_GOLDENFILES=1 cargo test -p checker --test parts readme` writes it anew.

use std::env;
use std::fs;

use checker::testing::report::EXPORTERS;
use checker::testing::samples;
use checker::testing::spec::Mistake;
use ref_tests::SCENARIOS;
use ref_tests::clause::Clause;

const README: &str = "../README.md";
/// Made from the program, see `tests/samples/gallery.rs`.
const SCREENS: &str = include_str!("../../docs/terminal.md");
const SHOWN: &str = "```text\n$ checker grade first_fit\n";

#[test]
fn the_readme_is_made_from_the_program() {
    let mut readme = fs::read_to_string(README).unwrap();
    let written = readme.clone();
    fill(&mut readme, "screen", &screen());
    fill(&mut readme, "counts", &counts());
    if env::var("UPDATE_GOLDENFILES").is_ok_and(|value| value == "1") {
        fs::write(README, readme).unwrap();
        return;
    }
    assert!(
        readme == written,
        "write it anew with `UPDATE_GOLDENFILES=1 cargo test -p checker --test parts readme`; the README should be\n{readme}"
    );
}

/// Puts a text between the mark of this name and the next end.
#[track_caller]
fn fill(readme: &mut String, name: &str, text: &str) {
    let mark = format!("<!-- {name} -->\n");
    let from = readme.find(&mark).expect(name) + mark.len();
    let to = from + readme[from..].find("<!-- end -->").expect(name);
    readme.replace_range(from..to, text);
}

fn screen() -> String {
    let (_, screen) = SCREENS.split_once(SHOWN).expect("the screen is shown");
    let (screen, _) = screen.split_once("```").expect("the block ends");
    format!("{SHOWN}{screen}```\n")
}

fn counts() -> String {
    format!(
        "{} scenarios (`checker list`), {} known mistakes (`checker mistakes`), {} clauses\n\
         (`checker explain`), {} formats of reports (`checker report`), {} samples\n\
         (`checker export --sample`).\n",
        SCENARIOS.len(),
        Mistake::ALL.len(),
        Clause::ALL.len(),
        EXPORTERS.len(),
        samples::all().len(),
    )
}
