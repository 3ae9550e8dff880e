#!/usr/bin/env bash
# Fails on an import of the checker that points up, or sideways between modules of one layer that
# must not know each other. The order is the one in the documentation of `checker/src/lib.rs`.
set -euo pipefail
cd "$(dirname "$0")/../checker/src"

# Modules by layer, lowest first. A module may import from its own line only what stands before it.
layers=(
  "types carried digest samples"
  "sys"
  "pool elf sandbox heap inject profile suite plan record selection transcript snapshot diff picture recordings"
  "spec"
  "submission backtrace build tracer judge"
  "homes explain rubric vary runner fuzz replay machine"
  "grading report batch"
  "cli"
)

declare -A rank
number=0
for line in "${layers[@]}"; do
  number=$((number + 100))
  position=0
  for module in $line; do
    rank[$module]=$((number + position))
    position=$((position + 1))
  done
done

# The modules that a file imports from the crate: comments are taken out, lines joined, and in
# `use crate::{a, b::{c, d}}` what lies below a module is left out.
imports() {
  sed -E 's://.*::' "$1" | tr '\n' ' ' |
    sed -E 's/crate::\{/@{/g; :nested; s/::\{[^{}]*\}//; t nested' |
    grep -oE '@\{[^}]*\}|crate::[a-z_]+' | sed -E 's/^(@|crate::)//; s/[{}]//g' | tr ',' '\n' |
    sed -E 's/^ +//; s/(::| ).*//' | grep . | sort -u || true
}

bad=0
while read -r file; do
  module=${file#./}
  module=${module%%/*}
  module=${module%.rs}
  case $module in lib | main | testing) continue ;; esac
  if [[ -z ${rank[$module]:-} ]]; then
    echo "$file: module $module is in no layer; add it to ci/layers.sh"
    bad=1
    continue
  fi
  for name in $(imports "$file"); do
    [[ $name == "$module" || -z ${rank[$name]:-} ]] && continue
    if ((rank[$name] >= rank[$module])); then
      echo "$file: $module imports $name, which lies above it or beside it"
      bad=1
    fi
  done
done < <(find . -name '*.rs')

# What judges runs nothing, and gives no points.
if grep -rnE 'crate::(sys|tracer|runner|rubric|grading)' spec spec.rs judge judge.rs homes.rs explain.rs; then bad=1; fi
# Formats and the schedule never know each other.
if grep -rnE 'crate::(runner|tracer|grading)' report report.rs 2>/dev/null; then bad=1; fi
if grep -rnE 'crate::report' runner runner.rs 2>/dev/null; then bad=1; fi
# Programs are recorded for one command; plans are made from traces for two.
if grep -rnE '\brecorder::' . | grep -v '^./cli/record.rs:'; then bad=1; fi
if grep -rnE '\btraces::' . | grep -vE '^./(cli/record|cli/replay|replay|replay/plan).rs:'; then bad=1; fi
# What a student reads of the allocator stands on nothing else of it; a link in its documentation
# may lead to the rest.
cd ../../allocator/src
if grep -rnE '^[^/]*crate::' literal literal.rs; then bad=1; fi
exit $bad
