//! The scenarios of this run of the program: those that are built in, and after them those that a
//! course brings. They are set up once, before anything else happens, and judged alike.

use std::ops::Deref;
use std::path::PathBuf;
use std::sync::OnceLock;

use ref_tests::scenario::Scenario;

/// A scenario that a course brings.
#[derive(Clone)]
pub struct Own {
    pub scenario: Scenario,
    /// The file that it was read from.
    pub path: PathBuf,
    /// Its golden snapshot; none where the file has no outcomes yet.
    pub golden: Option<String>,
    /// The program that makes its calls, where it is a course's own test.
    pub test: Option<Test>,
}

/// A course's own test.
#[derive(Clone)]
pub struct Test {
    /// A shared object.
    pub program: &'static [u8],
    /// The folder that it was made in.
    pub folder: PathBuf,
}

/// Every scenario: the built-in ones in the order of their numbers, then the course's own in the
/// order of their names.
pub static SCENARIOS: Suite = Suite(OnceLock::new());

/// A table of scenarios.
pub struct Suite(OnceLock<Table>);

struct Table {
    all: Vec<Scenario>,
    own: Vec<Own>,
}

/// The scenarios are already in use.
#[derive(Debug, thiserror::Error)]
#[error("the scenarios are in use already")]
pub struct InUse;

impl Suite {
    /// Adds the course's own scenarios, in the order of their names. To be called before anything
    /// looks at the table.
    pub fn add(&self, mut own: Vec<Own>) -> Result<(), InUse> {
        own.sort_by_key(|own| own.scenario.stem);
        self.0.set(Table::new(own)).map_err(|_| InUse)
    }

    /// The course's own.
    pub fn own(&self) -> &[Own] {
        &self.table().own
    }

    /// The file and golden of the scenario at this index, when it is a course's own.
    pub fn own_at(&self, index: usize) -> Option<&Own> {
        self.own()
            .get(index.checked_sub(ref_tests::SCENARIOS.len())?)
    }

    /// The course's own test that this scenario is, if it is one.
    pub fn test_at(&self, index: usize) -> Option<&Test> {
        self.own_at(index)?.test.as_ref()
    }

    fn table(&self) -> &Table {
        self.0.get_or_init(|| Table::new(Vec::new()))
    }
}

impl Table {
    fn new(own: Vec<Own>) -> Self {
        let built_in = ref_tests::SCENARIOS.iter().copied();
        let all = built_in.chain(own.iter().map(|own| own.scenario));
        Self {
            all: all.collect(),
            own,
        }
    }
}

impl Deref for Suite {
    type Target = [Scenario];

    fn deref(&self) -> &[Scenario] {
        &self.table().all
    }
}
