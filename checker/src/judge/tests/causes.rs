//! The name with the best evidence.

use super::*;

/// Splits are right 900 times; those after merging never are.
#[test]
fn a_mistake_is_weighed_by_where_it_could_have_shown() {
    let mut player = Player::new(&P);
    for _ in 0..37 {
        let grows = player.malloc(16);
        let after = player.malloc(64);
        player.malloc(16);
        player.free(after);
        let call = Call::Realloc {
            pointer: grows,
            size: 32,
        };
        let choices = Choices::canonical(&P);
        player.call(call, &choices, &[Mistake::MergedNotSplit]);
    }
    let splits = player.calls.len();
    for _ in 0..200 {
        let pointer = player.malloc(200);
        player.free(pointer);
    }
    let played = player.done();
    assert!(played.calls.len() > splits + 300);
    let judgement = played.judge();
    assert_eq!(names(&judgement), ["MergedNotSplit"]);
    let found = &judgement.mistakes[0];
    assert_eq!((found.wrong.len(), found.situations), (37, 37));
    assert!(!found.guess);
}

#[test]
fn few_situations_make_a_guess() {
    let mut player = Player::new(&P);
    let pointer = player.malloc(200_000);
    let call = Call::Free { pointer };
    let mistakes = [Mistake::UnmapsPayloadOnly];
    player.call(call, &Choices::canonical(&P), &mistakes);
    let judgement = player.done().judge();
    assert_eq!(names(&judgement), ["UnmapsPayloadOnly"]);
    assert!(judgement.mistakes[0].guess);
}

#[test]
fn a_mistake_in_one_function_says_so() {
    let choices = Choices::canonical(&P);
    let round = |calloc: bool| {
        let mut player = Player::new(&P);
        let holes: Vec<Pointer> = (0..4).map(|at| player.malloc(80 * (4 - at))).collect();
        for hole in [0, 2] {
            player.free(holes[hole]);
        }
        match calloc {
            true => player.call(
                Call::Calloc { count: 1, size: 64 },
                &choices,
                &[Mistake::FirstFit],
            ),
            false => player.malloc(64),
        };
        player.done()
    };
    let played: Vec<Played> = (0..24).map(|number| round(number % 2 == 1)).collect();
    let judgement = judged(&played);
    assert_eq!(names(&judgement), ["FirstFit"]);
    let found = &judgement.mistakes[0];
    assert_eq!(found.scope, Scope::Calloc);
    assert_eq!((found.wrong.len(), found.situations), (12, 12));
}

/// One wrong call does not make the calls after it wrong.
#[test]
fn the_next_call_is_judged_from_what_is_there() {
    let mut player = Player::new(&P);
    let mistakes = [Mistake::PreallocationNotSplit];
    let call = Call::Malloc { size: 1000 };
    let first = player.call(call, &Choices::canonical(&P), &mistakes);
    for size in [10, 300, 5000] {
        player.malloc(size);
    }
    player.free(first);
    player.malloc(64);
    let judgement = player.done().judge();
    assert_eq!(wrong(&judgement), [1]);
    assert_eq!(names(&judgement), ["PreallocationNotSplit"]);
}

/// A size in a header is too small: that is one mistake. A move that copies so many bytes is right.
#[test]
fn content_that_a_header_has_lost_is_no_mistake_of_the_move() {
    let moved = |kept: u64| {
        let mut player = Player::new(&P);
        let pointer = player.malloc(64);
        player.malloc(16);
        player.state.heap.blocks[0].said = 32;
        player.steps[1].memory = player.memory();
        player.make(Call::Realloc { pointer, size: 200 });
        player.steps[2].findings = vec![Finding::NotKept { offset: kept }];
        wrong(&player.done().judge())
    };
    assert_eq!((moved(32), moved(24)), (vec![2], vec![2, 3]));
}

/// Two held blocks lie at the same place. When one is freed, the other is still held.
#[test]
fn a_block_is_held_on_when_another_at_its_place_is_freed() {
    let mut player = Player::new(&P);
    let choices = Choices::canonical(&P);
    let mistakes = [Mistake::StatusNotSet];
    let hole = player.malloc(64);
    player.malloc(16);
    player.free(hole);
    let [first, _] = [(); 2].map(|()| player.call(Call::Malloc { size: 64 }, &choices, &mistakes));
    player.free(first);
    player.malloc(24);
    player.steps[6].findings = vec![Finding::PayloadChanged {
        block: CallNumber(5),
        offset: 0,
    }];
    let played = player.done();
    let runs = [played.run()];
    let case = Case::of(Reading::of(&P, &runs), &runs);
    let verdicts: Vec<Verdict> = case.calls.iter().map(|call| call.verdict).collect();
    assert_eq!(verdicts[3], Verdict::Wrong);
    assert_eq!(verdicts[6], Verdict::Unknown);
}

/// Each of these sets explains some calls as another mistake would, which does not show elsewhere.
#[test]
fn what_the_other_mistakes_refute_is_not_named() {
    use Mistake::{
        FirstNeverSearched, LargeReallocStays, MapsShared, MergesUsedBlock, NoCoalescingInMalloc,
        ReallocAlwaysMoves,
    };
    for made in [
        [MapsShared, LargeReallocStays],
        [FirstNeverSearched, NoCoalescingInMalloc],
        [MergesUsedBlock, ReallocAlwaysMoves],
    ] {
        let played = SCENARIOS.iter().map(|it| scenario(it.number(), &made));
        let played: Vec<Played> = played.collect();
        let mut named = names(&judged(&played));
        // A merged used block makes headers unreliable.
        named.retain(|name| *name != "?" && *name != "SizesUnreliable");
        named.sort_unstable();
        let mut due = made.map(Mistake::name);
        due.sort_unstable();
        assert_eq!(named, due);
    }
}
