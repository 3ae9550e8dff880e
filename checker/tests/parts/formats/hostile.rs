//! All formats with random texts.

use proptest::prelude::*;

use super::records::{check_with, hostile_text};
use super::{html, json, plain, xml};

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn no_text_breaks_a_format(text in hostile_text()) {
        check_with(&text, &|record, graded| {
            json::gradescope(record, graded);
            json::prairielearn(record, graded);
            json::classroom(record, graded);
            json::check50(record, graded);
            json::jsonl(record, graded);
            json::record_itself(record, graded);
            plain::vmchecker(record, graded);
            plain::vpl(record, graded);
            plain::annotations(record, graded);
            plain::tap(record, graded);
            plain::csv(record, graded);
            plain::markdown(record, graded);
            xml::junit(record, graded);
            html::student(record, graded);
            html::class(record, graded);
        });
    }
}
