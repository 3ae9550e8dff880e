//! Observes a submission from outside its process, judges it, and reports.
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
//! spec                             SPEC.md, executable, with the known mistakes
//! recordings  picture  diff  snapshot  transcript  selection  record  plan  suite  profile  inject  heap
//! sandbox  elf                     walls around processes | is it a library
//! sys                              ptrace, remote memory, the fork server: the unsafe code
//! samples  digest  carried  types  sample submissions | fingerprints | files that are built in | data
//! ```
//!
//! Imports point down, and in a line to the right; `ci/layers.sh` has the same order and fails on
//! any other. What judges runs nothing, reads no file, and gives no points.

#![deny(unsafe_code)]

pub mod backtrace;
pub mod batch;
pub mod build;
pub mod carried;
pub mod cli;
pub mod diff;
pub mod digest;
pub mod elf;
pub mod explain;
pub mod fuzz;
pub mod grading;
pub mod heap;
pub mod homes;
pub mod inject;
pub mod judge;
pub mod machine;
pub mod picture;
pub mod plan;
pub mod profile;
pub mod record;
pub mod recordings;
pub mod replay;
pub mod report;
pub mod rubric;
pub mod runner;
pub mod samples;
pub mod sandbox;
pub mod selection;
pub mod snapshot;
pub mod spec;
pub mod submission;
pub mod suite;
pub mod sys;
pub mod tracer;
pub mod transcript;
pub mod types;
pub mod vary;
