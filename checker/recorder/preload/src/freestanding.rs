//! What a library without std has to bring itself: a way to end on a panic.
//!
//! Refuses to unwind or to print: there is nowhere to report to.

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    // SAFETY: abort has no precondition.
    unsafe { libc::abort() }
}

// The compiled core library names an unwinder's personality in its tables. Nothing unwinds here,
// so the name only has to exist; hidden, because a library exports its functions only.
core::arch::global_asm!(
    ".hidden rust_eh_personality",
    ".globl rust_eh_personality",
    "rust_eh_personality:",
    "ud2",
);
