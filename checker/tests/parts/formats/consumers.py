"""Reads reports as other programs do: consumers.py FOLDER SCHEMAS SCENARIOS MISTAKES"""

import importlib
import json
import sys
from pathlib import Path

folder, schemas = map(Path, sys.argv[1:3])
scenarios, mistakes = map(int, sys.argv[3:5])


def there(*modules):
    """Whether these packages are installed; says so where they are not."""
    try:
        for module in modules:
            importlib.import_module(module)
        return True
    except ImportError as error:
        print(f"skipped: {error}")
        return False


def junit():
    from junitparser import Failure, JUnitXml

    (suite,) = JUnitXml.fromfile(str(folder / "junit"))
    cases = list(suite)
    assert suite.tests == len(cases) > scenarios + mistakes, len(cases)
    failed = [case for case in cases if any(isinstance(it, Failure) for it in case.result)]
    assert suite.failures == len(failed) > 0, suite.failures
    assert all(case.result[0].message for case in failed)


def tap():
    from tap.parser import Parser

    lines = list(Parser().parse_file(str(folder / "tap")))
    tests = [line for line in lines if line.category == "test"]
    assert len(tests) == scenarios + 1, len(tests)
    assert not [line for line in lines if line.category == "unknown"]
    said = [test.yaml_block for test in tests if not test.ok]
    assert said and all(block["message"] for block in said)


def check50():
    import builtins

    # The program installs its translations under this name.
    builtins._ = lambda text: text
    from check50.renderer import to_ansi, to_html

    report = json.loads((folder / "check50").read_text())
    page = to_html(report["slug"], report["results"], report["version"])
    assert page.count("a ]]&gt; b &lt;c&gt;") > 0
    text = to_ansi(report["slug"], report["results"], report["version"], _log=True)
    signs = [line for line in text.splitlines() if ":(" in line or ":)" in line or ":|" in line]
    assert len(signs) >= scenarios + mistakes + 1, len(signs)


def schema():
    import jsonschema

    for name in ["check50", "gradescope", "prairielearn"]:
        report = json.loads((folder / name).read_text())
        jsonschema.validate(report, json.loads((schemas / f"{name}.json").read_text()))


for check, modules in [
    (junit, ["junitparser"]),
    (tap, ["tap.parser", "yaml", "more_itertools"]),
    (check50, ["check50.renderer"]),
    (schema, ["jsonschema"]),
]:
    if there(*modules):
        check()
        print(f"read by {modules[0]}")
