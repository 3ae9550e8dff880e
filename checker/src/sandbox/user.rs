//! Finds a user that owns nothing, for processes that are not trusted.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::atomic::{AtomicU64, Ordering};

/// The first of the numbers that are used, after those that systemd gives to containers.
const FIRST: u32 = 0x7a00_0000;
const COUNT: u32 = 0x0400_0000;
/// Where a container maps few numbers only: `nobody`.
const NOBODY: u32 = 65_534;

const CAP_CHOWN: u32 = 0;
const CAP_KILL: u32 = 5;
const CAP_SETGID: u32 = 6;
const CAP_SETUID: u32 = 7;
const CAP_SYS_PTRACE: u32 = 19;

/// Whose processes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// They are traced, and their memory is read.
    Tracing,
    /// They write into a folder that is given to them.
    Compiling,
}

/// A user for one purpose, another one for each `key`; or why there is none.
pub(super) fn unused(purpose: Purpose, key: u64) -> Result<u32, String> {
    if !is_root() {
        return Err("the checker was not started by root".to_owned());
    }
    let needed: &[(u32, &str)] = match purpose {
        Purpose::Tracing => &[
            (CAP_SETGID, "CAP_SETGID"),
            (CAP_SETUID, "CAP_SETUID"),
            (CAP_KILL, "CAP_KILL"),
            // Another user's memory could not be read.
            (CAP_SYS_PTRACE, "CAP_SYS_PTRACE"),
        ],
        Purpose::Compiling => &[
            (CAP_SETGID, "CAP_SETGID"),
            (CAP_SETUID, "CAP_SETUID"),
            (CAP_KILL, "CAP_KILL"),
            (CAP_CHOWN, "CAP_CHOWN"),
        ],
    };
    let own = effective_capabilities();
    if let Some((_, name)) = needed.iter().find(|(bit, _)| own >> bit & 1 == 0) {
        return Err(format!("root has no {name} here"));
    }
    let mut hasher = DefaultHasher::new();
    (std::process::id(), key).hash(&mut hasher);
    let wanted = FIRST + (hasher.finish() % u64::from(COUNT)) as u32;
    match (is_mapped(wanted), is_mapped(NOBODY)) {
        (true, _) => Ok(wanted),
        (_, true) => Ok(NOBODY),
        _ => Err("the container knows no other users".to_owned()),
    }
}

/// Whether only processes that we started can be this user's.
pub(super) const fn is_ours(user: u32) -> bool {
    user != NOBODY
}

/// A key that no other code in this process has.
pub(super) fn next_key() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

fn is_root() -> bool {
    nix::unistd::geteuid().is_root()
}

fn effective_capabilities() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("CapEff:"));
    line.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .unwrap_or(0)
}

/// Whether both maps, of users and of groups, have this number.
fn is_mapped(number: u32) -> bool {
    ["/proc/self/uid_map", "/proc/self/gid_map"]
        .iter()
        .all(|file| {
            let map = std::fs::read_to_string(file).unwrap_or_default();
            map.lines().any(|line| covers(line, number))
        })
}

/// A line is: first inside, first outside, how many.
fn covers(line: &str, number: u32) -> bool {
    let fields: Vec<u64> = line
        .split_whitespace()
        .filter_map(|field| field.parse().ok())
        .collect();
    matches!(fields[..], [inside, _, count] if (inside..inside + count).contains(&u64::from(number)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maps_of_containers() {
        assert!(covers("         0          0 4294967295", FIRST));
        assert!(!covers("0 100000 65536", FIRST));
        assert!(covers("0 100000 65536", NOBODY));
        assert!(!covers("nonsense", 0));
    }
}
