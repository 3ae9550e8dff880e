//! Profiles, by example.

use super::*;

const DEFAULT: &str = SHIPPED[0].1;

fn wrong(from: &str, to: &str) -> String {
    assert!(DEFAULT.contains(from), "{from}");
    Edition::parse(&DEFAULT.replacen(from, to, 1))
        .unwrap_err()
        .to_string()
}

#[test]
fn what_ships_is_sound() {
    let default = Edition::shipped("default").unwrap();
    assert_eq!(&default, edition());
    assert_eq!(default.renaming(), Vec::<String>::new());
    let earlier = Edition::shipped("header-24").unwrap().profile;
    assert_eq!(
        (earlier.header, earlier.next_offset, earlier.prev_offset),
        (24, 16, 16)
    );
    assert_eq!(Edition::shipped("other"), None);
}

#[test]
fn functions_get_the_usual_names() {
    let text = DEFAULT
        .replace("\"os_malloc\"", "\"my_malloc\"")
        .replace("\"os_free\"", "\"my_free\"");
    let edition = Edition::parse(&text).unwrap();
    assert_eq!(
        edition.renaming(),
        ["-Dmy_malloc=os_malloc", "-Dmy_free=os_free"]
    );
}

#[test]
fn invalid_profiles_are_refused_with_line_and_reason() {
    for (from, to, expected) in [
        (
            "alignment = 8",
            "alignment = 12",
            "line 6: alignment 12: expected a power of two",
        ),
        (
            "length = 32",
            "length = 30",
            "line 18: a header of 30 bytes: expected",
        ),
        (
            "length = 32",
            "length = 48",
            "line 18: a header of 48 bytes: expected",
        ),
        (
            "status = 8",
            "status = 4",
            "line 20: a field at 4: expected a multiple of 8",
        ),
        (
            "next = 24",
            "next = 32",
            "line 22: a field at 32: expected a multiple of 8",
        ),
        ("next = 24", "next = 8", "line 22: two fields at 8"),
        ("page = 4096", "page = 4", "line 12: a size of 4: expected"),
        (
            "preallocation = 131072",
            "preallocation = 131073",
            "line 10: a size of 131073",
        ),
        (
            "mmap_threshold = 131072",
            "mmap_threshold = -1",
            "line 8: invalid value",
        ),
        (
            "[functions]",
            "[function]",
            "line 26: unknown field `function`",
        ),
        (
            "malloc = \"os_malloc\"",
            "malloc = \"os malloc\"",
            "line 27: \"os malloc\" is not the name",
        ),
        (
            "malloc = \"os_malloc\"",
            "malloc = \"os_free\"",
            "line 27: \"os_free\" is not the name",
        ),
        ("size = 0\n", "", "line 14: missing field `size`"),
    ] {
        let found = wrong(from, to);
        assert!(found.starts_with(expected), "{to:?}: {found}");
    }
}

#[test]
fn the_header_file_has_each_field_at_its_place() {
    let odd = Profile {
        header: 40,
        next_offset: 0,
        size_offset: 16,
        status_offset: 32,
        prev_offset: 24,
        ..Profile::DEFAULT
    };
    let text = header::laid_out("before\nstruct block_meta {\n\tint x;\n};\nafter\n", &odd);
    let expected = "before\nstruct block_meta {\n\tstruct block_meta *next;\n\tchar unused_8[8];\n\
        \tsize_t size;\n\tstruct block_meta *prev;\n\tint status;\n\tchar unused_36[4];\n};\nafter\n";
    assert_eq!(text, expected);
    assert!(!defines(&odd).contains(&"-DNO_PREV".to_owned()));
}
