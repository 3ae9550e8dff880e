//! Every permitted choice of section V, as flags of the allocator in C that can make it.

use checker::model::{Choices, Coalescing, Relocation};
use checker::types::Profile;

const PROFILE: Profile = Profile::DEFAULT;
const T: u64 = PROFILE.mmap_threshold;
const PAGE: u64 = PROFILE.page;

/// A submission that makes permitted choices, and what the record must say of them.
pub(crate) struct Permitted {
    /// What it is called here.
    pub(crate) name: &'static str,
    /// Its macros, with blanks in between.
    flags: &'static str,
    /// The choices that they make.
    pub(crate) choices: Choices,
}

impl Permitted {
    /// Its flags for the compiler.
    pub(crate) fn flags(&self) -> Vec<String> {
        let macros = self.flags.split_whitespace();
        macros.map(|it| format!("-D{it}")).collect()
    }
}

/// All of them.
pub(crate) fn permitted() -> Vec<Permitted> {
    let groups = [cutoffs(), readings(), others(), combinations()];
    groups.into_iter().flatten().collect()
}

fn case(name: &'static str, flags: &'static str, choose: impl FnOnce(&mut Choices)) -> Permitted {
    let mut choices = Choices::canonical(&PROFILE);
    choose(&mut choices);
    Permitted {
        name,
        flags,
        choices,
    }
}

fn cutoffs() -> Vec<Permitted> {
    vec![
        case("v1_first", "V1_CUTOFF=(128*1024-39)", |_| {}),
        case("v1_middle", "V1_CUTOFF=(128*1024-20)", |it| {
            it.malloc_cutoff = T - 20
        }),
        case("v1_last", "V1_CUTOFF=(128*1024)", |it| it.malloc_cutoff = T),
        case("v2_first", "V2_CUTOFF=(4096-39)", |_| {}),
        case("v2_middle", "V2_CUTOFF=(4096-28)", |it| {
            it.calloc_cutoff = PAGE - 28
        }),
        case("v2_last", "V2_CUTOFF=(4096-16)", |it| {
            it.calloc_cutoff = PAGE - 16
        }),
        case("v3_first", "V3_CUTOFF=(128*1024-39)", |_| {}),
        case("v3_middle", "V3_CUTOFF=(128*1024-20)", |it| {
            it.realloc_cutoff = T - 20
        }),
        case("v3_last", "V3_CUTOFF=(128*1024)", |it| {
            it.realloc_cutoff = T
        }),
    ]
}

/// V4
fn readings() -> Vec<Permitted> {
    let coalescing = |name, flags, coalescing| case(name, flags, |it| it.coalescing = coalescing);
    vec![
        coalescing(
            "v4_at_free",
            "V4_COALESCE_AT_FREE=1 V4_IN_REALLOC=0",
            Coalescing::AtFree,
        ),
        coalescing(
            "v4_at_release",
            "V4_COALESCE_AT_FREE=1",
            Coalescing::AtRelease,
        ),
        coalescing(
            "v4_at_any_release",
            "V4_COALESCE_AT_FREE=1 V4_AFTER_UNMAPPING=1",
            Coalescing::AtAnyRelease,
        ),
        coalescing(
            "v4_neighbours_at_free",
            "V4_COALESCE_AT_FREE=2 V4_IN_REALLOC=0",
            Coalescing::NeighboursAtFree,
        ),
        coalescing(
            "v4_neighbours_at_release",
            "V4_COALESCE_AT_FREE=2",
            Coalescing::NeighboursAtRelease,
        ),
    ]
}

fn others() -> Vec<Permitted> {
    vec![
        case("v5_expand_first", "V5_EXPAND_FIRST=1", |it| {
            it.expand_first = true
        }),
        case("v7_keep_in_place", "V7_KEEP_IN_PLACE=1", |it| {
            it.keep_in_place = true
        }),
        case(
            "relocation_as_malloc_later",
            "V3_RELOCATES_AS_MALLOC=1 V1_CUTOFF=(128*1024)",
            |it| {
                it.malloc_cutoff = T;
                it.relocation = Relocation::AsMalloc;
            },
        ),
        case(
            "relocation_as_malloc_earlier",
            "V3_RELOCATES_AS_MALLOC=1 V3_CUTOFF=(128*1024)",
            |it| {
                it.realloc_cutoff = T;
                it.relocation = Relocation::AsMalloc;
            },
        ),
        case("v10_dies", "V10_DIE=1", |_| {}),
        case("raw_size", "RAW_SIZE=1", |_| {}),
        case("mapped_on_list", "MAPPED_ON_LIST=1", |_| {}),
        case("raw_size_and_list", "RAW_SIZE=1 MAPPED_ON_LIST=1", |_| {}),
    ]
}

/// Fixed, once drawn at random.
fn combinations() -> Vec<Permitted> {
    vec![
        case(
            "combination_1",
            "V1_CUTOFF=(128*1024-31) V2_CUTOFF=(4096-31) V3_CUTOFF=(128*1024-7) \
             V4_COALESCE_AT_FREE=1 V5_EXPAND_FIRST=1 RAW_SIZE=1",
            |it| {
                it.malloc_cutoff = T - 31;
                it.calloc_cutoff = PAGE - 31;
                it.realloc_cutoff = T - 7;
                it.coalescing = Coalescing::AtRelease;
                it.expand_first = true;
            },
        ),
        case(
            "combination_2",
            "V1_CUTOFF=(128*1024) V2_CUTOFF=(4096-32) V7_KEEP_IN_PLACE=1 MAPPED_ON_LIST=1 V10_DIE=1",
            |it| {
                it.malloc_cutoff = T;
                it.calloc_cutoff = PAGE - 32;
                it.keep_in_place = true;
            },
        ),
        case(
            "combination_3",
            "V1_CUTOFF=(128*1024-32) V3_CUTOFF=(128*1024-32) V4_COALESCE_AT_FREE=2 \
             V5_EXPAND_FIRST=1 V7_KEEP_IN_PLACE=1 RAW_SIZE=1 MAPPED_ON_LIST=1",
            |it| {
                it.malloc_cutoff = T - 32;
                it.realloc_cutoff = T - 32;
                it.coalescing = Coalescing::NeighboursAtRelease;
                it.expand_first = true;
                it.keep_in_place = true;
            },
        ),
        case(
            "combination_4",
            "V1_CUTOFF=(128*1024-1) V3_CUTOFF=(128*1024-16) V3_RELOCATES_AS_MALLOC=1 \
             V4_COALESCE_AT_FREE=1 V4_IN_REALLOC=0 V7_KEEP_IN_PLACE=1",
            |it| {
                it.malloc_cutoff = T - 1;
                it.realloc_cutoff = T - 16;
                it.relocation = Relocation::AsMalloc;
                it.coalescing = Coalescing::AtFree;
                it.keep_in_place = true;
            },
        ),
        case(
            "combination_5",
            "V2_CUTOFF=(4096-17) V3_CUTOFF=(128*1024-38) V4_COALESCE_AT_FREE=1 \
             V4_AFTER_UNMAPPING=1 V5_EXPAND_FIRST=1 V10_DIE=1 MAPPED_ON_LIST=1",
            |it| {
                it.calloc_cutoff = PAGE - 17;
                it.realloc_cutoff = T - 38;
                it.coalescing = Coalescing::AtAnyRelease;
                it.expand_first = true;
            },
        ),
    ]
}
