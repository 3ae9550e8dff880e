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
            "line 17: a header of 30 bytes: expected",
        ),
        (
            "length = 32",
            "length = 48",
            "line 17: a header of 48 bytes: expected",
        ),
        (
            "status = 8",
            "status = 6",
            "line 19: a field of 4 bytes at 6: expected a multiple of 4",
        ),
        (
            "next = 24",
            "next = 32",
            "line 21: a field of 8 bytes at 32: expected a multiple of 8",
        ),
        ("next = 24", "next = 8", "line 21: two fields at 8"),
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
            "line 28: unknown field `function`",
        ),
        (
            "malloc = \"os_malloc\"",
            "malloc = \"os malloc\"",
            "line 29: \"os malloc\" is not the name",
        ),
        (
            "malloc = \"os_malloc\"",
            "malloc = \"os_free\"",
            "line 29: \"os_free\" is not the name",
        ),
        (
            "size_bytes = 8",
            "size_bytes = 2",
            "line 23: a field of 2 bytes: expected one of 4, 8",
        ),
        ("used = 1", "used = 0", "line 37: a status of 0: expected"),
        (
            "mapped = 2",
            "mapped = 4294967296",
            "line 38: a status of 4294967296: expected a number up to 2147483647",
        ),
        (
            "without = []",
            "without = [\"E5\", \"E9\"]",
            "line 43: \"E9\" is not a clause",
        ),
        (
            "without = []",
            "without = [\"A11\"]",
            "line 43: A11 is about safety",
        ),
        (
            "settled = []",
            "settled = [\"V4\"]",
            "line 48: \"V4\" cannot be settled",
        ),
        (
            "[texts]",
            "[texts]\nC4 = \" \"",
            "line 52: words for a clause",
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
        statuses: [3, 1, 2],
        ..Profile::DEFAULT
    };
    let text = header::laid_out(
        "#define STATUS_FREE 0\nstruct block_meta {\n\tint x;\n};\nafter\n",
        &odd,
    );
    let expected = "#define STATUS_FREE 3\nstruct block_meta {\n\tstruct block_meta *next;\n\tchar unused_8[8];\n\
        \tsize_t size;\n\tstruct block_meta *prev;\n\tint status;\n\tchar unused_36[4];\n};\nafter\n";
    assert_eq!(text, expected);
    assert!(!defines(&odd).contains(&"-DNO_PREV".to_owned()));
}

#[test]
fn fields_are_read_with_their_width_and_values() {
    let text = DEFAULT
        .replace("length = 32", "length = 24")
        .replace("status = 8", "status = 4")
        .replace("prev = 16", "prev = 8")
        .replace("next = 24", "next = 16")
        .replace("size_bytes = 8", "size_bytes = 4")
        .replace("free = 0", "free = 7")
        .replace("without = []", "without = [\"E5\"]")
        .replace("settled = []", "settled = [\"V11\"]");
    let edition = Edition::parse(&text).unwrap();
    let profile = edition.profile;
    let words = [(7 << 32) + 4000, 0, 0, 0, 0];
    assert_eq!(
        (profile.size_in(&words), profile.status_in(&words)),
        (4000, 0)
    );
    let words = [4000, 0, 0, 0, 0];
    assert_eq!(profile.status_in(&words), -1);
    assert!(profile.settles(11) && !profile.settles(1));
    assert!(!edition.judges(Clause::E5) && edition.judges(Clause::C4));
    assert!(defines(&profile).contains(&"-DNO_NOTE".to_owned()));
}
