//! One reading for all runs, and no blocks that are not there.

use super::*;

#[test]
fn headers_as_the_assignment_has_them() {
    let judgement = judged(&scenarios(&P, |_| {}));
    assert_eq!(judgement.reading, Reading::plain(&P));
    assert_eq!(wrong(&judgement), [0; 0]);
    assert_eq!(names(&judgement), [""; 0]);
}

#[test]
fn a_size_may_count_the_header_in_the_heap() {
    let chunks = |memory: &mut Memory| {
        for node in &mut memory.nodes {
            node.words[0] += P.header;
        }
    };
    let judgement = judged(&scenarios(&P, chunks));
    assert!(judgement.reading.heap_chunks);
    assert!(!judgement.reading.mapped_chunks);
    assert_eq!(wrong(&judgement), [0; 0]);
    assert_eq!(names(&judgement), [""; 0]);
}

#[test]
fn a_size_may_count_the_header_in_mappings() {
    let chunks = |memory: &mut Memory| {
        for (_, words) in &mut memory.mappings {
            words[0] += P.header;
        }
    };
    let judgement = judged(&scenarios(&P, chunks));
    assert!(!judgement.reading.heap_chunks);
    assert!(judgement.reading.mapped_chunks);
    assert_eq!(wrong(&judgement), [0; 0]);
    assert_eq!(names(&judgement), [""; 0]);
}

#[test]
fn one_size_that_counts_the_header_is_no_reading() {
    let mut player = Player::new(&P);
    for _ in 0..4 {
        player.malloc(100);
    }
    let mut played = player.done();
    played.transcript.steps[3].memory.nodes[3].words[0] += P.header;
    let judgement = played.judge();
    assert!(!judgement.reading.heap_chunks);
    assert_eq!(wrong(&judgement), [4]);
}

#[test]
fn a_header_of_24_bytes_is_one_mistake() {
    let short = Profile {
        header: 24,
        next_offset: 16,
        prev_offset: 16,
        ..P
    };
    let judgement = judged(&scenarios(&short, |_| {}));
    assert_eq!(judgement.reading.profile.header, 24);
    assert_eq!(wrong(&judgement), [0; 0]);
    assert_eq!(names(&judgement), ["ShorterHeader"]);
}

#[test]
fn free_space_at_the_end_without_a_header_is_one_mistake() {
    let bare = |memory: &mut Memory| {
        let Some(last) = memory.nodes.last().filter(|node| node.words[1] == 0) else {
            return;
        };
        let at = last.at;
        memory.nodes.pop();
        if let Some(before) = memory.nodes.last_mut()
            && before.words[3] == at | LINK
        {
            before.words[3] = 0;
        }
    };
    let judgement = judged(&scenarios(&P, bare));
    assert_eq!(judgement.reading.rooms, Rooms::Top);
    let known = names(&judgement);
    assert!(known.contains(&"TailWithoutHeader"), "{known:?}");
}

#[test]
fn blocks_reach_to_the_next_where_sizes_are_not_their_rooms() {
    let mut player = Player::new(&P);
    for round in 0..40 {
        let pointer = player.malloc(120);
        player.malloc(16);
        player.free(pointer);
        // 16 bytes are left over, and the header does not count them.
        let call = Call::Malloc { size: 104 };
        let choices = Choices::canonical(&P);
        player.call(call, &choices, &[Mistake::SizeSaysLess]);
        assert_eq!(player.state.heap.blocks.len(), 2 * round + 3);
    }
    let played = player.done();
    let reading = Reading {
        rooms: Rooms::Distances,
        ..Reading::plain(&P)
    };
    let judgement = judge_in(&reading, &[played.run()], &[]);
    assert_eq!(names(&judgement), ["SizeSaysLess"]);
    assert_eq!(wrong(&judgement).len(), 40);
    let due = judgement.calls.iter().find_map(|call| call.due.as_ref());
    let block = due.unwrap().after.as_ref().unwrap().heap.blocks[0];
    assert_eq!((block.size, block.said), (120, 104));
}

#[test]
fn the_list_may_go_on_past_a_mapped_block() {
    let mut player = Player::new(&P);
    player.malloc(1000);
    player.malloc(P.mmap_threshold);
    let second = player.malloc(1000);
    player.free(second);
    player.malloc(500);
    let mut played = player.done();
    for step in &mut played.transcript.steps[1..] {
        let memory = &mut step.memory;
        memory.nodes[0].words[3] = 1 | MAPPED;
        memory.nodes[1].words[2] = 1 | MAPPED;
        memory.mappings[0].1[3] = memory.nodes[1].at | LINK;
    }
    let reading = Reading {
        listed: true,
        ..Reading::plain(&P)
    };
    let judgement = judge_in(&reading, &[played.run()], &[]);
    assert_eq!(wrong(&judgement), [0; 0]);
}

#[test]
fn zeroed_memory_is_not_a_block() {
    let mut player = Player::new(&P);
    let tail = [Mistake::PreallocationTailDropped];
    player.call(Call::Malloc { size: 1000 }, &Choices::canonical(&P), &tail);
    let mut played = player.done();
    let zeroes = Node {
        at: 1032,
        words: [0; WORDS],
    };
    played.transcript.steps[0].memory.nodes.push(zeroes);
    let judgement = played.judge();
    assert_eq!(names(&judgement), ["PreallocationTailDropped"]);
    let due = judgement.calls[0].due.as_ref().unwrap();
    let blocks = &due.after.as_ref().unwrap().heap.blocks;
    let blocks: Vec<_> = blocks.iter().map(|it| (it.start, it.size)).collect();
    assert_eq!(blocks, [(0, 1000)]);
    let words = complaints(&judgement)[0];
    assert_eq!(words.clause, Clause::C6);
    assert!(!words.sentence.contains(" 0 bytes"), "{}", words.sentence);
}
