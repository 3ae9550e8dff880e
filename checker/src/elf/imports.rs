//! The symbols of the C library that an allocator must not import, or that are suspicious.

use crate::types::Clause::{self, E1, E2, E4};

/// How bad an import is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Severity {
    /// It is itself what the clause forbids.
    Direct,
    /// It does what the clause forbids on the way to something else.
    Indirect,
    /// There are harmless uses; worth a look.
    Suspicious,
}

/// A rule about an imported symbol.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// The symbol's name, without a version.
    pub symbol: &'static str,
    pub severity: Severity,
    /// The clause that it goes against.
    pub clause: Clause,
    /// Why, as a lower-case fragment.
    pub reason: &'static str,
}

/// The rule for an imported symbol.
pub fn rule(symbol: &[u8]) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.symbol.as_bytes() == symbol)
}

/// The name of a symbol whose definition in a submission takes the C library's place.
pub(super) fn replaceable(symbol: &[u8]) -> Option<&'static str> {
    const SYSTEM: [&str; 8] = [
        "brk", "sbrk", "mmap", "mmap64", "munmap", "exit", "_exit", "abort",
    ];
    let system = SYSTEM.into_iter().find(|name| name.as_bytes() == symbol);
    system.or_else(|| rule(symbol).map(|rule| rule.symbol))
}

macro_rules! rules {
    ($($kind:ident $clause:ident $reason:literal: $($symbol:literal)*;)*) => {
        /// Every rule, in groups of one reason.
        ///
        /// `perror`, and output to standard error, are missing on purpose: E3 asks for them.
        pub const RULES: &[Rule] = &[$($(Rule {
            symbol: $symbol,
            severity: Severity::$kind,
            clause: $clause,
            reason: $reason,
        },)*)*];
    };
}

rules! {
    Direct E2 "the C library's allocator":
        "malloc" "calloc" "realloc" "reallocarray" "free" "cfree" "free_sized"
        "free_aligned_sized" "posix_memalign" "aligned_alloc" "memalign" "valloc" "pvalloc"
        "__libc_malloc" "__libc_calloc" "__libc_realloc" "__libc_free" "__libc_memalign"
        "__libc_valloc" "__libc_pvalloc" "__libc_reallocarray";
    Direct E2 "C++ operators new and delete call the C library's allocator":
        "_Znwm" "_Znam" "_ZnwmRKSt9nothrow_t" "_ZnamRKSt9nothrow_t" "_ZnwmSt11align_val_t"
        "_ZnamSt11align_val_t" "_ZdlPv" "_ZdaPv" "_ZdlPvm" "_ZdaPvm" "_ZdlPvSt11align_val_t"
        "_ZdaPvSt11align_val_t";
    Direct E2 "controls the C library's allocator":
        "mallopt" "malloc_trim" "malloc_usable_size" "mallinfo" "mallinfo2" "malloc_stats"
        "malloc_info" "__malloc_hook" "__free_hook" "__realloc_hook" "__memalign_hook"
        "__morecore";
    Indirect E2 "returns a string that the C library allocates":
        "strdup" "__strdup" "strndup" "__strndup" "wcsdup" "asprintf" "vasprintf" "__asprintf"
        "__asprintf_chk" "__vasprintf_chk" "tempnam" "get_current_dir_name"
        "canonicalize_file_name";
    Indirect E2 "lets the C library allocate the line's buffer":
        "getline" "getdelim" "__getdelim" "getwline" "getwdelim";
    Indirect E2 "allocates a stream and its buffer":
        "fopen" "fopen64" "freopen" "freopen64" "fdopen" "fmemopen" "open_memstream"
        "open_wmemstream" "fopencookie" "popen" "tmpfile" "tmpfile64";
    Indirect E2 "allocates its result":
        "opendir" "fdopendir" "scandir" "scandir64" "glob" "glob64" "getaddrinfo" "regcomp"
        "iconv_open" "newlocale" "duplocale" "backtrace_symbols" "hcreate" "tsearch" "setenv"
        "putenv" "_obstack_begin" "_obstack_newchunk" "ftw" "nftw" "fts_open" "wordexp";
    Indirect E2 "allocates the thread's stack and data":
        "pthread_create" "thrd_create";
    Indirect E2 "loads libraries, for which the loader allocates":
        "dlopen" "dlmopen";
    Direct E1 "mremap is forbidden":
        "mremap";
    Direct E1 "memory from elsewhere than brk, mmap and munmap":
        "remap_file_pages" "shmget" "shmat" "shmdt" "shm_open" "memfd_create"
        "process_vm_writev";
    Suspicious E1 "a memory call other than brk, mmap and munmap":
        "mprotect" "pkey_mprotect" "madvise" "posix_madvise" "mlock" "mlock2" "mlockall"
        "munlock" "msync" "mincore";
    Suspicious E1 "can make any system call":
        "syscall";
    Suspicious E2 "can fetch any function by its name":
        "dlsym" "dlvsym" "__libc_dlsym" "__libc_dlopen_mode";
    Suspicious E2 "the first output to a buffered stream allocates its buffer":
        "printf" "__printf_chk" "vprintf" "__vprintf_chk" "puts" "putchar" "putc" "fputc"
        "fputs" "fwrite" "fflush" "setvbuf" "_IO_putc";
    Suspicious E2 "may allocate when its argument is large or NULL":
        "qsort" "qsort_r" "getcwd" "realpath" "__realpath_chk" "setlocale" "atexit"
        "__cxa_atexit" "on_exit";
    Suspicious E4 "an allocator starts no process and loads no program":
        "fork" "vfork" "clone" "clone3" "posix_spawn" "posix_spawnp" "system" "execve" "execv"
        "execvp" "execl" "execlp" "execle" "ptrace" "kill" "raise";
}
