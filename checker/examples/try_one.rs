use checker::spec::*;
fn main() {
    let profile = checker::types::Profile::DEFAULT;
    let mut state = State::new(32);
    let _ = &mut state;
    let t = Trial {
        profile: &profile,
        request: Request::Malloc { size: 8 },
        chooser: Chooser::Script(&[], Vec::new()),
        mistakes: &[Mistake::RestTooFar],
        looks: true,
        denied: Denied::default(),
    };
    let s = step(t, state);
    println!("{:?}", s);
}
