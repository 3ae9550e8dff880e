//! Measurements of the suite itself, for maintainers; each takes minutes.
//!
//! ```text
//! cargo run --release -p checker --example measure -- mistake_table --sets 100 --seed 7
//! cargo run --release -p checker --example measure -- no_false_alarm 100000
//! cargo run --release -p checker --example measure -- reproductions FirstFit
//! ```
//!
//! Each is a module here and says in its head what it does. They are one program because
//! `cargo test` links all examples.

#[path = "../../tests/samples/laboratory/mod.rs"]
mod laboratory;
mod mistake_table;
mod no_false_alarm;
mod reproductions;

use std::process::ExitCode;

use laboratory::Error;

fn main() -> Result<ExitCode, Error> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (name, rest) = arguments
        .split_first()
        .map_or(("", &[][..]), |(name, rest)| (name, rest));
    match name {
        "mistake_table" => mistake_table::run(rest),
        "no_false_alarm" => no_false_alarm::run(rest),
        "reproductions" => reproductions::run(rest),
        _ => Err("name one: mistake_table, no_false_alarm or reproductions".into()),
    }
}
