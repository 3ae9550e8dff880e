//! Parts of the library, tried from outside: from what is handed in to a shared object, the store of
//! a class's results, and the formats that reports are written in.
//!
//! ```text
//! cargo test -p checker --test parts                      # all
//! cargo test -p checker --test parts submission_shapes    # one of the modules
//! ```

mod clauses;
mod formats;
mod readme;
mod store;
mod submission_shapes;
