//! The commands, as a user gives them: one program for all of them, since each costs a link.
//!
//! ```text
//! cargo test -p checker --test commands                 # all
//! cargo test -p checker --test commands class::killed   # those whose name has this in it
//! ```

mod class;
mod course;
mod desk;
mod home;
mod instructors;
mod recorded;
#[path = "../sample/mod.rs"]
mod sample;
mod second_witness;
