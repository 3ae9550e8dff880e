//! Scripts, by example.

use proptest::prelude::*;

use super::*;
use crate::types::Pointer;

const WRITTEN: &str = "\
purpose: a hole is used again
clauses: C4, C6 B1
points: 0.5
kind: probe
needs: 0101

# Two blocks.
first = os_malloc( 1000 )
x=os_malloc(T-2*META)

os_free(first)
# The hole.
   x = os_realloc(x, 0x10)
(foreign brk +page)
os_calloc(3, 5)
os_free(p6)
os_free(NULL)
# The end.
";

/// What `bless` makes of it.
const BLESSED: &str = "\
# hole · format 1
purpose: a hole is used again
clauses: C4, C6 B1
points: 0.5
kind: probe
needs: 0101

# Two blocks.
 1  p1 = os_malloc(1000)                      -> NULL
        heap -
 2  p2 = os_malloc(T-2*META)                  -> NULL
        heap =

 3  os_free(p1)
        heap =
# The hole.
 4  p4 = os_realloc(p2, 0x10)                 -> NULL
        heap =
 5  (foreign brk +page)
        heap =
 6  p6 = os_calloc(3, 5)                      -> NULL
        heap =
 7  os_free(p6)
        heap =
 8  os_free(NULL)
        heap =
# The end.
exit 0
";

fn script(text: &str) -> Result<Script, ScriptError> {
    Script::parse("hole", text, &Profile::DEFAULT)
}

fn wrong(text: &str) -> String {
    let golden = script(text).and_then(|script| script.golden());
    golden.unwrap_err().to_string()
}

#[test]
fn calls_are_read_as_a_person_writes_them() {
    let script = script(WRITTEN).unwrap();
    assert_eq!(script.purpose.as_deref(), Some("a hole is used again"));
    assert_eq!(script.clauses, [Clause::C4, Clause::C6, Clause::B1]);
    assert_eq!((script.points, script.kind), (Some(0.5), Kind::Probe));
    assert_eq!(script.needs, [(5, "0101".to_owned())]);
    let p = |number| Pointer::Of(CallNumber(number));
    let expected = [
        Call::Malloc { size: 1000 },
        Call::Malloc { size: 131_008 },
        Call::Free { pointer: p(1) },
        Call::Realloc {
            pointer: p(2),
            size: 16,
        },
        Call::MoveBreak { bytes: 4096 },
        Call::Calloc { count: 3, size: 5 },
        Call::Free { pointer: p(6) },
        Call::Free {
            pointer: Pointer::Null,
        },
    ];
    assert_eq!(script.calls, expected);
    assert_eq!(script.golden(), Ok(None));
}

#[test]
fn what_was_written_is_kept_when_outcomes_come_in() {
    let blessed = script(BLESSED).unwrap();
    let golden = blessed.golden().unwrap().unwrap();
    assert_eq!(golden.steps.len(), 8);
    assert_eq!(script(WRITTEN).unwrap().blessed(&golden), BLESSED);
    assert_eq!(blessed.blessed(&golden), BLESSED);
    let text = Script::of_calls("hole", vec!["points: 2".to_owned()], &golden);
    let again = script(&text).unwrap();
    assert_eq!(
        (again.golden(), again.points),
        (Ok(Some(golden)), Some(2.0))
    );
}

#[test]
fn an_error_is_reported_with_its_place() {
    for (text, expected) in [
        (
            "",
            "1:1: expected a call, such as `p1 = os_malloc(100)`, found the end of the text",
        ),
        ("\nos_maloc(1)", "2:1: expected a call of os_malloc"),
        (
            "p1 = os_malloc(T-)",
            "1:18: expected a size: a number, or T",
        ),
        (
            "p1 = os_malloc(8) # x",
            "1:19: expected the end of the line: a comment has a line",
        ),
        (
            "a = os_free(NULL)",
            "1:5: expected a call that returns a pointer, found `os_free",
        ),
        (
            "os_free(a)",
            "1:9: expected `NULL`, or a pointer that an earlier call returned",
        ),
        (
            "a = os_malloc(8)\nos_free(a)\nos_free(a)",
            "3:9: expected a block that was not freed",
        ),
        ("os_realloc(NULL 8)", "1:17: expected `,`, found `8)`"),
        (
            "point: 2\n",
            "1:1: expected `purpose:`, `clauses:`, `points:`",
        ),
        (
            "points: 1\npoints: 2\n",
            "2:1: expected no second `points:`",
        ),
        (
            "clauses: C4, C99\n",
            "1:14: expected a clause of the assignment",
        ),
        ("points: many\n", "1:9: expected a number of points"),
        (
            "(foreign brk +0)",
            "1:15: expected a distance of at least 1, found `0)`",
        ),
        ("kind: odd\n", "1:7: expected `golden`, `probe`"),
        (
            "# hale · format 1\n",
            "1:3: expected `hole · format 1`, after the file's name",
        ),
    ] {
        let found = wrong(text);
        assert!(found.starts_with(expected), "{text:?}: {found}");
    }
}

#[test]
fn an_error_in_an_outcome_is_reported_with_its_place() {
    for (from, to, expected) in [
        (
            "        heap -",
            "        heap 8q",
            "10:15: expected a block's state",
        ),
        (
            "        heap -\n",
            "",
            "10:1: expected a system call or the heap",
        ),
        (
            "os_free(p1)\n        heap =",
            "os_free(p1)\n        brk 1",
            "15:13: expected `+0x…`",
        ),
        (
            " 3  os_free",
            " 5  os_free",
            "14:2: expected call 3, found `5`",
        ),
        (
            "0x10)                 -> NULL",
            "0x10)",
            "17:30: expected `-> ` and the returned",
        ),
        ("exit 0", "exit x", "28:6: expected a decimal number"),
        (
            "exit 0\n",
            "",
            "27:1: expected a numbered call, or how the run ended",
        ),
        (
            "exit 0",
            "exit 0\nos_free(NULL)",
            "29:1: expected nothing but comments",
        ),
    ] {
        assert!(BLESSED.contains(from), "{from}");
        let found = wrong(&BLESSED.replacen(from, to, 1));
        assert!(found.starts_with(expected), "{to:?}: {found}");
    }
}

proptest! {
    /// Any text is either a scenario or an error with a place in the file.
    #[test]
    fn no_text_is_too_odd(lines in prop::collection::vec(line(), 0..12)) {
        let text = lines.join("\n");
        let read = script(&text).and_then(|script| script.golden().map(|golden| (script, golden)));
        match read {
            Ok((script, Some(golden))) => {
                let again = script.blessed(&golden);
                prop_assert_eq!(self::script(&again).unwrap().golden(), Ok(Some(golden)));
            }
            Ok((_, None)) => {}
            Err(error) => {
                prop_assert!(error.line >= 1 && error.line <= text.lines().count() + 1, "{}", error);
                let width = text.lines().nth(error.line - 1).map_or(0, |line| line.chars().count());
                prop_assert!(error.column >= 1 && error.column <= width + 1, "{}", error);
            }
        }
    }
}

fn line() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("a = os_malloc(8)".to_owned()),
        Just(" 1  p1 = os_malloc(8)                         -> NULL".to_owned()),
        Just("        heap -".to_owned()),
        Just("exit 0".to_owned()),
        "[ 0-9]{0,9}(os_(malloc|free|realloc)|[apTé]|kind|points)[ =(:]{1,3}[0-9A-Za-z+*, -]{0,8}[)]?( -> H)?",
        ".{0,12}",
    ]
}
