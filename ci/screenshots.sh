#!/usr/bin/env bash
# Makes the pictures of checker/docs/pages.md again: grades some of the samples as a class and has
# Chromium draw the pages. `apt-get install chromium`, and `cargo build` first.
set -euo pipefail
cd "$(dirname "$0")/.."

checker=$PWD/${CARGO_TARGET_DIR:-target}/debug/checker
docs=$PWD/checker/docs
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

for name in first_fit worst_fit does_not_compile; do
  "$checker" export --sample $name "$out/$name"
done
(cd ref_tests/submissions && "$checker" grade handmade/[0-3]* "$out"/*_fit conforming \
  "$out/does_not_compile" --out "$out/class" >"$out/log" 2>&1) || [[ $? == 1 ]] || { cat "$out/log"; exit 1; }

draw() {
  chromium --headless=new --no-sandbox --disable-gpu --hide-scrollbars --user-data-dir="$out/profile" \
    --window-size="$3" --screenshot="$docs/$2" "file://$out/$1" >>"$out/log" 2>&1 || { cat "$out/log"; exit 1; }
}

# The time line is folded when a page is opened.
sed 's/<details>/<details open="">/' "$out/class/reports/first_fit.html" >"$out/student.html"
draw student.html student.png 1000,1060
draw class/index.html class.png 1000,1060
