//! The pages in a real browser: Chromium, without a window. Skipped where there is none.
//!
//! A page is put into frames as it is, with its own policy; the page around it presses keys and
//! looks at what becomes of it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::undisturbed;

const NAMES: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];

/// Presses keys in the frame, sorts tables, and puts what was seen into the title.
const PROBE: &str = r##"
const seen = [];
function look(frame) {
  const inside = frame.contentDocument;
  const root = inside.documentElement;
  const press = function (list, key) {
    const event = new frame.contentWindow.KeyboardEvent("keydown", { key, cancelable: true });
    return !list.dispatchEvent(event) && list.getAttribute("aria-activedescendant");
  };
  inside.querySelectorAll("details").forEach(function (one) { one.open = true; });
  const list = inside.querySelector(".line");
  const sorting = inside.querySelector("#students th:nth-child(2) button");
  const totals = function () {
    const rows = inside.querySelectorAll("#students tbody tr td:nth-child(2)");
    return Array.from(rows).map(function (cell) { return cell.dataset.key; });
  };
  const before = totals();
  if (sorting) { sorting.click(); }
  const up = totals();
  if (sorting) { sorting.click(); }
  return { scripted: root.classList.contains("scripted"), width: frame.contentWindow.innerWidth,
    scroll: root.scrollWidth, text: inside.body.innerText.length,
    start: list && list.getAttribute("aria-activedescendant"),
    home: list && press(list, "Home"), down: list && press(list, "ArrowDown"),
    up: list && press(list, "ArrowUp"), end: list && press(list, "End"),
    shown: list && list.querySelectorAll("[aria-selected='true']").length,
    rows: list && list.children.length, sorted: [before, up, totals()] };
}
window.addEventListener("load", function () {
  document.querySelectorAll("iframe").forEach(function (frame) { seen.push(look(frame)); });
  document.title = JSON.stringify(seen);
});
"##;

fn browser() -> Option<PathBuf> {
    let paths = std::env::var_os("PATH")?;
    let folders: Vec<PathBuf> = std::env::split_paths(&paths).collect();
    let found = NAMES
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    found.into_iter().find(|path| path.is_file())
}

/// What the browser prints, and says on its console.
fn run(browser: &Path, arguments: &[&str], page: &Path) -> (String, String) {
    let profile = tempfile::tempdir().unwrap();
    let mut command = Command::new("timeout");
    command.arg("60").arg(browser);
    command.args([
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--enable-logging=stderr",
        "--v=0",
    ]);
    let own = format!("--user-data-dir={}", profile.path().display());
    let url = format!("file://{}", page.display());
    let output = command.arg(own).args(arguments).arg(url).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{}: {said}", output.status);
    (String::from_utf8_lossy(&output.stdout).into_owned(), said)
}

/// What the probe saw of a page at each of the widths.
fn probed(browser: &Path, page: &str, widths: [u32; 2]) -> Vec<Value> {
    let folder = tempfile::tempdir().unwrap();
    let escaped = page.replace('&', "&amp;").replace('"', "&quot;");
    let frames: String = widths
        .map(|width| {
            format!("<iframe width={width} height=700 frameborder=0 srcdoc=\"{escaped}\"></iframe>")
        })
        .concat();
    let around = folder.path().join("around.html");
    let html = format!("<!DOCTYPE html><meta charset=utf-8>{frames}<script>{PROBE}</script>");
    fs::write(&around, html).unwrap();
    let arguments = ["--dump-dom", "--window-size=1400,900"];
    let (shown, said) = run(browser, &arguments, &around);
    let complaints: Vec<&str> = said.lines().filter(|it| it.contains("CONSOLE")).collect();
    assert!(complaints.is_empty(), "{complaints:?}");
    let title = shown.split_once("<title>").expect("the probe has run").1;
    let title = title.split_once("</title>").unwrap().0;
    serde_json::from_str(&title.replace("&amp;", "&")).unwrap()
}

#[test]
fn the_pages_work_in_a_browser() {
    let Some(browser) = browser() else {
        eprintln!("skipped: no Chromium here (apt-get install chromium)");
        return;
    };
    let (desk, _) = undisturbed();
    for (name, has_calls) in [("reports/elena.html", true), ("index.html", false)] {
        let page = fs::read_to_string(desk.path("out").join(name)).unwrap();
        for (seen, width) in probed(&browser, &page, [320, 1100]).iter().zip([320, 1100]) {
            assert_eq!(seen["scripted"], true, "{name}: its script does not run");
            assert_eq!(seen["width"], width);
            assert!(seen["scroll"].as_u64() <= Some(width), "{name}: {seen}");
            assert!(seen["text"].as_u64() > Some(1000), "{name}: {seen}");
            if has_calls {
                // In sample first_fit the fifth call of the example is the wrong one.
                let at = |key: &str| seen[key].as_str().unwrap_or_default().to_owned();
                assert_eq!(
                    ["start", "home", "down", "up", "end"].map(at),
                    ["m1-4", "m1-0", "m1-1", "m1-0", "m1-4"]
                );
                assert_eq!((&seen["shown"], &seen["rows"]), (&1.into(), &5.into()));
            } else {
                let points = |at: usize| -> Vec<f64> {
                    let keys = seen["sorted"][at].as_array().unwrap().iter();
                    keys.map(|key| key.as_str().unwrap().parse().unwrap())
                        .collect()
                };
                assert!(!points(0).is_sorted() && points(1).is_sorted(), "{seen}");
                assert!(points(2).is_sorted_by(|one, other| one >= other), "{seen}");
            }
        }
    }
    // A page that is blank is a picture of a few thousand bytes.
    let folder = tempfile::tempdir().unwrap();
    let picture = folder.path().join("page.png");
    let argument = format!("--screenshot={}", picture.display());
    run(&browser, &[&argument], &desk.path("out/reports/elena.html"));
    assert!(fs::metadata(&picture).unwrap().len() > 20_000);
}
