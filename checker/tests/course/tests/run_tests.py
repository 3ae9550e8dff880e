#!/usr/bin/env python3
"""Runs the tests under `ltrace -S` and compares what they do with tests/ref.

    run_tests.py            points for ../src/libosmem.so
    run_tests.py TEST...    these tests only, with the difference
    run_tests.py --record   writes tests/ref anew

SRC names another folder with a libosmem.so.
"""

import difflib
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
SRC = Path(os.environ.get("SRC", HERE.parent / "src")).resolve()
MEMORY = ("brk", "mmap", "munmap")

TESTS = {
    "test-malloc-no-preallocate": 6,
    "test-malloc-preallocate": 8,
    "test-malloc-block-reuse": 10,
    "test-malloc-split": 8,
    "test-malloc-coalesce": 10,
    "test-malloc-expand-last": 8,
    "test-calloc-zeroed": 10,
    "test-realloc-in-place": 10,
    "test-realloc-moves": 10,
    "test-all": 10,
}

CALL = re.compile(r"^(?P<name>\w+)(?:@[\w.]+)?\((?P<arguments>.*?)(?P<open> <unfinished \.\.\.>|\))?(?:\s+= (?P<result>.*))?$")
RESUMED = re.compile(r"^<\.\.\. (?P<name>\w+)(?:@[\w.]+)? resumed>.*= (?P<result>.*)$")


class Names:
    """Addresses relative to the heap's start and to mappings."""

    def __init__(self):
        self.heap = None
        self.mappings = []

    def of(self, text):
        try:
            value = int(text, 0)
        except ValueError:
            return text
        if value in (0, -1):
            return str(value)
        for number, (start, length) in enumerate(self.mappings, 1):
            if start <= value < start + length:
                offset = value - start
                return f"<mapped-addr{number}>" + (f" + {offset:#x}" if offset else "")
        if self.heap is not None and self.heap <= value < self.heap + (1 << 30):
            return f"HeapStart + {value - self.heap:#x}"
        return str(value)


def flags(value, names):
    return " | ".join(name for bit, name in names if int(value, 0) & bit)


def arguments_of(name, text):
    arguments = [argument.strip() for argument in text.split(",") if argument.strip()]
    if name == "mmap":
        arguments += ["-1", "0"][: 6 - len(arguments)] if len(arguments) < 6 else []
        arguments[2] = flags(arguments[2], [(1, "PROT_READ"), (2, "PROT_WRITE")])
        arguments[3] = flags(arguments[3], [(2, "MAP_PRIVATE"), (1, "MAP_SHARED"), (32, "MAP_ANON")])
        arguments[4] = "-1" if int(arguments[4], 0) in (-1, 0xFFFFFFFF, (1 << 64) - 1) else arguments[4]
    return arguments


def line(indent, name, arguments, result):
    return f"{'  ' * indent + name + ' (' + str(arguments) + ')':<89} = {result}"


def normalised(trace):
    """The lines of a reference: calls of os_* with the system calls for memory that they make."""
    names, lines, inside = Names(), [], None
    for text in trace.splitlines():
        if text.startswith("+++"):
            lines.append(text)
            continue
        resumed = RESUMED.match(text)
        if resumed and inside and resumed["name"].startswith("os_"):
            name, arguments, nested = inside
            inside = None
            lines.append(line(0, name, arguments, result_of(name, resumed["result"], names)))
            lines += nested
            continue
        call = CALL.match(text)
        if not call:
            continue
        name = call["name"].removeprefix("SYS_")
        if name.startswith("os_"):
            arguments = [names.of(it) for it in arguments_of(name, call["arguments"])]
            if call["result"] is None:
                inside = (name, arguments, [])
            else:
                lines.append(line(0, name, arguments, result_of(name, call["result"], names)))
        elif inside and name in MEMORY and call["result"] is not None:
            arguments = arguments_of(name, call["arguments"])
            # Only the first question where the break stands says something.
            asks = name == "brk" and int(arguments[0], 0) == 0 and names.heap is not None
            if not asks:
                inside[2].append(system_call(name, arguments, call["result"], names))
    if inside:
        name, arguments, nested = inside
        lines += [line(0, name, arguments, "<no return>"), *nested]
    return "\n".join(lines) + "\n"


def system_call(name, arguments, result, names):
    value = int(result, 0)
    if name == "brk" and names.heap is None:
        names.heap = value
    if name == "mmap" and value > 0:
        names.mappings.append((value, int(arguments[1], 0)))
    spoken = [names.of(it) if index == 0 else str(int(it, 0)) if it[0].isdigit() else it
              for index, it in enumerate(arguments)]
    if name == "brk" and value == names.heap:
        shown = "HeapStart + 0x0"
    else:
        shown = names.of(result)
    told = line(1, name, spoken, shown)
    if name == "munmap" and value == 0:
        start = int(arguments[0], 0)
        names.mappings = [(0, 0) if it[0] == start else it for it in names.mappings]
    return told


def result_of(name, result, names):
    return "<void>" if name == "os_free" else names.of(result)


def run(name, programs):
    with tempfile.NamedTemporaryFile("r") as trace:
        command = ["ltrace", "-S", "-L", "-F", HERE / "ltrace.conf", "-x", "os_*@libosmem.so", "-o", trace.name]
        environment = {"LD_LIBRARY_PATH": str(SRC), "PATH": os.environ["PATH"]}
        try:
            subprocess.run([*command, programs / name], env=environment, timeout=20, check=False,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        except subprocess.TimeoutExpired:
            return "timed out\n"
        return normalised(trace.read())


def main():
    wanted = [name for name in sys.argv[1:] if not name.startswith("-")]
    unknown = [name for name in wanted if name not in TESTS]
    if unknown:
        sys.exit(f"no test is called {unknown[0]}")
    with tempfile.TemporaryDirectory() as folder:
        programs = Path(folder)
        subprocess.run(["make", "-s", "-j2", "-C", HERE, f"SRC={SRC}", f"BIN={programs}"], check=True)
        names = wanted or list(TESTS)
        with ThreadPoolExecutor(2) as pool:
            outputs = list(pool.map(lambda name: run(name, programs), names))
    if "--record" in sys.argv:
        for name, output in zip(names, outputs):
            (HERE / "ref" / f"{name}.ref").write_text(output)
        return 0
    total = 0
    for name, output in zip(names, outputs):
        expected = (HERE / "ref" / f"{name}.ref").read_text()
        passed = output == expected
        points = TESTS[name] if passed else 0
        total += points
        print(f"{name:<40} {'passed' if passed else 'failed'} ... {points:>3}")
        if wanted and not passed:
            sys.stdout.writelines(difflib.unified_diff(
                expected.splitlines(True), output.splitlines(True), "expected", "observed"))
    print(f"\nTotal: {total}/{sum(TESTS[name] for name in names)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
