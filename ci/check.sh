#!/usr/bin/env bash
# Everything that has to hold before a change lands: the same command for a developer and for CI.
set -euo pipefail
cd "$(dirname "$0")/.."

step() {
  printf '\n== %s\n' "$*"
  "$@"
}

step cargo fmt --all -- --check
step ci/layers.sh
step ci/dependencies.sh
step cargo clippy --workspace --all-targets -- -D warnings
step cargo clippy -p ref_tests --features program --profile embedded -- -D warnings
step cargo clippy -p preload --lib --features preload --profile embedded -- -D warnings
step cargo clippy -p osmem --lib --features abi --profile embedded -- -D warnings
# The pages for a maintainer; a link from a public item to a private one is an error too.
RUSTDOCFLAGS="-D warnings" step cargo doc --workspace --no-deps --document-private-items --quiet
step cargo test --workspace --quiet
# The program that the tests have built: by itself, cargo would choose other features and build
# everything again.
step "${CARGO_TARGET_DIR:-target}/debug/checker"
