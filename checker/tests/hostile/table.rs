//! A table of answers in place of an allocator: for each call that can be known before, what it
//! asks of the system, returns, and leaves in the heap. It passes the scenarios and gets no points.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

use checker::testing::build::Options;
use checker::testing::fuzz::{FIRST_SEED, Recipe, generate};
use checker::testing::grading::{self, Built, Grader, NO_ALLOCATOR};
use checker::testing::plan;
use checker::testing::record::Record;
use checker::testing::rubric::{BUILT_IN, Known, Rubric};
use checker::testing::sandbox::IsolationOptions;
use checker::testing::spec::{Choices, outcomes};
use checker::testing::suite::SCENARIOS;
use checker::testing::types::{Call, Layout, Outcome, Place, Pointer, Profile, State, SystemCall};
use checker::testing::vary;
use libtest_mimic::Failed;

/// Which calls a table knows a scenario by.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    /// All up to the one that is to be answered.
    Content,
    /// The first few; the others are counted.
    Count,
}

/// Calls that a table by count looks at.
const FIRST: u64 = 4;

/// What looks the answers up. `T` has rows of a key, a result, system calls and headers; `O` says where
/// each begins, in the order of the keys.
const READER: &str = r"
static unsigned long key = 1469598103934665603UL;
static unsigned long made;
static char *heap, *mapped[4096];

static void mix(unsigned long word)
{
	key = (key ^ word) * 1099511628211UL;
	key ^= key >> 29;
}

static unsigned long place(char *p)
{
	unsigned long i;

	if (p && heap && p >= heap && p < heap + (64L << 20))
		return p - heap;
	for (i = 1; p && i < 4096; i++)
		if (mapped[i] && p >= mapped[i] && p - mapped[i] < 4096)
			return (i << 40) + (p - mapped[i]);
	return 0;
}

static char *at(unsigned long place)
{
	return place >> 40 ? mapped[place >> 40] + (place & ((1UL << 40) - 1)) : heap + place;
}

