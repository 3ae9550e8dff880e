use super::*;
use crate::model::{Axis, Coalescing, Failure, Relocation, Simulation};

fn chosen(change: impl FnOnce(&mut Choices)) -> Choices {
    let mut choices = Choices::canonical(&P);
    change(&mut choices);
    choices
}

fn last_with(choices: &Choices, calls: &[Call]) -> String {
    with(choices, calls).pop().expect("there is a call")
}

#[test]
fn v1_v2_v3_cut_offs_are_payload_sizes() {
    let late = chosen(|c| {
        c.malloc_cutoff = T;
        c.calloc_cutoff = 4080;
    });
    assert_eq!(
        with(&late, &[malloc(T - 1), calloc(4079, 1), calloc(4080, 1)]),
        [
            "H+32 | brk +131072, brk +32 | 131072u",
            "H+131136 | brk +4112 | 131072u 4080u",
            "M1+32 | mmap 4112 = M1 | 131072u 4080u"
        ]
    );
    let late = chosen(|c| c.realloc_cutoff = T - 7);
    assert_eq!(
        last_with(&late, &[malloc(131_032), realloc(1, T - 8)]),
        "H+32 | brk +24 | 131064u"
    );
}

#[test]
fn v4_readings_differ_where_shrinking_left_a_tail() {
    let calls = [malloc(1000), malloc(100), realloc(1, 100), free(2)];
    let all = |coalescing| last_with(&chosen(|c| c.coalescing = coalescing), &calls);
    assert_eq!(
        all(Coalescing::BeforeSearch),
        "- |  | 104u 864f 104f 129872f"
    );
    assert_eq!(all(Coalescing::AtFree), "- |  | 104u 130904f");
    assert_eq!(all(Coalescing::NeighboursAtFree), "- |  | 104u 130904f");
    let elsewhere = [
        malloc(1000),
        malloc(8),
        malloc(100),
        realloc(1, 100),
        malloc(8),
        malloc(8),
        free(2),
        realloc(3, 50),
        malloc(T),
        free(9),
    ];
    let mapped = |coalescing| last_with(&chosen(|c| c.coalescing = coalescing), &elsewhere);
    assert_ne!(
        mapped(Coalescing::AtAnyRelease),
        mapped(Coalescing::AtRelease)
    );
}

#[test]
fn v5_expands_before_mapping() {
    let calls = [malloc(131_032), realloc(1, T)];
    let first = chosen(|c| c.expand_first = true);
    assert_eq!(last_with(&first, &calls), "H+32 | brk +32 | 131072u");
    assert_eq!(last(&calls), "M1+32 | mmap 131104 = M1 | 131040f");
}

#[test]
fn v7_keeps_a_block_that_is_big_enough() {
    let calls = [malloc(131_032), realloc(1, T - 48), realloc(2, T - 39)];
    let grown = chosen(|c| {
        c.malloc_cutoff = T;
        c.realloc_cutoff = T - 39;
        c.keep_in_place = true;
    });
    let big = [malloc(T - 8), realloc(1, T - 20)];
    assert_eq!(last_with(&grown, &big), "H+32 |  | 131064u");
    let maps = Choices {
        keep_in_place: false,
        ..grown
    };
    assert_eq!(last_with(&maps, &big), "M1+32 | mmap 131088 = M1 | 131064f");
    assert_eq!(last(&calls), "M1+32 | mmap 131072 = M1 | 131040f");
}

#[test]
fn relocation_follows_either_cut_off() {
    let calls = [malloc(1000), malloc(8), realloc(1, T - 20)];
    let by_realloc = chosen(|c| c.realloc_cutoff = T);
    assert_eq!(
        last_with(&by_realloc, &calls),
        "H+1104 | brk +1088 | 1000f 8u 131056u"
    );
    let by_malloc = Choices {
        relocation: Relocation::AsMalloc,
        ..by_realloc
    };
    assert_eq!(
        last_with(&by_malloc, &calls),
        "M1+32 | mmap 131088 = M1 | 1000f 8u 129968f"
    );
}

#[test]
fn v10_a_failed_call_may_leave_blocks_merged() {
    let calls = [
        malloc(100_000),
        malloc(30_000),
        free(1),
        realloc(2, 100),
        malloc(130_000),
    ];
    let fails = Environment::failing(None, 2, 1);
    let after = |failure| {
        let choices = chosen(|c| c.failure = failure);
        show_all(&run(&P, &choices, FaultSet::NONE, fails, &calls)).pop()
    };
    assert_eq!(
        after(Failure::RolledBack).as_deref(),
        Some("NULL | brk +99128 failed | 100000f 104u 29864f 976f")
    );
    assert_eq!(
        after(Failure::StaysMerged).as_deref(),
        Some("NULL | brk +99128 failed | 100000f 104u 30872f")
    );
}

#[test]
fn sensitivity_names_the_axes_that_matter() {
    let canonical = Choices::canonical(&P);
    let axes = |calls: &[Call]| {
        let mut simulation = Simulation::new(&P, &canonical, FaultSet::NONE);
        for call in calls {
            simulation.call(call);
        }
        simulation.sensitive().iter().collect::<Vec<_>>()
    };
    assert_eq!(axes(&[malloc(1000), malloc(T - 40), malloc(T)]), []);
    assert_eq!(axes(&[malloc(T - 39)]), [Axis::MallocCutoff]);
    assert_eq!(
        axes(&[calloc(1, 4079), calloc(1, 4080)]),
        [Axis::CallocCutoff]
    );
    assert_eq!(
        axes(&[malloc(8), malloc(8), free(1), free(2)]),
        [Axis::Coalescing]
    );
    assert_eq!(axes(&[malloc(8), malloc(8), realloc(1, T)]), []);
    assert_eq!(
        axes(&[malloc(8), realloc(1, T)]),
        [Axis::Coalescing, Axis::Expansion]
    );
}

#[test]
fn choices_are_told_in_words() {
    let choices = chosen(|c| c.malloc_cutoff = 131_041);
    assert_eq!(
        choices.describe(Axis::MallocCutoff),
        "maps os_malloc from n = 131041 on (V1)"
    );
    assert!(
        choices
            .to_string()
            .contains("coalesces before each search only (V4)")
    );
}
