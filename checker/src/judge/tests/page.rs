//! What is said of each fault of the catalogue, as a page that can be read: for each fault and each
//! list of clauses the first sentence that names them.
//! `UPDATE_GOLDENFILES=1 cargo test -p checker --lib judge::tests::page` writes it anew.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::Write as _;

use goldenfile::Mint;

use super::*;
use crate::judge::Divergence;
use crate::model::Fault;

fn divergence(scene: &Scene, fault: Fault) -> Option<Divergence> {
    let seen = transcript(&scene.calls, &Choices::canonical(&P), FaultSet::of(fault));
    let golden = golden(&scene.calls);
    let run = ScenarioRun {
        stem: scene.stem,
        kind: Kind::Golden,
        calls: &scene.calls,
        golden: Some(&golden),
        transcript: &seen,
        injection: Injection::default(),
    };
    judge(&P, &[run]).verdicts.remove(0).divergence
}

#[test]
fn the_page_is_what_is_said() {
    let mut page = String::new();
    let scenes = scenes();
    for &fault in Fault::ALL {
        writeln!(page, "{} ({})", fault.name(), fault.clause()).unwrap();
        let mut told = BTreeSet::new();
        for scene in &scenes {
            let Some(divergence) = divergence(scene, fault) else {
                continue;
            };
            if told.insert((divergence.aspect, divergence.clauses.clone())) {
                let number = divergence.number.0;
                let stem = scene.stem;
                writeln!(page, "    {stem} {number}: {}", divergence.sentence).unwrap();
            }
        }
    }
    let mut mint = Mint::new("src/judge/tests");
    let mut file = mint.new_goldenfile("page.txt").unwrap();
    file.write_all(page.as_bytes()).unwrap();
}
