//! Readings, choices, causes and words, from runs that the specification plays by itself: with
//! known mistakes, with choices, and with headers of other shapes.

mod causes;
mod choices;
mod readings;
mod words;

use super::*;
use crate::plan;
use crate::spec::{Block, Chooser, Denied, Request, Trial, pointee, step};
use crate::suite::SCENARIOS;
use crate::types::{
    Finding, LINK, Layout, MAPPED, Memory, Node, Outcome, Place, Pointer, Region, Step, WORDS,
};

const P: Profile = Profile::DEFAULT;

/// Calls, and what an allocator did with them.
struct Played {
    stem: String,
    calls: Vec<Call>,
    transcript: Transcript,
}

impl Played {
    fn run(&self) -> Run<'_> {
        Run {
            stem: &self.stem,
            calls: &self.calls,
            golden: None,
            transcript: &self.transcript,
            injected: false,
            message: false,
            from: 0,
        }
    }

    fn judge(&self) -> Judgement {
        judge(&P, &[self.run()])
    }
}

/// Plays calls, each with choices and mistakes of its own.
struct Player {
    profile: Profile,
    state: State,
    steps: Vec<Step>,
    places: Vec<Place>,
    calls: Vec<Call>,
}

impl Player {
    fn new(profile: &Profile) -> Self {
        Self {
            profile: *profile,
            state: State::new(profile.header),
            steps: Vec::new(),
            places: Vec::new(),
            calls: Vec::new(),
        }
    }

    fn call(&mut self, call: Call, choices: &Choices, mistakes: &[Mistake]) -> Pointer {
        let trial = Trial {
            profile: &self.profile,
            request: Request::of(&call, |pointer| pointee(&self.places, pointer)),
            chooser: Chooser::Fixed(choices),
            mistakes,
            looks: false,
            denied: Denied::default(),
        };
        let stepped = step(trial, self.state.clone());
        self.state = stepped.after;
        self.places.push(stepped.result.unwrap_or(Place::Null));
        self.steps.push(Step {
            call,
            outcome: Outcome {
                result: stepped.result,
                system_calls: stepped.system_calls,
                layout: Layout::Blocks(self.state.heap.layout()),
            },
            findings: Vec::new(),
            memory: self.memory(),
        });
        self.calls.push(call);
        Pointer::Of(CallNumber(u32::try_from(self.calls.len()).unwrap()))
    }

    /// One that does as the clauses say.
    fn make(&mut self, call: Call) -> Pointer {
        self.call(call, &Choices::canonical(&P), &[])
    }

    fn malloc(&mut self, size: u64) -> Pointer {
        self.make(Call::Malloc { size })
    }

    fn free(&mut self, pointer: Pointer) {
        self.make(Call::Free { pointer });
    }

    fn done(self) -> Played {
        Played {
            stem: "played".to_owned(),
            calls: self.calls,
            transcript: Transcript {
                steps: self.steps,
                unfinished: Vec::new(),
                end: End::Finished(0),
            },
        }
    }

    /// The words of all headers, linked in the order of their addresses.
    fn memory(&self) -> Memory {
        let heap = &self.state.heap;
        let blocks: Vec<Block> = heap.blocks.iter().copied().collect();
        let link = |block: Option<&Block>| block.map_or(0, |block| block.start | LINK);
        let node = |(at, block): (usize, &Block)| {
            let mut words = [0; WORDS];
            words[0] = block.said;
            words[1] = u64::from(!block.free);
            let next = link(blocks.get(at + 1));
            words[(self.profile.next_offset / 8) as usize] = next;
            if self.profile.prev_offset != self.profile.next_offset {
                let prev = at.checked_sub(1).and_then(|at| blocks.get(at));
                words[(self.profile.prev_offset / 8) as usize] = link(prev);
            }
            Node {
                at: block.start,
                words,
            }
        };
        let live = self.state.mappings.iter().filter(|mapping| mapping.live);
        Memory {
            nodes: blocks.iter().enumerate().map(node).collect(),
            regions: match heap.end {
                0 => Vec::new(),
                end => vec![Region { start: 0, end }],
            },
            end: heap.end,
            mappings: live
                .map(|mapping| (mapping.number, [mapping.size, 2, 0, 0, 0]))
                .collect(),
        }
    }
}

/// A scenario's calls by an allocator with these mistakes.
fn scenario(number: &str, mistakes: &[Mistake]) -> Played {
    let scenario = SCENARIOS.iter().find(|it| it.number() == number).unwrap();
    let mut player = Player::new(&P);
    for call in plan::calls(scenario, &P) {
        player.call(call, &Choices::canonical(&P), mistakes);
    }
    let mut played = player.done();
    scenario.stem.clone_into(&mut played.stem);
    played
}

/// All scenarios that do not move the break for others, with the words that `changed` makes of
/// each node.
fn scenarios(profile: &Profile, changed: impl Fn(&mut Memory)) -> Vec<Played> {
    let mut all = Vec::new();
    for scenario in SCENARIOS.iter() {
        let mut player = Player::new(profile);
        for call in plan::calls(scenario, &P) {
            player.call(call, &Choices::canonical(&P), &[]);
        }
        let mut played = player.done();
        scenario.stem.clone_into(&mut played.stem);
        let moves = |call: &Call| matches!(call, Call::MoveBreak { .. });
        if played.calls.iter().any(moves) {
            continue;
        }
        for step in &mut played.transcript.steps {
            changed(&mut step.memory);
        }
        all.push(played);
    }
    all
}

fn judged(played: &[Played]) -> Judgement {
    let runs: Vec<Run<'_>> = played.iter().map(Played::run).collect();
    judge(&P, &runs)
}

/// The numbers of the calls that are wrong.
fn wrong(judgement: &Judgement) -> Vec<u32> {
    let wrong = judgement.calls.iter();
    let wrong = wrong.filter(|call| call.verdict == Verdict::Wrong);
    wrong.map(|call| call.number.0).collect()
}

/// The names of the known mistakes; a question mark for the others.
fn names(judgement: &Judgement) -> Vec<&'static str> {
    let causes = judgement.mistakes.iter().map(|found| found.cause);
    causes
        .map(|cause| match cause {
            Cause::Known(mistake) => mistake.name(),
            Cause::Unnamed(..) => "?",
        })
        .collect()
}

/// What is said of the wrong calls.
fn complaints(judgement: &Judgement) -> Vec<&Complaint> {
    let calls = judgement.calls.iter();
    let wrong = calls.filter(|call| call.verdict == Verdict::Wrong);
    wrong.filter_map(|call| call.complaint.as_ref()).collect()
}
