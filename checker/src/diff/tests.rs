//! Differences, by example and by property.

use proptest::prelude::*;

use super::{Options, diff};
use crate::snapshot::arbitrary::transcript;
use crate::snapshot::render;

const EXPECTED: &str = "\
# 0203-malloc-split-first · format 1
 1  p1 = os_malloc(1000)                      -> H+0x20
        brk +0x20000
        heap 1000u 130008f
 2  p2 = os_malloc(131072)                    -> M1+0x20
        mmap 131104 rw private anon           = M1
        heap =
 3  os_free(p2)
        munmap M1 131104                      = 0
        heap =
 4  os_free(p1)
        heap 1000f 130008f
exit 0
";

fn options() -> Options {
    Options {
        context_calls: 1,
        ..Options::default()
    }
}

/// The difference of the example from itself with one change, starting with a line feed.
fn changed(from: &str, to: &str, options: &Options) -> String {
    let observed = EXPECTED.replacen(from, to, 1);
    let text = diff(EXPECTED, &observed, options);
    format!("\n{}", text.unwrap_or_default())
}

/// A transcript of `calls` calls.
fn long(calls: usize, end: &str) -> String {
    let width = calls.to_string().len().max(2);
    let mut text = "# 1001-x · format 1\n".to_owned();
    for number in 1..=calls {
        let call = format!("{number:>width$}  p{number} = os_malloc(0)");
        text += &format!("{call:<45} -> NULL\n        heap -\n");
    }
    text + end + "\n"
}

#[test]
fn equal_texts_do_not_differ() {
    assert_eq!(diff(EXPECTED, EXPECTED, &options()), None);
    assert_eq!(diff("", "", &options()), None);
}

#[test]
fn one_wrong_line_is_shown_with_the_calls_around_it() {
    let expected = "
first difference in call 2: p2 = os_malloc(131072) (- expected, + observed)
   1  p1 = os_malloc(1000)                      -> H+0x20
          brk +0x20000
          heap 1000u 130008f
   2  p2 = os_malloc(131072)                    -> M1+0x20
-         mmap 131104 rw private anon           = M1
+         mmap 135168 rw private anon           = M1
          heap =
   3  os_free(p2)
          munmap M1 131104                      = 0
          heap =
  … 1 call more, alike …
";
    assert_eq!(changed("mmap 131104", "mmap 135168", &options()), expected);
}

#[test]
fn without_context_only_the_wrong_call_is_shown() {
    let options = Options {
        context_calls: 0,
        ..options()
    };
    let expected = "
first difference in call 3: os_free(p2) (- expected, + observed)
  … 2 calls before, alike …
   3  os_free(p2)
-         munmap M1 131104                      = 0
          heap =
  … 1 call more, alike …
";
    let line = "        munmap M1 131104                      = 0\n";
    assert_eq!(changed(line, "", &options), expected);
}

#[test]
fn full_differences_leave_nothing_out() {
    let options = Options {
        full: true,
        ..options()
    };
    let text = changed("exit 0", "exit 1", &options);
    assert!(
        text.starts_with(
            "\nfirst difference in how the run ended (- expected, + observed)\n  # 0203"
        )
    );
    assert!(text.ends_with("          heap 1000f 130008f\n- exit 0\n+ exit 1\n"));
    assert_eq!(text.lines().count(), EXPECTED.lines().count() + 3);
}

#[test]
fn a_run_that_ends_early_lacks_calls() {
    let at = EXPECTED.find(" 4  os_free").unwrap();
    let observed = EXPECTED[..at].to_owned() + "signal SIGSEGV, verifying payloads after call 3\n";
    let expected = "\
first difference in call 4: os_free(p1), which was not made (- expected, + observed)
  … 2 calls before, alike …
   3  os_free(p2)
          munmap M1 131104                      = 0
          heap =
-  4  os_free(p1)
-         heap 1000f 130008f
- exit 0
+ signal SIGSEGV, verifying payloads after call 3
";
    let text = diff(EXPECTED, &observed, &options());
    assert_eq!(text.as_deref(), Some(expected));
    let text = diff(&observed, EXPECTED, &options()).unwrap();
    assert!(text.starts_with(
        "first difference in call 4: os_free(p1), which was not expected (- expected, + observed)\n"
    ));
}

