//! Prices.
use checker::assess::Scope;
use checker::homes::Homes;
use checker::rubric::{Known, Rubric};
use checker::spec::Mistake;
use ref_tests::SCENARIOS;
fn main() {
    let start = std::time::Instant::now();
    let homes = Homes::of(&checker::types::Profile::DEFAULT);
    eprintln!("{:?}", start.elapsed());
    let rubric = Rubric::built_in(&Known::all(SCENARIOS)).unwrap();
    let mut total = 0.0;
    for m in Mistake::ALL {
        let h = homes.of_mistake(*m, Scope::Everywhere);
        let price: f64 = h
            .iter()
            .map(|i| rubric.worth(SCENARIOS[*i].stem).value())
            .sum();
        total += price;
        println!(
            "{:6.2} {:?} {} [{}]",
            price,
            m,
            m.clause(),
            h.iter()
                .map(|i| SCENARIOS[*i].number())
                .collect::<Vec<_>>()
                .join(" ")
        );
    }
    println!("mean {}", total / Mistake::ALL.len() as f64);
}
