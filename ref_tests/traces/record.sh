#!/usr/bin/env bash
# Records the traces of this folder again: `ref_tests/traces/record.sh`. Needs python3, perl,
# sqlite3, gcc and bash; the work is small, so that the files are.
set -euo pipefail
cd "$(dirname "$0")"

cargo build --release --quiet -p checker
checker=$(cargo metadata --no-deps --format-version 1 | sed -E 's/.*"target_directory":"([^"]*)".*/\1/')/release/checker

record() {
  "$checker" record --out "$1.trace" --calls 300000 --quiet -- "${@:2}" >/dev/null
}

# Python's own allocator would keep small objects away from malloc.
PYTHONMALLOC=malloc record python3 "$(python3 -c 'import sys; print(sys.executable)')" -S -c '
import json, re
words = {}
for i in range(2500):
    words.setdefault("w%d" % (i * 7919 % 1000), []).append(str(i) * 3)
text = json.dumps(words)
print(len(text), len(re.findall(r"\d+", text)), len(json.loads(text)))'

record perl perl -e '
my %h;
for (1..9000) { $h{$_} = "x" x ($_ % 97); delete $h{int($_ / 2)} if $_ % 3 == 0 }
my @a = sort map { $_ . $h{$_} } keys %h;
my $t = join ",", @a;
my %w;
$w{length $_}++ for split /,/, $t;
print scalar(@a), " ", scalar(keys %w), "\n"'

record sqlite3 sqlite3 :memory: "
create table item(id integer primary key, name text, price int);
create table sale(item int, day int, amount int);
with recursive c(x) as (select 1 union all select x + 1 from c where x < 3000)
insert into item select x, 'item ' || hex(x * 7919), x * 37 % 1000 from c;
with recursive c(x) as (select 1 union all select x + 1 from c where x < 9000)
insert into sale select x * 7919 % 3000 + 1, x % 365, x % 17 from c;
create index by_item on sale(item);
update item set price = price + 1, name = name || '!' where id % 7 = 0;
delete from sale where amount = 3;
select count(*), sum(amount * price) from sale join item on item.id = sale.item where name like '%7%';
select name, sum(amount) as s from sale join item on item.id = sale.item group by name order by s desc, name limit 200;
select day, group_concat(amount) from sale where day < 40 group by day;
pragma integrity_check;"

source=$(mktemp --suffix=.c)
trap 'rm -f "$source"' EXIT
for n in {1..9}; do
  echo "int f$n(int *a, int n) { int s = $n; for (int i = 0; i < n; i++) { s += a[i] * $n; if (s & 64) s ^= i; }
    switch (s % 9) { case 0: return s; case 3: return n; default: return f$((n - 1 > 0 ? n - 1 : 1))(a, n / 2); } }"
done >"$source"
record cc1 "$(gcc -print-prog-name=cc1)" -quiet -O2 "$source" -o /dev/null

record bash bash -c '
s=
for i in {1..300}; do a[i]=x$i; s+=${a[i]}; done
f() { local x=$1; r=$((x * 2)); }
for i in {1..200}; do f $i; done
echo ${#s} ${#a[@]} $r'
