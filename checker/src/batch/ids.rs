//! What submissions are called in files and tables.

use std::collections::BTreeMap;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Component, Path, PathBuf};

use super::content::digest;

/// Characters of an id before what makes it unique.
const LONGEST: usize = 80;
/// Digits of a hash where a name alone is not enough.
const DIGITS: usize = 8;

/// An id for each path: the last component of the path, with more components in front where that
/// is not enough to tell them apart. Ids consist of letters of any script, digits, blanks inside and
/// few signs, are no hidden files, and differ in more than their case; where a name had to be changed
/// for that, a hash is appended.
///
/// The ids depend on the set of paths, not on their order. To divide a class into slices, make the
/// ids of the whole class first.
pub fn ids(paths: &[PathBuf]) -> Vec<String> {
    let names: Vec<Vec<String>> = paths.iter().map(|path| components(path)).collect();
    let mut depths = vec![1; paths.len()];
    loop {
        let ids: Vec<String> = names.iter().zip(&depths).map(|(n, d)| id(n, *d)).collect();
        let mut deeper = false;
        for at in ambiguous(&ids) {
            if depths[at] < names[at].len() {
                depths[at] += 1;
                deeper = true;
            }
        }
        if !deeper {
            return told_apart(ids, paths);
        }
    }
}

fn components(path: &Path) -> Vec<String> {
    let normal = path.components().filter_map(|component| match component {
        Component::Normal(name) => Some(safe(name.as_bytes())),
        _ => None,
    });
    normal.collect()
}

fn id(names: &[String], depth: usize) -> String {
    let last = &names[names.len().saturating_sub(depth)..];
    if last.is_empty() {
        return "submission".to_owned();
    }
    bounded(last.join("-"))
}

fn bounded(name: String) -> String {
    if name.len() <= LONGEST + DIGITS + 1 {
        return name;
    }
    let hash = &digest([name.as_bytes()])[..DIGITS];
    format!("{}-{hash}", begin(&name, LONGEST))
}

/// The whole characters at the beginning that take at most this many bytes.
fn begin(text: &str, bytes: usize) -> &str {
    let ends = text.char_indices().map(|(at, c)| at + c.len_utf8());
    let end = ends.take_while(|end| *end <= bytes).last();
    &text[..end.unwrap_or(0)]
}

/// Whether a character may stand in an id. Some systems write `ș` as `s` and a combining mark.
pub(super) fn is_plain(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | ' ' | '\'' | '\u{300}'..='\u{36f}')
}

/// The name unchanged when it is a valid id, else with a hash that makes it unique.
fn safe(name: &[u8]) -> String {
    let sign = |(at, c): (usize, char)| match c {
        '.' | '-' | ' ' if at == 0 => '_',
        c if is_plain(c) => c,
        _ => '_',
    };
    let decoded = String::from_utf8_lossy(name);
    let mut text: String = decoded.chars().enumerate().map(sign).collect();
    if text.ends_with(' ') {
        text.pop();
    }
    if text.as_bytes() == name && text.len() <= LONGEST {
        return text;
    }
    let hash = &digest([name])[..DIGITS];
    let text = begin(&text, LONGEST - DIGITS - 1);
    format!("{text}-{hash}")
}

/// Which ids are not the only ones of their name.
fn ambiguous(ids: &[String]) -> Vec<usize> {
    let mut places: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (at, id) in ids.iter().enumerate() {
        places.entry(id.to_lowercase()).or_default().push(at);
    }
    let several = places.into_values().filter(|places| places.len() > 1);
    several.flatten().collect()
}

/// Appends a hash of the whole path where nothing else helped, and a number for the same path
/// given twice.
fn told_apart(mut ids: Vec<String>, paths: &[PathBuf]) -> Vec<String> {
    for at in ambiguous(&ids) {
        let hash = digest([paths[at].as_os_str().as_bytes()]);
        ids[at] = format!("{}-{}", ids[at], &hash[..DIGITS]);
    }
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for id in &mut ids {
        let count = seen.entry(id.to_lowercase()).or_default();
        *count += 1;
        if *count > 1 {
            *id = format!("{id}-{count}");
        }
    }
    ids
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn of(paths: &[&str]) -> Vec<String> {
        let paths: Vec<PathBuf> = paths.iter().map(PathBuf::from).collect();
        ids(&paths)
    }

    #[test]
    fn the_last_component_is_enough_when_it_is_unique() {
        assert_eq!(
            of(&["a/alice", "a/bob/", "./carol"]),
            ["alice", "bob", "carol"]
        );
        assert_eq!(of(&["."]), ["submission"]);
        assert_eq!(of(&[]), Vec::<String>::new());
    }

    #[test]
    fn more_components_tell_apart() {
        let paths = ["x/alice/osmem.c", "x/bob/osmem.c", "x/carol"];
        assert_eq!(of(&paths), ["alice-osmem.c", "bob-osmem.c", "carol"]);
        assert_eq!(of(&["x/Alice", "y/alice"]), ["x-Alice", "y-alice"]);
    }

    #[test]
    fn strange_names_become_safe_ones() {
        let ids = of(&["x/a;b", "x/Jos..", "x/.hidden", "x/a\u{202e}b", "x/ a"]);
        assert!(ids[0].starts_with("a_b-"), "{}", ids[0]);
        assert_eq!(ids[1], "Jos..");
        assert!(ids[2].starts_with("_hidden-"), "{}", ids[2]);
        assert!(ids[3].starts_with("a_b-"), "{}", ids[3]);
        assert!(ids[4].starts_with("_a-"), "{}", ids[4]);
    }

    #[test]
    fn people_keep_their_names() {
        let names = ["Ștefan Țăran", "S\u{326}tefan", "Zoë O'Neill", "李雷"];
        assert_eq!(
            of(&names
                .map(|name| format!("x/{name}"))
                .each_ref()
                .map(String::as_str)),
            names
        );
        let long = format!("x/{}", "ș".repeat(100));
        assert!(of(&[&long])[0].starts_with('ș'));
        let ids = of(&["x/Élise", "y/élise"]);
        assert_eq!(ids, ["x-Élise", "y-élise"]);
    }

    proptest! {
        #[test]
        fn ids_are_unique_and_safe(paths in prop::collection::vec("[aAbéÉ; ./-]{0,9}", 0..12)) {
            let paths: Vec<PathBuf> = paths.iter().map(PathBuf::from).collect();
            let ids = ids(&paths);
            let unique: BTreeSet<String> = ids.iter().map(|id| id.to_lowercase()).collect();
            prop_assert_eq!(unique.len(), ids.len());
            for id in &ids {
                prop_assert!(!id.is_empty() && id.len() < 120 && !id.starts_with(['.', '-', ' ']));
                prop_assert!(id.chars().all(is_plain));
            }
        }

        #[test]
        fn the_order_does_not_matter(
            paths in prop::collection::btree_set("[ab]{1,2}(/[ab]){0,2}", 0..8)
        ) {
            let forth: Vec<PathBuf> = paths.iter().map(PathBuf::from).collect();
            let back: Vec<PathBuf> = paths.iter().rev().map(PathBuf::from).collect();
            let mut backward = ids(&back);
            backward.reverse();
            prop_assert_eq!(ids(&forth), backward);
        }
    }
}
