//! What the executable carries inside itself, so that one file is the whole suite.

/// The scenario program, an ELF executable.
pub const PROGRAM: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/ref_tests"));

// It is written into memory for each submission, and lies in each executable of the tests: large
// static memory has to be zero, which takes no room in a file.
const _: () = assert!(PROGRAM.len() < 4 << 20);

/// The reference allocator, an ELF shared object.
pub const REFERENCE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/libosmem.so"));

/// The library that writes down a program's allocations, an ELF shared object.
pub const RECORDER: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/libpreload.so"));

/// The golden snapshots, as (stem, text) in the order of the stems.
pub const GOLDENS: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/goldens.rs"));

/// The C headers that a submission may include without bringing them, as (name, text).
pub const HEADERS: &[(&str, &str)] = &[
    ("osmem.h", include_str!("../../allocator/include/osmem.h")),
    (
        "block_meta.h",
        include_str!("../../allocator/include/block_meta.h"),
    ),
    ("printf.h", include_str!("../../allocator/include/printf.h")),
];

/// The reference allocator in C, for constants and headers that the other is not built for.
pub const C_REFERENCE: &str = include_str!("../../ref_tests/mistakes/osmem.c");

/// A skeleton of a submission for students.
pub const STARTER: &str = include_str!("../../allocator/starter/osmem.c");

/// The allocator that the samples are patches of, and the table of the patches.
pub const SAMPLES: (&str, &str) = (
    include_str!("../../ref_tests/submissions/samples/osmem.c"),
    include_str!("../../ref_tests/submissions/samples/samples.toml"),
);
