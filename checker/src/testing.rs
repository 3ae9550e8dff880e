//! What this package's tests, benchmarks and measurements use, by module. It is no interface: it
//! changes as they do.

pub mod backtrace {
    pub use crate::backtrace::Backtraces;
}
pub mod batch {
    pub mod compare {
        pub use crate::batch::compare::compare;
    }
    pub mod merge {
        pub use crate::batch::merge::{MergeError, merge};
    }
    pub mod similar {
        pub use crate::batch::similar::groups;
    }
    pub mod slice {
        pub use crate::batch::slice::Slice;
    }
    pub mod store {
        pub use crate::batch::store::{Entry, Key, Store, StoreError, entries, report_path};
    }
}
pub mod build {
    pub use crate::build::{Blame, Confined, Failure, Library, Limits, Options, compile};
}
pub mod carried {
    pub use crate::carried::{GOLDENS, HEADERS, PROGRAM, REFERENCE};
}
pub mod diff {
    pub use crate::diff::{Options, diff};
}
pub mod elf {
    pub use crate::elf::{Function, inspect};
}
pub mod fuzz {
    pub use crate::fuzz::{Effort, FIRST_SEED, Found, Manner, Options, Recipe, generate, run};
}
pub mod grading {
    pub use crate::grading::{Built, Examined, Grader, NO_ALLOCATOR, build};
}
pub mod homes {
    pub use crate::homes::Homes;
}
pub mod judge {
    pub use crate::judge::{Cause, Run, Scope, judge};
}
pub mod plan {
    pub use crate::plan::calls;
}
pub mod pool {
    pub use crate::pool::each;
}
pub mod profile {
    pub use crate::profile::Edition;
}
pub mod record {
    pub use crate::record::*;
}
pub mod report {
    pub use crate::report::{
        Class, ClassTable, EXPORTERS, GradeResult, Names, Row, Seconds, View, Visibility, exporter,
    };
}
pub mod rubric {
    pub use crate::rubric::{BUILT_IN, DAMAGE, Grade, Known, Points, Rubric, Ungraded};
}
pub mod samples {
    pub use crate::samples::{all, named};
}
pub mod sandbox {
    pub use crate::sandbox::{IsolationOptions, Layer, hide_checker, name, probe};
}
pub mod snapshot {
    pub use crate::snapshot::{Snapshot, render};
    pub mod store {
        pub use crate::snapshot::store::{Defect, Goldens};
    }
}
pub mod spec {
    pub use crate::spec::{Axis, Choices, Cut, Mistake, Needs, Point, outcomes};
}
pub mod submission {
    pub use crate::submission::{Submission, neutral};
}
pub mod suite {
    pub use crate::suite::SCENARIOS;
}
pub mod sys {
    pub mod server {
        pub use crate::sys::server::{processors, stay_on_processor};
    }
    pub mod walls {
        pub use crate::sys::walls::Walls;
    }
    pub mod watchdog {
        pub use crate::sys::watchdog::Watchdog;
    }
}
pub mod tracer {
    pub use crate::tracer::{Limits, Stage, Tracer};
}
pub mod transcript {
    pub use crate::transcript::of;
}
pub mod types {
    pub use crate::types::*;
}
pub mod vary {
    pub use crate::vary::plans;
}