#[test]
fn calls_left_out_are_counted_with_those_that_differ() {
    let observed = EXPECTED.replace("130008f", "130000f");
    let options = Options {
        context_calls: 0,
        ..options()
    };
    let text = diff(EXPECTED, &observed, &options).unwrap();
    assert!(
        text.ends_with("\n  … 3 calls more, 1 of them different …\n"),
        "{text}"
    );
}

#[test]
fn the_width_of_call_numbers_is_no_difference() {
    let (expected, observed) = (long(100, "exit 0"), long(98, "exit 1"));
    let text = diff(&expected, &observed, &options()).unwrap();
    let expected = "\
first difference in call 99: p99 = os_malloc(0), which was not made (- expected, + observed)
  … 97 calls before, alike …
   98  p98 = os_malloc(0)                       -> NULL
          heap -
-  99  p99 = os_malloc(0)                       -> NULL
-         heap -
- 100  p100 = os_malloc(0)                      -> NULL
-         heap -
- exit 0
+ exit 1
";
    assert_eq!(text, expected);
    let text = diff(&observed, &long(100, "exit 0"), &options()).unwrap();
    assert!(
        text.contains("\n   98  p98 = os_malloc(0)                       -> NULL\n"),
        "{text}"
    );
}

#[test]
fn long_runs_of_lines_are_cut() {
    let line = "        brk +0x8\n";
    let text = changed("        brk +0x20000\n", &line.repeat(30), &options());
    let cut = "+         brk +0x8\n".repeat(5);
    let cut = format!("{cut}+         … 20 lines more …\n{cut}          heap 1000u");
    assert!(text.contains(&cut), "{text}");
}

#[test]
fn colors_only_when_asked_for() {
    let colored = Options {
        color: true,
        context_calls: 0,
        full: false,
    };
    let expected = "
\u{1b}[1mfirst difference in how the run ended (- expected, + observed)\u{1b}[0m
\u{1b}[2m  … 4 calls before, alike …\u{1b}[0m
\u{1b}[31m- exit 0\u{1b}[0m
\u{1b}[32m+ exit 1\u{1b}[0m
";
    assert_eq!(changed("exit 0", "exit 1", &colored), expected);
}

#[test]
fn what_a_terminal_would_act_upon_is_spelled_out() {
    let text = changed("brk +0x20000", "brk \u{1b}[2J\u{202e}\r\t", &options());
    assert!(
        text.contains("+         brk \\u{1b}[2J\\u{202e}\\r\\t\n"),
        "{text}"
    );
}

#[test]
fn text_in_an_unknown_format_is_compared_too() {
    let text = diff("a\nb\n", "a\nc\n", &options()).unwrap();
    assert_eq!(
        text,
        "first difference in how the run ended (- expected, + observed)\n- b\n+ c\n"
    );
    let text = diff(EXPECTED, "", &options()).unwrap();
    assert!(
        text.starts_with("first difference in the header (- expected, + observed)\n- # 0203"),
        "{text}"
    );
}

proptest! {
    #[test]
    fn any_transcripts_can_be_compared(a in transcript(), b in transcript(), color: bool, full: bool) {
        let options = Options { context_calls: 1, color, full };
        let (a, b) = (render("0101-x", &a), render("0101-x", &b));
        prop_assert_eq!(diff(&a, &a, &options), None);
        // Blanks within quoted text are the only ones that two different snapshots may differ in.
        if let Some(text) = diff(&a, &b, &options) {
            prop_assert!(a != b);
            let text = text.replace('\n', "");
            prop_assert!(color || !text.contains(char::is_control));
        }
    }

    #[test]
    fn any_texts_can_be_compared(a: String, b: String) {
        let _ = diff(&a, &b, &Options::default());
    }
}
