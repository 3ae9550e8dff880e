#!/usr/bin/env bash
# Fails on a dependency that no source of its package names, on a shared version that no package
# takes, and on a licence that is not on the list below. `cargo machete` and `cargo deny` say the
# same and more; here it has to take a second, without anything to install.
set -euo pipefail
cd "$(dirname "$0")/.."
bad=0

# The names in a file's tables whose headings match a pattern.
names() {
  sed -nE "/^\[$2\]/,/^\[/s/^([A-Za-z0-9_-]+)[ .=].*/\1/p" "$1"
}

while read -r manifest; do
  folder=$(dirname "$manifest")
  for name in $(names "$manifest" '(dev-|build-)?dependencies'); do
    word="\\b${name//-/_}\\b"
    if ! grep -rqE "^[^/]*$word(::|;|!| as )" --include='*.rs' "$folder"; then
      echo "$manifest: no source names $name"
      bad=1
    fi
  done
done < <(git ls-files --cached --others --exclude-standard '*Cargo.toml' | grep -v '^Cargo.toml$')

for name in $(names Cargo.toml 'workspace\.dependencies'); do
  if ! git ls-files '*/Cargo.toml' | xargs grep -q "^$name\.workspace"; then
    echo "Cargo.toml: no package takes $name"
    bad=1
  fi
done

# Licences that let anyone use, change and pass on what is made of them. Of several that a package
# offers, one has to be here.
allowed='^(MIT|MIT-0|Apache-2\.0|BSD-2-Clause|BSD-3-Clause|ISC|0BSD|Zlib|Unlicense|CC0-1\.0|Unicode-3\.0)$'
while IFS='|' read -r package licence; do
  # `A AND (B OR C)`: of each part one licence at least.
  while read -r part; do
    if ! tr -d '()' <<<"$part" | sed 's: OR :\n:g; s:/:\n:g' | grep -qE "$allowed"; then
      echo "$package: its licence is not on the list: ${licence:-none}"
      bad=1
    fi
  done < <(sed 's/ AND /\n/g' <<<"$licence")
done < <(cargo tree --workspace --all-features --prefix none --format '{p}|{l}' | sed 's/ (\*)$//' | grep . | sort -u)
exit $bad
