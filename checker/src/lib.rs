//! Observes a submission from outside its process, judges it, and reports.
//!
//! The public items are the way of a submission through the checker, in the order in which data
//! flows. This grades one of the samples, which takes the first block that fits:
//!
//! ```
//! use checker::{BuildOptions, Grader, IsolationOptions, Known, Rubric, SCENARIOS, samples};
//!
//! let folder = tempfile::tempdir()?;
//! let sample = samples::named("first_fit").expect("there is one");
//! std::fs::write(folder.path().join("osmem.c"), sample.source())?;
//!
//! let built = checker::build(folder.path(), &BuildOptions::default(), IsolationOptions::default())?;
//! let record = Grader::built_in().examine("ada", &built, 0.0)?;
//! assert_eq!(record.mistakes[0].name, "FirstFit");
//!
//! let grade = Rubric::built_in(&Known::all(&SCENARIOS))?.grade(&record).expect("it was built");
//! let junit = checker::exporter("junit").expect("there is one");
//! junit.write(&record, Ok(&grade), &mut std::io::stdout())?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Layers
//!
//! ```text
//! cli                              arguments -> configuration -> documented exit code
//! batch  report  grading           a class | a format a file | from a path to a record
//! replay  fuzz  runner  rubric     traces | random sequences | scenarios, run | points
//! machine                          whether this machine can judge at all
//! vary  explain  homes             other sizes | a judgement as a record | where mistakes are at home
//! judge  tracer                    each call from its own state | watches a process from outside
//! build  submission                compiles, confined | finds the sources
//! backtrace                        functions and lines of a crash
//! spec                             the assignment, executable, with the known mistakes
//! recordings  picture  diff  snapshot  transcript  selection  record  plan  suite  profile  inject  heap
//! pool  sandbox  elf               pinned threads | walls around processes | is it a library
//! sys                              ptrace, remote memory, the fork server: the unsafe code
//! samples  digest  carried  types  sample submissions | fingerprints | files that are built in | data
//! ```
//!
//! Imports point down, and in a line to the right; `ci/layers.sh` has the same order and fails on
//! any other. What judges runs nothing, reads no file, and gives no points.

#![deny(unsafe_code)]
#![allow(
    unreachable_pub,
    reason = "modules are private: `pub` is for the other modules, and this file says what is public"
)]
#![allow(
    missing_docs,
    reason = "a name, or the message of an error, often says all; what it does not say stands above it"
)]

mod backtrace;
mod batch;
mod build;
mod carried;
mod diff;
mod digest;
mod elf;
mod explain;
mod fuzz;
mod grading;
mod heap;
mod homes;
mod inject;
mod judge;
mod machine;
mod picture;
mod plan;
mod pool;
mod profile;
mod record;
mod recordings;
mod replay;
mod report;
mod rubric;
mod runner;
mod sandbox;
mod selection;
mod snapshot;
mod spec;
mod submission;
mod suite;
mod sys;
mod tracer;
mod transcript;
mod types;
mod vary;

pub mod cli;
pub mod samples;
#[doc(hidden)]
pub mod testing;

// A submission is found and compiled, with walls around the compiler.
pub use build::{Library, Options as BuildOptions};
pub use grading::{Built, build};
pub use sandbox::IsolationOptions;
// A stage is where its processes run, with limits. A tracer observes what each call does.
pub use ref_tests::scenario::Scenario;
pub use suite::SCENARIOS;
pub use tracer::{Limits, Stage, Tracer};
pub use types::{Profile, RawTranscript, Transcript};
// Each call is judged from the state that it found.
pub use judge::{Judgement, Run, judge};
// A grader does all of this. It leaves a record, from which everything else is made.
pub use grading::{Error, Grader};
pub use record::Record;
// A rubric gives points.
pub use rubric::{Grade, Known, Points, Rubric, Ungraded};
// An exporter writes a report.
pub use report::{EXPORTERS, Exporter, GradeResult, exporter};
