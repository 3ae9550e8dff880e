//! Grades the submissions of a class in parallel and keeps the results: they can be resumed,
//! divided, merged and compared.
//!
//! [`store::Key`] says when two results are comparable; [`ids`] names submissions in files and
//! tables. Nothing here prints.

pub mod compare;
pub mod content;
pub mod crew;
mod entry;
pub mod examiner;
mod files;
pub mod given;
pub mod ids;
mod lines;
pub mod manifest;
pub mod merge;
pub mod seeding;
pub mod similar;
pub mod slice;
pub mod store;
mod style;
mod timing;
