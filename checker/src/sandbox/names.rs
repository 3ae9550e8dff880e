//! The names of system calls.

use syscalls::Sysno;

/// The name of a system call, or `syscall_NNN` for one that is not known.
pub fn name(number: u64) -> String {
    let known = usize::try_from(number).ok().and_then(Sysno::new);
    known.map_or_else(
        || format!("syscall_{number}"),
        |known| known.name().to_owned(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_and_unknown_numbers_have_names() {
        assert_eq!(name(libc::SYS_mremap as u64), "mremap");
        assert_eq!(name(999_999), "syscall_999999");
    }
}
