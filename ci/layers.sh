#!/usr/bin/env bash
# Fails on an import of the checker that points up, or sideways between modules of one layer that
# must not know each other. The order is the one in the documentation of `checker/src/lib.rs`.
set -euo pipefail
cd "$(dirname "$0")/../checker/src"

# Modules by layer, lowest first. A module may import from its own line only what stands before it.
layers=(
  "types carried digest samples"
  "sys"
  "elf sandbox heap inject profile suite plan record selection transcript snapshot diff picture recordings"
  "spec"
  "submission build capture tracer judge"
  "homes explain rubric runner fuzz replay machine"
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

bad=0
while IFS=: read -r file line text; do
  module=${file#./}
  module=${module%%/*}
  module=${module%.rs}
  case $module in lib | main) continue ;; esac
  if [[ -z ${rank[$module]:-} ]]; then
    echo "$file: module $module is in no layer; add it to ci/layers.sh"
    bad=1
    continue
  fi
  # `use crate::{a, b::c}` and `crate::a::b` alike.
  names=$(grep -oE 'crate::(\{[^}]*\}|[a-z_]+)' <<<"$text" | sed -E 's/crate:://; s/[{}]//g' | tr ',' '\n' |
    sed -E 's/^ *//; s/::.*//; s/ .*//' | sort -u)
  for name in $names; do
    [[ $name == "$module" || -z ${rank[$name]:-} ]] && continue
    if ((rank[$name] >= rank[$module])); then
      echo "$file:$line: $module imports $name, which lies above it or beside it"
      bad=1
    fi
  done
done < <(grep -rnE 'crate::' --include='*.rs' . | grep -v '//' || true)

# What judges runs nothing, and gives no points.
if grep -rnE 'crate::(sys|tracer|runner|rubric|grading)' spec spec.rs judge judge.rs homes.rs explain.rs; then bad=1; fi
# Formats and the schedule never know each other.
if grep -rnE 'crate::(runner|tracer|grading)' report report.rs 2>/dev/null; then bad=1; fi
if grep -rnE 'crate::report' runner runner.rs 2>/dev/null; then bad=1; fi
exit $bad