static void *answer(unsigned long f, unsigned long a, unsigned long b, char *old, size_t size)
{
	unsigned long low = 0, high = sizeof(O) / sizeof(*O), middle, i, calls;
	const unsigned long *row, *call;
	struct block_meta *block, *last = NULL;
	char *result = NULL;

	if (made++ < FIRST)
		mix(f), mix(a), mix(b);
	else
		mix(made);
	while (low < high) {
		middle = (low + high) / 2;
		if (T[O[middle]] < key)
			low = middle + 1;
		else
			high = middle;
	}
	if (low >= sizeof(O) / sizeof(*O) || T[O[low]] != key)
		return NULL;
	if (!heap)
		heap = sbrk(0);
	row = T + O[low] + 3;
	calls = row[-1];
	for (i = 0, call = row; i < calls; i++, call += 3)
		if (call[0] == 1) {
			sbrk(call[1]);
		} else if (call[0] == 2) {
			block = mmap(NULL, call[1], PROT_READ | PROT_WRITE,
				     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
			mapped[call[2]] = (char *)block;
			block->size = call[1] - 32;
			block->status = STATUS_MAPPED;
		}
	if (row[-2])
		result = at(row[-2]);
	if (f == 3 && old && result && result != old)
		memmove(result, old, ((struct block_meta *)old)[-1].size < size ?
			((struct block_meta *)old)[-1].size : size);
	for (i = 0; i < calls; i++)
		if (row[3 * i] == 3)
			munmap(mapped[row[3 * i + 2]], row[3 * i + 1]);
	for (i = *call++; i > 0; i--, call += 2) {
		block = (void *)(heap + (call[0] >> 1));
		block->status = call[0] & 1;
		block->size = call[1];
		block->prev = last;
		block->next = NULL;
		if (last)
			last->next = block;
		last = block;
	}
	if (f == 2 && result)
		memset(result, 0, size);
	return result;
}

void *os_malloc(size_t n) { return answer(1, n, 0, NULL, n); }
void *os_calloc(size_t m, size_t n) { return answer(2, m, n, NULL, m * n); }
void *os_realloc(void *p, size_t n) { return answer(3, place(p), n, p, n); }
void os_free(void *p) { answer(4, place(p), 0, NULL, 0); }
";

/// Rows by key.
type Rows = BTreeMap<u64, Vec<u64>>;

/// Knows the scenarios.
pub(super) fn of_scenarios() -> Result<(), Failed> {
    let by = By::Content;
    let table = is_worth_nothing(&rows(Vec::new(), by), by, 150)?;
    // Where the sizes are the class's own, it does not even pass the scenarios.
    let varied = Grader {
        plans: vary::plans(&Profile::DEFAULT, "a secret"),
        ..grader()
    };
    let record = varied.examine("a table", &table, 0.0)?;
    let passed = passed(&record);
    super::require(passed < 100, || format!("{passed} passed with other sizes"))?;
    costs_everything(&record)
}

/// Knows the scenarios by how they begin, and counts the calls from there on.
pub(super) fn by_count() -> Result<(), Failed> {
    is_worth_nothing(&rows(Vec::new(), By::Count), By::Count, 120).map(drop)
}

/// Knows what is played where no secret and no seed is named, too.
pub(super) fn of_scenarios_and_first_seeds() -> Result<(), Failed> {
    let seeds =
        (0..8).map(|count| generate(FIRST_SEED + count, &Recipe::new(Profile::DEFAULT, 150)));
    is_worth_nothing(&rows(seeds.collect(), By::Content), By::Content, 150).map(drop)
}

fn rows(sequences: Vec<Vec<Call>>, by: By) -> Rows {
    let profile = Profile::DEFAULT;
    let scenarios = SCENARIOS
        .iter()
        .map(|scenario| plan::calls(scenario, &profile));
    let mut rows = Rows::new();
    for calls in scenarios.chain(sequences) {
        let due = outcomes(&profile, &Choices::canonical(&profile), &calls);
        add(&mut rows, &calls, &due, by);
    }
    rows
}

fn add(rows: &mut Rows, calls: &[Call], due: &[Outcome], by: By) {
    let mut key = 1_469_598_103_934_665_603_u64;
    let mut made = 0;
    let (mut brk, mut regions) = (0, vec![(0, 0)]);
    let returned: Vec<u64> = due.iter().map(|due| due.result.map_or(0, code)).collect();
    for (call, due) in calls.iter().zip(due) {
        let pointer = |pointer: Pointer| match pointer {
            Pointer::Null => 0,
            Pointer::Of(number) => returned[number.0 as usize - 1],
        };
        let words = match *call {
            Call::Malloc { size } => [1, size, 0],
            Call::Calloc { count, size } => [2, count, size],
            Call::Realloc { pointer: old, size } => [3, pointer(old), size],
            Call::Free { pointer: old } => [4, pointer(old), 0],
            Call::MoveBreak { bytes } => {
                brk += bytes;
                regions.push((brk, brk));
                continue;
            }
        };
        made += 1;
        let words = match by == By::Count && made > FIRST {
            true => vec![made],
            false => words.to_vec(),
        };
        for word in words {
            key = (key ^ word).wrapping_mul(1_099_511_628_211);
            key ^= key >> 29;
        }
        let mut row = vec![key, due.result.map_or(0, code), 0];
        for call in &due.system_calls {
            row[2] += 1;
            row.extend(match call {
                SystemCall::Brk { delta, .. } => {
                    brk += *delta as u64;
                    regions.last_mut().expect("there is one").1 = brk;
                    [1, *delta as u64, 0]
                }
                SystemCall::Mmap { request, result } => [
                    2,
                    request.length,
                    result.map_or(0, |number| number.0.into()),
                ],
                SystemCall::Munmap { start, length, .. } => [3, *length, code(*start) >> 40],
            });
        }
        row.extend(headers(due, &regions));
        rows.entry(key).or_insert(row);
    }
}

/// Where each header lies and what is in it; blocks go on after a gap.
fn headers(due: &Outcome, regions: &[(u64, u64)]) -> Vec<u64> {
    let Layout::Blocks(blocks) = &due.layout else {
        return vec![0];
    };
    let mut regions = regions.iter().filter(|(start, end)| start < end);
    let mut region = regions.next();
    let mut offset = region.map_or(0, |&(start, _)| start);
    let mut row = vec![blocks.len() as u64];
    for block in blocks {
        if region.is_some_and(|&(_, end)| offset >= end) {
            region = regions.next();
            offset = region.map_or(offset, |&(start, _)| start);
        }
        row.extend([
            offset << 1 | u64::from(block.state == State::Used),
            block.size,
        ]);
        offset += 32 + block.size;
    }
    row
}

fn code(place: Place) -> u64 {
    match place {
        Place::Heap(offset) => offset,
        Place::Mapping(number, offset) => (u64::from(number.0) << 40) + offset,
        Place::Null | Place::Elsewhere => 0,
    }
}

/// The library with a table, which passes at least so many scenarios.
fn is_worth_nothing(rows: &Rows, by: By, passes: usize) -> Result<Built, Failed> {
    let (mut table, mut starts, mut at) = (String::new(), String::new(), 0);
    for row in rows.values() {
        write!(starts, "{at},")?;
        at += row.len();
        for word in row {
            write!(table, "{word}UL,")?;
        }
    }
    let folder = tempfile::tempdir()?;
    let includes = [
        "<string.h>",
        "<sys/mman.h>",
        "<unistd.h>",
        "\"osmem.h\"",
        "\"block_meta.h\"",
    ];
    let includes = includes.map(|name| format!("#include {name}\n")).concat();
    let first = match by {
        By::Content => u64::MAX,
        By::Count => FIRST,
    };
    let tables = format!(
        "#define FIRST {first}UL\nstatic const unsigned long T[] = {{{table}}};\nstatic const unsigned O[] = {{{starts}}};\n"
    );
    fs::write(folder.path().join("osmem.c"), includes + &tables + READER)?;
    let built = grading::build(
        folder.path(),
        &Options::default(),
        IsolationOptions::default(),
    )?;
    let record = grader().examine("a table", &built, 0.0)?;
    let passed = passed(&record);
    super::require(passed > passes, || {
        format!("it is a poor table: {passed} passed")
    })?;
    costs_everything(&record)?;
    Ok(built)
}

fn costs_everything(record: &Record) -> Result<(), Failed> {
    let rubric =
        Rubric::parse(BUILT_IN, &Known::all(&SCENARIOS)).map_err(|error| error.to_string())?;
    let points = rubric
        .grade(record)
        .map_err(|error| error.to_string())?
        .total;
    let named = record
        .mistakes
        .iter()
        .any(|mistake| mistake.name == NO_ALLOCATOR);
    super::require(named && points.value() < 10.0, || {
        format!("{} points, {:?}", points.value(), record.mistakes.first())
    })
}

fn grader() -> Grader {
    Grader {
        workers: 1,
        ..Grader::built_in()
    }
}

fn passed(record: &Record) -> usize {
    let results = record.results.iter();
    results.filter(|it| it.status.word() == "PASS").count()
}
