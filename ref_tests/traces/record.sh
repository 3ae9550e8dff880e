#!/usr/bin/env bash
# Records the traces of this folder anew: real programs, small work. Takes the checker to record
# with, by default the one of the workspace. What the programs of another system ask for differs.
set -euo pipefail
cd "$(dirname "$0")"
checker=${1:-"cargo run --release --quiet --"}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

record() { # NAME, then options of `record` and the program behind --
  local name=$1
  shift
  echo "== $name"
  $checker record --out "$name.trace" "$@" > "$work/printed"
}

# A shell that grows a string: buffers of all sizes, copied and dropped.
record bash -- bash --norc --noprofile -c 'for i in {1..2000}; do x=$x$i; done; echo ${#x}'

# The compiler proper, at work on a small file.
cat > "$work/tree.c" << 'C'
#include <stdio.h>
#include <stdlib.h>
struct node { struct node *left, *right; int key; };
static struct node *put(struct node *at, int key)
{
	if (!at) {
		at = calloc(1, sizeof(*at));
		at->key = key;
	} else if (key < at->key)
		at->left = put(at->left, key);
	else
		at->right = put(at->right, key);
	return at;
}
static void print(const struct node *at)
{
	if (!at)
		return;
	print(at->left);
	printf("%d\n", at->key);
	print(at->right);
}
int main(void)
{
	struct node *root = NULL;
	for (int i = 0; i < 100; i++)
		root = put(root, i * 7919 % 101);
	print(root);
	return 0;
}
C
record cc1 --process cc1 -- gcc -O2 -S -o "$work/tree.s" "$work/tree.c"

# A hash that is filled, looked through and emptied by halves.
record perl -- perl -e 'my %h; $h{"key$_"} = "value" x ($_ % 7) for 1..5000;
  delete $h{"key$_"} for grep { $_ % 2 } 1..5000; print scalar(keys %h), "\n"'

# An interpreter without its own pools: nearly every object is a call of malloc.
PYTHONMALLOC=malloc record python3 -- python3 -S -c 'import sys
words = ("to be or not to be that is the question " * 20).split()
count = {}
for word in words: count.setdefault(word, []).append(len(count))
print({word: sum(at) for word, at in count.items()})'

# A data base in memory: pages, and statements that are prepared and dropped.
record sqlite3 -- sqlite3 :memory: 'create table t(a integer primary key, b text);
  with recursive c(x) as (select 1 union all select x + 1 from c where x < 3000)
    insert into t select x, hex(x * x) from c;
  create index i on t(b);
  select count(*), min(b), max(b) from t where b like "3%";
  delete from t where a % 3 = 0; select sum(length(b)) from t;'
