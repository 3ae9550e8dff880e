//! Every permitted choice of section V, as flags of the allocator in C that can make it.

use checker::testing::spec::{Axis, Choices, Cut};
use checker::testing::types::Profile;

use super::dice::Dice;

const PROFILE: Profile = Profile::DEFAULT;
const T: u64 = PROFILE.mmap_threshold;
const PAGE: u64 = PROFILE.page;

/// A submission that makes permitted choices.
#[derive(Clone, Debug)]
pub(crate) struct Permitted {
    /// What it is called here.
    pub(crate) name: String,
    /// Its macros.
    macros: Vec<String>,
    /// The choices that they make.
    pub(crate) choices: Choices,
}

impl Permitted {
    /// Its flags for the compiler.
    pub(crate) fn flags(&self) -> Vec<String> {
        self.macros.iter().map(|it| format!("-D{it}")).collect()
    }

    /// Whether links may be told to be odd: the mapped blocks are on the list, or `prev` is stale.
    pub(crate) fn may_be_remarked(&self) -> bool {
        let odd = |it: &String| it.starts_with("STALE_LINKS") || it.starts_with("MAPPED_ON_LIST");
        self.macros.iter().any(odd)
    }

    fn new(name: String, settings: &[&Setting]) -> Self {
        let mut choices = Choices::canonical(&PROFILE);
        for setting in settings {
            setting.choose(&mut choices);
        }
        let macros = settings.iter().map(|it| it.macros());
        Self {
            name,
            macros: macros.flatten().collect(),
            choices,
        }
    }
}

/// What one macro or two are set to.
#[derive(Clone, Debug)]
enum Setting {
    /// A cut-off.
    Cut(Cut, u64),
    /// The other way on an axis, and the macros that take it.
    Other(Axis, &'static str),
    /// What no choice is about.
    Open(&'static str),
}

impl Setting {
    fn name(&self) -> String {
        match self {
            Self::Cut(cut, from) => format!("{}={from}", cut_macro(*cut)),
            Self::Other(_, macros) | Self::Open(macros) => (*macros).to_owned(),
        }
    }

    fn macros(&self) -> Vec<String> {
        self.name().split_whitespace().map(str::to_owned).collect()
    }

    fn choose(&self, choices: &mut Choices) {
        match *self {
            Self::Cut(cut, from) => choices.cuts[cut as usize] = from,
            Self::Other(axis, _) => *choices = choices.with(axis, true),
            Self::Open(_) => {}
        }
    }
}

const fn cut_macro(cut: Cut) -> &'static str {
    match cut {
        Cut::Malloc => "V1_CUTOFF",
        Cut::Calloc => "V2_CUTOFF",
        Cut::ReallocHeap => "V3_HEAP_CUTOFF",
        Cut::ReallocMapped => "V3_MAPPED_CUTOFF",
    }
}

/// Questions of section V, each with all answers but the canonical one.
fn questions() -> Vec<Vec<Setting>> {
    use Setting::{Open, Other};
    let cuts = |cut: Cut, sizes: [u64; 4]| sizes.map(|size| Setting::Cut(cut, size)).to_vec();
    vec![
        cuts(Cut::Malloc, [T - 32, T - 20, T - 1, T]),
        cuts(Cut::Calloc, [PAGE - 32, PAGE - 28, PAGE - 17, PAGE - 16]),
        cuts(Cut::ReallocHeap, [T - 32, T - 20, T, T + 1]),
        cuts(Cut::ReallocMapped, [T - 32, T - 7, T, T + 1]),
        vec![Other(Axis::MovesByRealloc, "V3_MOVES_BY_REALLOC=1")],
        vec![
            Open("V4_COALESCE_AT_FREE=1"),
            Open("V4_COALESCE_AT_FREE=1 V4_IN_REALLOC=0"),
            Open("V4_COALESCE_AT_FREE=2"),
            Open("V4_COALESCE_AT_FREE=2 V4_IN_REALLOC=0"),
        ],
        vec![Open("V4_AFTER_UNMAPPING=1")],
        vec![Open("V4_AT_FREE_OF_NULL=1")],
        vec![Open("V4_AT_REALLOC=1")],
        vec![Open("V4_AFTER_SPLIT=1")],
        vec![Open("V4_BEFORE_MAPPING=1")],
        vec![Open("V4_MERGES_ALL=1")],
        vec![Other(Axis::Expands, "V5_EXPAND_FIRST=1")],
        vec![Other(Axis::KeepsFitting, "V7_KEEP_IN_PLACE=1")],
        vec![Open("V10_DIE=1"), Open("V10_DIE=2")],
        vec![Other(Axis::KeepsMapping, "V11_KEEP_MAPPING=1")],
        vec![
            Open("RAW_SIZE=1"),
            Other(Axis::ComparesRaw, "RAW_SIZE=1 V12_COMPARE_RAW=1"),
        ],
        vec![Open("V14_HEAP_CHUNKS=1")],
        vec![Open("V14_MAPPED_CHUNKS=1")],
        vec![Open("MAPPED_ON_LIST=1")],
        vec![Open("STALE_LINKS=1")],
    ]
}

/// Each permitted choice alone; what moves by `os_realloc`'s cut-off shows only where that differs
/// from `os_malloc`'s.
pub(crate) fn alone() -> Vec<Permitted> {
    let settings: Vec<Setting> = questions().into_iter().flatten().collect();
    let alone = settings
        .iter()
        .map(|setting| Permitted::new(setting.name().replace(' ', "+"), &[setting]));
    let beside = [T - 20, T + 1].map(|size| {
        let cut = Setting::Cut(Cut::ReallocHeap, size);
        let moves = Setting::Other(Axis::MovesByRealloc, "V3_MOVES_BY_REALLOC=1");
        Permitted::new(format!("{}+{}", cut.name(), moves.name()), &[&cut, &moves])
    });
    alone.chain(beside).collect()
}

/// Random mixes: the same for the same seed.
pub(crate) fn mixes(count: usize, seed: u64) -> Vec<Permitted> {
    let (mut dice, questions) = (Dice::new(seed), questions());
    let mix = |number: usize| {
        let mut settings = Vec::new();
        for answers in &questions {
            // Half of them are left canonical.
            if dice.below(2) == 0 {
                settings.push(&answers[dice.below(answers.len())]);
            }
        }
        Permitted::new(format!("mix_{:03}", number + 1), &settings)
    };
    (0..count).map(mix).collect()
}
