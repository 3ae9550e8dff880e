//! Sentences that were wrong once.

use super::*;

/// The clauses that wrong calls of a scenario are said to break.
fn clauses(number: &str, mistake: Mistake) -> Vec<Clause> {
    let judgement = scenario(number, &[mistake]).judge();
    let words = complaints(&judgement);
    assert!(!words.is_empty(), "{mistake:?} shows in {number}");
    words.iter().map(|it| it.clause).collect()
}

/// What is said of the wrong calls of a scenario, with each of some mistakes.
fn told(number: &str, mistakes: &[Mistake]) -> Vec<(Clause, String)> {
    let mut told = Vec::new();
    for &mistake in mistakes {
        let judgement = scenario(number, &[mistake]).judge();
        let words = complaints(&judgement).into_iter();
        told.extend(words.map(|it| (it.clause, format!("{mistake:?}: {}", it.sentence))));
    }
    assert!(!told.is_empty(), "none of {mistakes:?} shows in {number}");
    told
}

#[test]
fn a_block_that_merging_leaves_too_small_is_not_about_growing_the_heap() {
    let mistakes = [
        Mistake::GrowsAfterMerging,
        Mistake::NextNotMerged,
        Mistake::MergesOnlyWhenEnough,
    ];
    for (clause, text) in told("0635", &mistakes) {
        assert!(matches!(clause, Clause::A15 | Clause::A16), "{text}");
    }
}

#[test]
fn a_large_block_at_the_end_is_not_about_growing_the_heap() {
    let mistakes = [Mistake::LargeReallocStays, Mistake::OldNotUnmapped];
    for (clause, text) in told("0658", &mistakes) {
        assert_ne!(clause, Clause::C7, "{text}");
    }
}

#[test]
fn a_mapping_that_stays_is_not_about_thresholds() {
    for number in ["0648", "0652"] {
        let mut shown = 0;
        for mistake in [Mistake::MappedKept, Mistake::MappedReturnedAsIs] {
            let judgement = scenario(number, &[mistake]).judge();
            for words in complaints(&judgement) {
                shown += 1;
                let text = &words.sentence;
                assert_eq!(
                    words.clause,
                    Clause::A17,
                    "{number} with {mistake:?}: {text}"
                );
                assert!(!text.contains("threshold"), "{number}: {text}");
            }
        }
        assert!(shown > 0, "{number}");
    }
}

/// What is said when the next `os_malloc` is made with a mistake.
fn told_of(mut player: Player, size: u64, mistake: Mistake) -> Complaint {
    let choices = Choices::canonical(&P);
    player.call(Call::Malloc { size }, &choices, &[mistake]);
    let judgement = player.done().judge();
    let words = complaints(&judgement);
    assert_eq!(words.len(), 1);
    words[0].clone()
}

/// The rest of 16 bytes can be no block: what is wrong is something else.
#[test]
fn a_rest_that_cannot_be_split_off_is_not_about_splitting() {
    let mut player = Player::new(&P);
    let hole = player.malloc(120);
    player.malloc(16);
    player.free(hole);
    let told = told_of(player, 104, Mistake::StatusNotSet);
    assert_eq!(told.clause, Clause::B1, "{}", told.sentence);
}

#[test]
fn a_lost_block_is_not_about_a_split_that_is_not_due() {
    let mut player = Player::new(&P);
    let one = player.malloc(64);
    let two = player.malloc(24);
    player.malloc(24);
    player.malloc(200);
    player.free(one);
    player.free(two);
    // 64 + 32 + 24 bytes are 120 when coalesced; 112 are asked for, and 8 are left over.
    let told = told_of(player, 112, Mistake::NeverCoalesces);
    assert_ne!(told.clause, Clause::C6, "{}", told.sentence);
}

#[test]
fn words_of_some_mistakes() {
    assert_eq!(clauses("0401", Mistake::FirstFit), [Clause::C4]);
    let judgement = scenario("0401", &[Mistake::FirstFit]).judge();
    let text = &complaints(&judgement)[0].sentence;
    assert!(text.contains("best fit is the block at"), "{text}");
    let clauses = clauses("0701", Mistake::UnmapsPayloadOnly);
    assert_eq!(clauses, [Clause::A8]);
}
