//! The C side of a profile: `block_meta.h`, and the macros that the reference is compiled with.

use std::fmt::Write as _;

use crate::carried;
use crate::types::Profile;

/// The text of `block_meta.h` for a profile.
pub fn header_file(profile: &Profile) -> String {
    let built_in = carried::HEADERS
        .iter()
        .find(|(name, _)| *name == "block_meta.h");
    let (_, text) = built_in.expect("there is such a header");
    match *profile == Profile::DEFAULT {
        true => (*text).to_owned(),
        false => laid_out(text, profile),
    }
}

pub(super) fn laid_out(built_in: &str, profile: &Profile) -> String {
    let open = "struct block_meta {\n";
    // Its text about the usual layout is no longer true.
    let usual = ["Field offsets:", "The size of a header:"];
    let lines = built_in.split_inclusive('\n');
    let lines = lines.filter(|line| !usual.iter().any(|words| line.contains(words)));
    let names = ["STATUS_FREE", "STATUS_ALLOC", "STATUS_MAPPED"];
    let statuses = names.iter().zip(profile.statuses);
    let line = |line: &str| {
        let defined = |name: &str| line.starts_with(&format!("#define {name} "));
        let status = statuses.clone().find(|(name, _)| defined(name));
        status.map_or_else(
            || line.to_owned(),
            |(name, status)| format!("#define {name} {status}\n"),
        )
    };
    let built_in: String = lines.map(line).collect();
    let parts = built_in.split_once(open).and_then(|(before, after)| {
        let (_, after) = after.split_once("};\n")?;
        Some((before, after))
    });
    let (before, after) = parts.expect("the built-in header has the structure");
    format!("{before}{open}{}}};\n{after}", fields(profile))
}

/// The fields in the order of their places, with bytes between them that no field has.
fn fields(profile: &Profile) -> String {
    let size = match profile.size_bytes {
        4 => "unsigned int size;",
        _ => "size_t size;",
    };
    let status = match profile.status_bytes {
        1 => "unsigned char status;",
        2 => "unsigned short status;",
        4 => "int status;",
        _ => "long status;",
    };
    let mut fields = vec![
        (profile.size_offset, profile.size_bytes, size),
        (profile.status_offset, profile.status_bytes, status),
        (profile.next_offset, 8, "struct block_meta *next;"),
    ];
    if profile.prev_offset != profile.next_offset {
        fields.push((profile.prev_offset, 8, "struct block_meta *prev;"));
    }
    fields.sort_unstable();
    let mut text = String::new();
    let mut end = 0;
    let pad = |text: &mut String, from: u64, to: u64| {
        if to > from {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "\tchar unused_{from}[{}];", to - from);
        }
    };
    for (offset, bytes, field) in fields {
        pad(&mut text, end, offset);
        let _ = writeln!(text, "\t{field}");
        end = offset + bytes;
    }
    pad(&mut text, end, profile.header);
    text
}

/// The macros of the reference in C.
pub fn defines(profile: &Profile) -> Vec<String> {
    let mut defines: Vec<String> = [
        ("ALIGNMENT", profile.alignment),
        ("MMAP_THRESHOLD", profile.mmap_threshold),
        ("PREALLOCATION", profile.preallocation),
        ("PAGE", profile.page),
    ]
    .map(|(name, value)| format!("-D{name}={value}"))
    .into();
    if profile.prev_offset == profile.next_offset {
        defines.push("-DNO_PREV".to_owned());
    }
    let after = profile.status_offset + 4..profile.status_offset + 8;
    let fields = [
        (profile.size_offset, profile.size_bytes),
        (profile.status_offset, profile.status_bytes),
    ];
    let taken = fields
        .iter()
        .any(|(at, bytes)| *at < after.end && after.start < at + bytes);
    let links = [profile.prev_offset, profile.next_offset];
    if taken || links.contains(&after.start) || after.end > profile.header {
        defines.push("-DNO_NOTE".to_owned());
    }
    defines
}
