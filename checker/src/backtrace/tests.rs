//! Debug information that is damaged or made to keep a reader busy. Needs `gcc`.

use std::process::Command;
use std::time::{Duration, Instant};

use object::{Object as _, ObjectSection as _, ObjectSymbol as _};

use super::*;

const SOURCE: &str = "\
static int halve(int size) { return size / 2; }
int os_malloc(int size)
{
    return size > 9 ? halve(size) : 0;
}
";

fn library(source: &str, name: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(name), source).unwrap();
    let mut command = Command::new("gcc");
    command.current_dir(folder.path());
    command.args([
        "-w",
        "-g",
        "-shared",
        "-fPIC",
        "-nostdlib",
        "-o",
        "out.so",
        name,
    ]);
    assert!(command.status().unwrap().success());
    fs::read(folder.path().join("out.so")).unwrap()
}

fn parsed(bytes: &[u8]) -> object::read::elf::ElfFile64<'_, object::endian::LittleEndian> {
    object::read::elf::ElfFile64::parse(bytes).unwrap()
}

fn symbol(bytes: &[u8], name: &str) -> u64 {
    let file = parsed(bytes);
    let mut symbols = file.symbols();
    symbols.find(|it| it.name() == Ok(name)).unwrap().address()
}

fn told(bytes: &[u8], address: u64) -> Vec<Frame> {
    let sources = [PathBuf::from("osmem.c")];
    catch_unwind(|| Backtraces::new(bytes, &sources).frames(address)).unwrap_or_default()
}

/// Every byte of it in turn is another one: that is told wrong, or not at all, and nothing hangs.
#[test]
fn damaged_debug_information_costs_the_lines_only() {
    let whole = library(SOURCE, "osmem.c");
    let address = symbol(&whole, "halve");
    let frames = told(&whole, address);
    assert_eq!(frames.len(), 1);
    assert_eq!(frames[0].to_string(), "halve (osmem.c:1)");
    let ranges: Vec<(u64, u64)> = parsed(&whole)
        .sections()
        .filter(|it| it.name().is_ok_and(|name| name.starts_with(".debug_")))
        .filter_map(|section| section.file_range())
        .collect();
    assert!(ranges.len() >= 4, "{ranges:?}");
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let started = Instant::now();
    let mut spoiled = 0;
    for at in ranges.iter().flat_map(|&(start, size)| start..start + size) {
        for other in [0, 0xff, whole[at as usize] ^ 0x55] {
            let mut damaged = whole.clone();
            damaged[at as usize] = other;
            spoiled += usize::from(told(&damaged, address) != frames);
        }
    }
    std::panic::set_hook(hook);
    assert!(spoiled > 100, "{spoiled}");
    assert!(started.elapsed() < Duration::from_secs(60));
    // Without any of it, functions are told still.
    let mut cut = whole.clone();
    for (start, size) in ranges {
        cut[start as usize..(start + size) as usize].fill(0);
    }
    assert_eq!(told(&cut, address)[0].to_string(), "halve");
}

/// A few kilobytes can describe any number of entries with any number of attributes each.
#[test]
fn debug_information_without_end_is_left_alone() {
    let source = "\
    .text
    .globl os_malloc
    .type os_malloc, @function
os_malloc: ret
    .size os_malloc, .-os_malloc
    .section .debug_abbrev,\"\",@progbits
    .byte 1,0x11,1,0,0,2,0x34,0
    .rept 100000
    .byte 0x3f,0x19
    .endr
    .byte 0,0,0
    .section .debug_info,\"\",@progbits
    .long 2f-1f
1:  .2byte 4
    .long 0
    .byte 8,1
    .rept 1000000
    .byte 2
    .endr
2:
";
    let bytes = library(source, "endless.s");
    let started = Instant::now();
    let frames = told(&bytes, symbol(&bytes, "os_malloc"));
    assert_eq!(frames[0].to_string(), "os_malloc");
    assert!(
        started.elapsed() < Duration::from_secs(20),
        "{:?}",
        started.elapsed()
    );
    let backtraces = Backtraces::new(&bytes, &[]);
    backtraces.frames(symbol(&bytes, "os_malloc"));
    let lines = backtraces.lines.get().unwrap().as_ref().unwrap();
    assert_eq!(lines.left(), 0);
}

/// A few kilobytes of entries can share one name of megabytes.
#[test]
fn a_name_that_many_share_is_not_read_again_and_again() {
    let source = "\
    .text
    .globl os_malloc
    .type os_malloc, @function
os_malloc: ret
    .size os_malloc, .-os_malloc
    .section .debug_str,\"\",@progbits
    .fill 4000000, 1, 0x41
    .byte 0
    .section .debug_abbrev,\"\",@progbits
    .byte 1,0x11,1,0,0, 2,0x2e,1,0x11,1,0x12,1,3,0xe,0,0, 0
    .section .debug_info,\"\",@progbits
    .long 2f-1f
1:  .2byte 4
    .long 0
    .byte 8,1
    .rept 200
    .byte 2
    .quad 0, -1
    .long 0
    .endr
    .fill 201, 1, 0
2:
";
    let bytes = library(source, "names.s");
    let backtraces = Backtraces::new(&bytes, &[]);
    let frames = backtraces.frames(symbol(&bytes, "os_malloc"));
    assert_eq!(frames.len(), 1);
    assert_eq!(frames[0].to_string(), "os_malloc");
    let lines = backtraces.lines.get().unwrap().as_ref().unwrap();
    assert_eq!(lines.left(), 0);
}
