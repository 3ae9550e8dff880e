//! Under the earlier edition of the assignment (`--profile header-24`: size, status, next), a conforming
//! allocator makes no mistake, and mistakes have the names that they have under the default. The
//! scenarios in which a mistake is at home are judged, the first few; grades are another matter.

use super::laboratory::{Error, MISTAKES, compile, flag, folder, library};
use checker::testing::homes::Homes;
use checker::testing::judge::{self, Cause, Run, Scope};
use checker::testing::plan;
use checker::testing::profile::Edition;
use checker::testing::spec::Mistake;
use checker::testing::suite::SCENARIOS;
use checker::testing::sys::watchdog::Watchdog;
use checker::testing::tracer::{Limits, Stage, Tracer};
use checker::testing::transcript;
use checker::testing::types::{Kind, Profile, Transcript};
use libtest_mimic::{Failed, Trial};

/// Scenarios that are judged for each mistake.
const MOST: usize = 30;
/// Planted in an allocator with the earlier header, one by one.
const PLANTED: [&str; 20] = [
    "FirstFit",
    "LastFit",
    "MapsShared",
    "NeverSplits",
    "SplitsTooLate",
    "NeverCoalesces",
    "CoalescesForwardOnly",
    "NeverReuses",
    "NoPreallocation",
    "PreallocationNotSplit",
    "CallocNotZeroed",
    "NeverMaps",
    "ReallocLosesContent",
    "FreesBeforeMove",
    "OldNotFreed",
    "MergedNotSplit",
    "MapsWholePages",
    "MappedNeverUnmapped",
    "FreeLastNotGrown",
    "ReallocNullRefused",
];

pub(crate) fn trials() -> Vec<Trial> {
    let earlier = flag("ShorterHeader");
    let reference = Trial::test("earlier::reference", {
        let earlier = earlier.clone();
        move || {
            let library = compile(MISTAKES, &[earlier])?;
            require(&library.bytes, &golden(), &[])
        }
    });
    let conforming = Trial::test("earlier::conforming", {
        let flags = [earlier.clone(), "-DOTHER_MappedSizeWithHeader".to_owned()];
        move || {
            let library = compile(MISTAKES, &flags)?;
            require(&library.bytes, &golden(), &[])
        }
    });
    let by_hand = Trial::test("earlier::by_hand", || {
        let sample = folder().join("submissions/handmade/25_short_header");
        let library = library(&sample, &[])?;
        let mut usual = mistakes(&library.bytes, &golden(), &Profile::DEFAULT)?;
        usual.retain(|name| name != "ShorterHeader");
        let usual: Vec<&str> = usual.iter().map(String::as_str).collect();
        require(&library.bytes, &golden(), &usual)
    });
    let planted = PLANTED.into_iter().map(move |name| {
        let flags = [earlier.clone(), flag(name)];
        Trial::test(format!("earlier::{name}"), move || {
            let mistake = Mistake::named(name).ok_or("no known mistake")?;
            let homes = Homes::canonical().of_mistake(mistake, Scope::Everywhere);
            let library = compile(MISTAKES, &flags)?;
            let homes: Vec<usize> = homes.iter().copied().take(MOST).collect();
            require(&library.bytes, &homes, &[name])
        })
    });
    let conforming = [reference, conforming, by_hand];
    conforming.into_iter().chain(planted).collect()
}

fn golden() -> Vec<usize> {
    let golden = |index: &usize| SCENARIOS[*index].kind == Kind::Golden;
    (0..SCENARIOS.len()).filter(golden).collect()
}

/// The library makes these mistakes in these scenarios, and no others.
fn require(library: &[u8], indices: &[usize], expected: &[&str]) -> Result<(), Failed> {
    let edition = Edition::shipped("header-24").ok_or("no such edition")?;
    let found = mistakes(library, indices, &edition.profile)?;
    match found == expected {
        true => Ok(()),
        false => Err(format!("{expected:?} was planted, found are {found:?}").into()),
    }
}

fn mistakes(library: &[u8], indices: &[usize], profile: &Profile) -> Result<Vec<String>, Error> {
    let stage = Stage::new(library, *profile, Limits::default(), Watchdog::start())?;
    let mut tracer = Tracer::new(&stage)?;
    let mut seen: Vec<(usize, Transcript)> = Vec::new();
    for &index in indices {
        let planned = plan::calls(&SCENARIOS[index], profile);
        let raw = tracer.observe(&planned)?;
        seen.push((index, transcript::of(&raw, profile)));
    }
    let calls: Vec<_> = { seen.iter() }
        .map(|(index, _)| plan::calls(&SCENARIOS[*index], profile))
        .collect();
    let runs = seen
        .iter()
        .zip(&calls)
        .map(|((index, transcript), calls)| Run {
            stem: SCENARIOS[*index].stem,
            calls,
            golden: None,
            transcript,
            injected: false,
            message: false,
            from: 0,
        });
    let judgement = judge::judge(profile, &runs.collect::<Vec<_>>());
    let names = judgement.mistakes.iter().map(|found| match found.cause {
        Cause::Known(mistake) => mistake.name().to_owned(),
        Cause::Unnamed(clause, ..) => format!("unnamed {clause}"),
    });
    Ok(names.collect())
}
