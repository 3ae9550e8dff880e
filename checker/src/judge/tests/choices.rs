//! One set of permitted choices for all calls.

use super::*;
use crate::spec::{Axis, Cut};

const T: u64 = P.mmap_threshold;

fn with_cut(cut: Cut, from: u64) -> Choices {
    let mut choices = Choices::canonical(&P);
    choices.cuts[cut as usize] = from;
    choices
}

#[test]
fn a_cut_off_is_as_canonical_as_calls_allow() {
    let late = with_cut(Cut::Malloc, T - 10);
    let mut player = Player::new(&P);
    player.call(Call::Malloc { size: T - 20 }, &late, &[]);
    player.call(Call::Malloc { size: T - 5 }, &late, &[]);
    let judgement = player.done().judge();
    assert_eq!(wrong(&judgement), [0; 0]);
    // The first call says: later than T-20. The second: not later than T-5.
    assert_eq!(judgement.choices, with_cut(Cut::Malloc, T - 19));
}

#[test]
fn a_call_that_fits_only_an_excluded_choice_is_wrong_and_both_are_named() {
    let (early, late) = (Choices::canonical(&P), with_cut(Cut::Malloc, T));
    let mut player = Player::new(&P);
    for _ in 0..3 {
        player.call(Call::Malloc { size: T - 10 }, &early, &[]);
    }
    player.call(Call::Malloc { size: T - 9 }, &late, &[]);
    let judgement = player.done().judge();
    assert_eq!(wrong(&judgement), [4]);
    assert_eq!(judgement.conflicts.len(), 1);
    let conflict = &judgement.conflicts[0];
    assert!(
        conflict.contains("os_malloc(131063) in call 4"),
        "{conflict}"
    );
    assert!(
        conflict.contains("os_malloc(131062) in call 1"),
        "{conflict}"
    );
    assert_eq!(complaints(&judgement)[0].clause, Clause::A2);
}

/// A block that is large enough stays, either because the size is below the cut-off (V3) or because
/// it fits (V7). Another call says which: both are settled together.
#[test]
fn choices_that_hang_together_are_settled_together() {
    let keeps = Choices::canonical(&P).with(Axis::KeepsFitting, true);
    let late = with_cut(Cut::ReallocHeap, T - 34);
    let fitting = |player: &mut Player, choices: &Choices| {
        // The rest of the preallocation is too small for a block: it has 131040 bytes.
        let pointer = player.malloc(T - 40);
        let size = T - 35;
        player.call(Call::Realloc { pointer, size }, choices, &[]);
    };
    let mut alone = Player::new(&P);
    fitting(&mut alone, &keeps);
    let judgement = alone.done().judge();
    assert_eq!(wrong(&judgement), [0; 0]);
    assert!([keeps, late].contains(&judgement.choices));

    let mut both = Player::new(&P);
    fitting(&mut both, &keeps);
    let pointer = both.malloc(64);
    let size = T - 38;
    both.call(Call::Realloc { pointer, size }, &keeps, &[]);
    let judgement = both.done().judge();
    assert_eq!(wrong(&judgement), [0; 0]);
    assert_eq!(judgement.choices, keeps);
}

#[test]
fn an_axis_is_read_from_the_calls_that_tell() {
    let expands = Choices::canonical(&P).with(Axis::Expands, true);
    let mut player = Player::new(&P);
    let first = player.malloc(130_000);
    let second = player.malloc(2000);
    player.call(
        Call::Realloc {
            pointer: second,
            size: 140_000,
        },
        &expands,
        &[],
    );
    player.free(first);
    let judgement = player.done().judge();
    assert_eq!(wrong(&judgement), [0; 0]);
    assert_eq!(judgement.choices, expands);
}
