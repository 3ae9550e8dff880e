//! Where the program starts and ends, in place of the C run-time's own start.
//!
//! The C run-time calls `__libc_start_main` by name, and compiled code calls `memcpy` by name: a
//! submission may define both. The loader has initialised the C library before this starts.

use core::ffi::{c_char, c_int};
use core::sync::atomic::{AtomicPtr, Ordering};

use crate::system;

core::arch::global_asm!(
    ".globl _start",
    "_start:",
    "xor ebp, ebp",
    "mov rdi, rsp",
    "mov rsi, rdx",
    "and rsp, -16",
    "call {entry}",
    // What the compiler calls to copy, fill, move and compare memory.
    ".globl memcpy",
    ".hidden memcpy",
    "memcpy:",
    "mov rax, rdi",
    "mov rcx, rdx",
    "rep movsb",
    "ret",
    ".globl memmove",
    ".hidden memmove",
    "memmove:",
    "mov rax, rdi",
    "mov rcx, rdx",
    "sub rdi, rsi",
    "cmp rdi, rdx",
    "mov rdi, rax",
    "jb 2f",
    "rep movsb",
    "ret",
    "2: lea rdi, [rdi + rcx - 1]",
    "lea rsi, [rsi + rcx - 1]",
    "std",
    "rep movsb",
    "cld",
    "ret",
    ".globl memset",
    ".hidden memset",
    "memset:",
    "mov r8, rdi",
    "mov eax, esi",
    "mov rcx, rdx",
    "rep stosb",
    "mov rax, r8",
    "ret",
    ".globl bcmp",
    ".hidden bcmp",
    ".globl memcmp",
    ".hidden memcmp",
    "bcmp:",
    "memcmp:",
    "xor eax, eax",
    "mov rcx, rdx",
    "cmp rcx, rcx",
    "repe cmpsb",
    "je 3f",
    "movzx eax, byte ptr [rdi - 1]",
    "movzx ecx, byte ptr [rsi - 1]",
    "sub eax, ecx",
    "3: ret",
    ".globl strlen",
    ".hidden strlen",
    "strlen:",
    "xor eax, eax",
    "4: cmp byte ptr [rdi + rax], 0",
    "je 5f",
    "inc rax",
    "jmp 4b",
    "5: ret",
    entry = sym entry,
);

/// The loader's function that runs destructors, or NULL.
static DESTRUCTORS: AtomicPtr<()> = AtomicPtr::new(core::ptr::null_mut());

/// `stack` is what the kernel has put there: the number of arguments, then the arguments.
unsafe extern "C" fn entry(stack: *const usize, destructors: *mut ()) -> ! {
    DESTRUCTORS.store(destructors, Ordering::Relaxed);
    // SAFETY: the kernel has put it there.
    let count = unsafe { stack.read() };
    let arguments = stack.wrapping_add(1).cast::<*const c_char>();
    system::exit(crate::main(count as c_int, arguments))
}

/// Runs the destructors of all that was loaded.
pub(crate) fn run_destructors() {
    let destructors = DESTRUCTORS.swap(core::ptr::null_mut(), Ordering::Relaxed);
    if destructors.is_null() {
        return;
    }
    // SAFETY: the loader hands over a function without arguments, to be called once, at the end.
    let destructors = unsafe { core::mem::transmute::<*mut (), extern "C" fn()>(destructors) };
    destructors();
}
