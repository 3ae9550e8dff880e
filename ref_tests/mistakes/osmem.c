/*
 * One allocator with a switch for each mistake of the catalogue.
 *
 * Without flags it follows every clause, canonical on every axis of section V.
 * -DMISTAKE_<name> plants the mistake of that name, -DOTHER_<name> something
 * that has no name in the catalogue. Several may be set together: each has its
 * own place. notes.toml says what is special about some of them.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "osmem.h"

/*
 * MISTAKE(x) is 1 with -DMISTAKE_x, otherwise 0, and so is OTHER(x): only a
 * macro that is 1 pastes to COMMA_1, which moves the 1 into the second place.
 */
#define COMMA_1 0,
#define SECOND(first, second, ...) second
#define CHOOSE(comma) SECOND(comma 1, 0, 0)
#define IS_ONE(value) CHOOSE(COMMA_##value)
#define IS_SET(macro) IS_ONE(macro)
#define MISTAKE(name) IS_SET(MISTAKE_##name)
#define OTHER(name) IS_SET(OTHER_##name)

/*
 * The constants, and a header without `prev` (NO_PREV: who stands in front is
 * found by a walk), may come from the command line.
 */
#if MISTAKE(ShorterHeader)
/* B1: the one of an earlier edition. */
#define NO_PREV
struct block_meta {
	size_t size;
	int status;
	struct block_meta *next;
};

enum { STATUS_FREE, STATUS_ALLOC, STATUS_MAPPED };
#elif MISTAKE(LongerHeader)
/* B1: with a field of its own. */
struct block_meta {
	size_t size;
	int status;
	struct block_meta *prev;
	struct block_meta *next;
	size_t asked;
};

enum { STATUS_FREE, STATUS_ALLOC, STATUS_MAPPED };
#else
#include "block_meta.h"
#endif

#ifndef ALIGNMENT
#define ALIGNMENT 8
#endif
#ifndef META
#define META (sizeof(struct block_meta))
#endif
#ifndef MMAP_THRESHOLD
#define MMAP_THRESHOLD (128 * 1024)
#endif
#ifndef PREALLOCATION
#define PREALLOCATION (128 * 1024)
#endif
#ifndef PAGE
#define PAGE getpagesize()
#endif

/*
 * The largest payload that is asked for: sbrk takes a signed number, and some
 * mistakes ask for more than the chunk.
 */
#define LARGEST ((size_t)PTRDIFF_MAX - 4 * PREALLOCATION)

/* What sbrk returns when it fails. */
#define NO_BREAK ((char *)-1)

/* What a block is looked for. */
enum purpose { FOR_MALLOC, FOR_CALLOC, FOR_MOVE };

static struct block_meta *heap; /* the lowest heap block */
static char *heap_start;	/* where the first one was put; NULL before */
static char *our_break;		/* where the break was left last */
static int served;		/* whether the heap has served a request */
static int calloc_only = 1;	/* whether it has served os_calloc alone */
static size_t asked;		/* payload bytes, not rounded up */
static int mapped_ever;		/* whether a block was ever mapped */
static int mapped_now;		/* how many blocks are mapped */
static volatile struct block_meta *unmapped; /* the one that went last */

/* ---- sizes and addresses ------------------------------------------------ */

static size_t align_to(size_t n, size_t unit)
{
	return (n + unit - 1) & ~(unit - 1);
}

/* A18 */
static size_t align(size_t n)
{
	if (MISTAKE(NoAlignment))
		return n;
	if (MISTAKE(AlignsToFour))
		return align_to(n, 4);
	if (MISTAKE(AlignsPastMultiple))
		return (n / ALIGNMENT + 1) * ALIGNMENT;
	return align_to(n, MISTAKE(AlignsToSixteen) ? 16 : ALIGNMENT);
}

static size_t total(size_t n)
{
	return META + align(n);
}

static size_t page(void)
{
	return (size_t)(PAGE);
}

static size_t whole_pages(size_t n)
{
	return align_to(n, page());
}

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

static size_t larger(size_t a, size_t b)
{
	return a > b ? a : b;
}

static void *payload_of(struct block_meta *block)
{
	return (char *)block + META;
}

static struct block_meta *header_of(void *payload)
{
	return (struct block_meta *)((char *)payload - META);
}

static char *end_of(struct block_meta *block)
{
	return (char *)payload_of(block) + block->size;
}

/*
 * The bytes of a header that belong to no field. In a heap block: whether
 * memory of others lies in front of it (E5). It is not told by addresses,
 * since bytes that a mistake has lost are no such gap: the list goes on after
 * them. In a mapping: the bytes that align() added to its size, and above them
 * those by which the size in its header is less than what was mapped.
 */
static int *note(struct block_meta *block)
{
#ifdef NO_NOTE
	/* There are none: without mistakes, addresses tell. */
	static int none;

	(void)block;
	none = 0;
	return &none;
#endif
	return (int *)((char *)block + offsetof(struct block_meta, status)) + 1;
}

#define ADDED_BITS 4

static int added_by_align(struct block_meta *block)
{
	return *note(block) & ((1 << ADDED_BITS) - 1);
}

static size_t lost_by_shrinking(struct block_meta *block)
{
	return (size_t)(*note(block) >> ADDED_BITS);
}

static int is_mapped(struct block_meta *block)
{
	char *at = (char *)block;

	/* D1: the status does not tell, so the address must. */
	if (MISTAKE(MappedStatusUsed))
		return !heap_start || at < heap_start || at >= (char *)sbrk(0);
	return block->status == STATUS_MAPPED;
}

static size_t payload_size(struct block_meta *block)
{
	if (OTHER(MappedSizeWithHeader) && is_mapped(block))
		return block->size - META;
	return block->size;
}

/* ---- what is mapped ----------------------------------------------------- */

/* Whether `n` is mapped when whatever takes `limit` bytes with its header is. */
static int reaches(size_t n, size_t limit)
{
	return !MISTAKE(NeverMaps) && total(n) >= limit;
}

static int is_beyond_threshold(size_t n)
{
	return !MISTAKE(NeverMaps) && n > MMAP_THRESHOLD;
}

static int is_large(size_t n)
{
	if (MISTAKE(ThresholdBeyond))
		return is_beyond_threshold(n);
	if (MISTAKE(ThresholdDecimal))
		return reaches(n, MMAP_THRESHOLD / 1024 * 1000);
	return reaches(n, MMAP_THRESHOLD);
}

/* A2 */
static int is_large_for_malloc(size_t n)
{
	if (MISTAKE(ThresholdNotSearched) && total(n) == MMAP_THRESHOLD)
		return 0;
	return MISTAKE(MallocUsesPage) ? reaches(n, page()) : is_large(n);
}

/* A4 */
static int is_large_for_calloc(size_t size, size_t bytes)
{
	size_t n = MISTAKE(CallocThresholdOfElement) ? size : bytes;

	if (MISTAKE(CallocNeverMaps))
		return 0;
	if (MISTAKE(CallocUsesMallocThreshold))
		return is_large_for_malloc(n);
	if (MISTAKE(CallocThresholdWithoutHeader))
		return !MISTAKE(NeverMaps) && n >= page();
	return reaches(n, page());
}

/* A9 */
static int is_large_for_realloc_null(size_t n)
{
	if (MISTAKE(ReallocNullUsesOwnThreshold))
		return is_beyond_threshold(n);
	return is_large_for_malloc(n);
}

/* A13 */
static int is_large_for_heap_block(size_t n)
{
	if (MISTAKE(LargeReallocStays))
		return 0;
	return MISTAKE(ReallocUsesPage) ? reaches(n, page()) : is_large(n);
}

/* ---- what headers say between two calls --------------------------------- */

/*
 * Mistakes about headers alone: inside a call everything is as it should be.
 * When the call returns, what the mistake keeps elsewhere is taken out of the
 * headers (conceal), and when the next begins it is put back (reveal).
 */
#define MOST_CONCEALED 65536

struct concealed {
	struct block_meta *block;
	size_t size; /* the true one */
	size_t said;
};

static struct concealed concealed[MOST_CONCEALED];
static size_t concealed_count;

/* The free block at the end of the heap, while it has no header. */
static struct block_meta *bare_tail;
static struct block_meta tail_header;

static void will_say(struct block_meta *block, size_t said)
{
	struct concealed *one = concealed;
	struct concealed *end = concealed + concealed_count;

	while (one < end && one->block != block)
		one++;
	if (one == concealed + MOST_CONCEALED)
		return;
	concealed_count += one == end;
	one->block = block;
	one->size = block->size;
	one->said = said;
}

/* ---- the list ----------------------------------------------------------- */

static struct block_meta *prev_of(struct block_meta *block)
{
#ifdef NO_PREV
	struct block_meta *other = heap == block ? NULL : heap;

	while (other && other->next != block)
		other = other->next;
	return other;
#else
	return block->prev;
#endif
}

static void set_prev(struct block_meta *block, struct block_meta *prev)
{
#ifdef NO_PREV
	(void)block;
	(void)prev;
#else
	block->prev = prev;
#endif
}

static struct block_meta *last_block(void)
{
	struct block_meta *block = heap;

	while (block && block->next)
		block = block->next;
	return block;
}

static void link_last(struct block_meta *block)
{
	struct block_meta *last = last_block();

	set_prev(block, last);
	block->next = NULL;
	if (!last)
		heap = block;
	else if (!OTHER(ForgetsNext))
		last->next = block;
}

static void unlink_block(struct block_meta *block)
{
	struct block_meta *before = prev_of(block);

	if (before)
		before->next = block->next;
	else
		heap = block->next;
	if (!block->next)
		return;
	set_prev(block->next, before);
	*note(block->next) |= *note(block); /* the gap is in front of it now */
}

/* E5: not so when memory of others lies between the two. */
static int touches_next(struct block_meta *block)
{
#ifdef NO_NOTE
	return block->next && (char *)block->next == end_of(block);
#endif
	return block->next && (!*note(block->next) || MISTAKE(MergesAcrossGap));
}

static int next_is_free(struct block_meta *block)
{
	if (MISTAKE(MappingParts) && mapped_now)
		return 0;
	return touches_next(block) && block->next->status == STATUS_FREE;
}

/* Takes the right neighbour off the list and adds `bytes` to `block`. */
static void absorb_next(struct block_meta *block, size_t bytes)
{
	struct block_meta *gone = block->next;

	block->size += bytes;
	block->next = gone->next;
	if (gone->next && !OTHER(ForgetsPrev))
		set_prev(gone->next, block);
}

/* ---- coalescing --------------------------------------------------------- */

static int coalesces_with_next(struct block_meta *block)
{
	if (block->status != STATUS_FREE)
		return 0;
	if (MISTAKE(MergesUsedBlock))
		return touches_next(block);
	return next_is_free(block);
}

static void coalesce_with_next(struct block_meta *block)
{
	size_t bytes = META + block->next->size;

	if (MISTAKE(CoalescingLosesHeader))
		bytes -= META;
	if (MISTAKE(MergeCountsPointer))
		bytes -= META - sizeof(block);
	if (MISTAKE(SizeNotUpdatedByMerging))
		bytes = 0;
	absorb_next(block, bytes);
}

/* C3 */
static void coalesce(void)
{
	struct block_meta *block;

	for (block = heap; block; block = block->next) {
		while (coalesces_with_next(block)) {
			coalesce_with_next(block);
			if (MISTAKE(CoalescesPairs))
				break;
		}
	}
}

/* Mistakes that coalesce at other times, or never. */
static int coalesces_before_searches(void)
{
	return !MISTAKE(NeverCoalesces) && !MISTAKE(CoalescesOnlyAtFree) &&
	       !MISTAKE(CoalescesForwardOnly) &&
	       !MISTAKE(CoalescesBackwardOnly) &&
	       !MISTAKE(CoalescesWhenNothingFits);
}

/* C2 */
static void coalesce_for(enum purpose purpose)
{
	if (MISTAKE(NoCoalescingInMalloc) && purpose == FOR_MALLOC)
		return;
	if (MISTAKE(NoCoalescingInCalloc) && purpose == FOR_CALLOC)
		return;
	if (MISTAKE(NoCoalescingBeforeMove) && purpose == FOR_MOVE)
		return;
	coalesce();
}

/* V4: nothing is done here, but for the mistakes that do it here only. */
static void coalesce_after_free(struct block_meta *block)
{
	struct block_meta *before = prev_of(block);

	if (MISTAKE(CoalescesOnlyAtFree))
		coalesce();
	if (MISTAKE(CoalescesForwardOnly) && coalesces_with_next(block))
		coalesce_with_next(block);
	if (MISTAKE(CoalescesBackwardOnly) && before && before->next == block &&
	    coalesces_with_next(before))
		coalesce_with_next(before);
}

/* ---- searching ---------------------------------------------------------- */

/* Whether `block`, which fits, is a better choice than `best`, which stands before it. */
static int is_better(struct block_meta *block, struct block_meta *best)
{
	if (!best || MISTAKE(LastFit))
		return 1;
	if (MISTAKE(FirstFit))
		return 0;
	if (block->size == best->size)
		return MISTAKE(LastOfEquals);
	if (MISTAKE(WorstFit))
		return block->size > best->size;
	return block->size < best->size;
}

static int is_large_enough(struct block_meta *block, size_t need)
{
	size_t has = block->size;

	if (MISTAKE(ExactFitRefused) && has == need)
		return 0;
	if (MISTAKE(LargeFreeIgnored) && has >= PREALLOCATION)
		return 0;
	if (MISTAKE(AcceptsTooSmall))
		has += META;
	if (MISTAKE(FitCountsHeader))
		need += META;
	return has >= need;
}

/* Whether the search looks at `block` at all. */
static int is_searched(struct block_meta *block)
{
	if (MISTAKE(OnlyLastBlock) && block->next)
		return 0;
	if (MISTAKE(FirstNeverSearched) && block == heap && served)
		return 0;
	return block->status == STATUS_FREE;
}

/* C4: the smallest that is large enough, the lowest of equals. */
static struct block_meta *find_best(size_t need, enum purpose purpose)
{
	struct block_meta *best = NULL;
	struct block_meta *block;

	if (MISTAKE(NeverReuses) && served)
		return NULL;
	if (MISTAKE(ThresholdNotSearched) && served && purpose == FOR_MALLOC &&
	    META + need == MMAP_THRESHOLD)
		return NULL;
	for (block = heap; block; block = block->next) {
		if (!is_searched(block))
			continue;
		if (MISTAKE(MovesIntoTooSmall) && purpose == FOR_MOVE)
			return block;
		if (is_large_enough(block, need) && is_better(block, best))
			best = block;
	}
	return best;
}

static struct block_meta *search(size_t need, enum purpose purpose)
{
	struct block_meta *found;

	if (MISTAKE(MoveAlwaysAppends) && purpose == FOR_MOVE && served)
		return NULL;
	if (coalesces_before_searches())
		coalesce_for(purpose);
	found = find_best(need, purpose);
	if (!found && MISTAKE(CoalescesWhenNothingFits)) {
		coalesce_for(purpose);
		found = find_best(need, purpose);
	}
	return found;
}

/* ---- splitting ---------------------------------------------------------- */

/* How much `need` must leave over so that it becomes a block. */
static size_t least_rest(size_t need)
{
	size_t least = META + ALIGNMENT;

	if (OTHER(SplitsAtTheEdge))
		least = ALIGNMENT;
	if (MISTAKE(SplitsTooSmall))
		least = META;
	if (MISTAKE(SplitsTooLate))
		least = META + ALIGNMENT + 1;
	if (MISTAKE(SplitsFromTwoHeaders))
		least = 2 * META;
	if (MISTAKE(SplitsLargeRestOnly))
		least = larger(least, need + 1);
	return least;
}

static int can_split(struct block_meta *block, size_t need)
{
	return block->size >= need && block->size - need >= least_rest(need);
}

static size_t size_of_rest(size_t left)
{
	size_t size = left - META;

	if (MISTAKE(RestLosesHeader))
		size -= smaller(size, META);
	if (MISTAKE(RestEightShort))
		size -= smaller(size, 8);
	if (MISTAKE(RestTooLarge))
		size += META;
	return size;
}

static void link_rest(struct block_meta *block, struct block_meta *rest)
{
	set_prev(rest, OTHER(LinksWrongNeighbour) ? prev_of(block) : block);
	rest->next = block->next;
	if (OTHER(LosesRest))
		return;
	if (rest->next && !OTHER(ForgetsPrevAfterSplit))
		set_prev(rest->next, rest);
	block->next = rest;
}

/* B1: it has more room than its header will say. */
static void note_unsplit(struct block_meta *block, size_t need)
{
	if (MISTAKE(SizeSaysLess) && block->size >= need)
		will_say(block, need);
}

/* C6: what `need` leaves over becomes a free block, when it can be one. */
static void split(struct block_meta *block, size_t need)
{
	size_t left;
	char *at;
	struct block_meta *rest;

	if (MISTAKE(SplitsUnaligned))
		need = smaller(need, asked);
	at = (char *)payload_of(block) + need;
	left = block->size - need;
	if (!can_split(block, need)) {
		note_unsplit(block, need);
		return;
	}
	if (MISTAKE(RestTooFar))
		at += META;
	if (!MISTAKE(SplitSizeNotUpdated))
		block->size = need;
	rest = (struct block_meta *)at;
	rest->size = size_of_rest(left);
	if (MISTAKE(RestStaysUsed) ||
	    (MISTAKE(TailStaysUsed) && block->status == STATUS_ALLOC))
		rest->status = STATUS_ALLOC;
	else if (!OTHER(RestStatusNotSet))
		rest->status = STATUS_FREE;
	*note(rest) = 0;
	link_rest(block, rest);
}

/* Every byte stays the block's, when the rest cannot be one. */
static void keep_whole(struct block_meta *block, size_t need)
{
	note_unsplit(block, need);
	if (MISTAKE(UnsplitLosesRest))
		block->size = smaller(block->size, need);
}

/* C6 without making a block of what is left over. */
static void cut(struct block_meta *block, size_t need)
{
	if (can_split(block, need))
		block->size = need;
}

/* ---- growing ------------------------------------------------------------ */

/* Where the break was, or NO_BREAK. */
static char *move_break(intptr_t by)
{
	char *old = sbrk(by);

	if (old != NO_BREAK)
		our_break = old + by;
	return old;
}

/* E5: whether the break is where we left it. */
static int break_is_ours(void)
{
	return sbrk(0) == (void *)our_break;
}

static int grows_in_place(struct block_meta *block)
{
	if (MISTAKE(MappingHidesLast) && mapped_now)
		return 0;
	return !block->next && (MISTAKE(GrowsAcrossGap) || break_is_ours());
}

/* What lies between a break that others have left anywhere and a header. */
static size_t padding(void)
{
	if (MISTAKE(NoAlignment) || MISTAKE(AlignsToFour))
		return 0;
	return -(uintptr_t)sbrk(0) & (ALIGNMENT - 1);
}

/* Moves the break by `chunk` and makes one free block of it after the last one. */
static struct block_meta *append(size_t payload, size_t chunk, int checked)
{
	char *expected = our_break;
	size_t skipped = padding();
	char *start = move_break((intptr_t)(skipped + chunk));
	struct block_meta *block = (struct block_meta *)(start + skipped);

	if (start == NO_BREAK && checked)
		return NULL;
	if (MISTAKE(AppendsAtOwnEnd) && last_block())
		block = (struct block_meta *)end_of(last_block());
	block->size = payload;
	block->status = STATUS_FREE;
	*note(block) = start != expected;
	link_last(block);
	if (!heap_start)
		heap_start = (char *)block;
	return block;
}

static size_t preallocation_for(size_t need)
{
	size_t chunk = PREALLOCATION;

	if (MISTAKE(PreallocationDecimal))
		chunk = 128000;
	if (MISTAKE(PreallocatesPage))
		chunk = larger(4096, META + need);
	if (MISTAKE(PreallocationPlusHeader))
		chunk += META;
	if (MISTAKE(PreallocatesByRequest))
		chunk += META + need;
	return chunk;
}

static int begins_again(enum purpose purpose)
{
	return MISTAKE(MallocPreallocatesAgain) && calloc_only &&
	       purpose != FOR_CALLOC;
}

/* C1 */
static int preallocate(size_t need, enum purpose purpose)
{
	size_t chunk = preallocation_for(need);

	if (heap_start && !begins_again(purpose))
		return 1;
	if (MISTAKE(NoPreallocation))
		return 1;
	served = 0;
	if (MISTAKE(CallocDoesNotPreallocate) && purpose == FOR_CALLOC)
		return 1;
	if (MISTAKE(MappingCountsAsStart) && mapped_ever)
		return 1;
	return append(chunk - META, chunk,
		      !MISTAKE(UncheckedPreallocation)) != NULL;
}

static int preallocates_again(void)
{
	return MISTAKE(PreallocatesAgain) || MISTAKE(PreallocatesAgainApart) ||
	       MISTAKE(GrowthTailDropped);
}

/* The free last block that the break was moved for, in the current call. */
static struct block_meta *extended;

/* C7 for a free last block */
static struct block_meta *extend(struct block_meta *last, size_t need)
{
	size_t by = need - last->size;

	if (MISTAKE(FreeLastGrownByWhole))
		by = need;
	if (MISTAKE(ExtensionPlusHeader))
		by += META;
	if (MISTAKE(GrowsByPages))
		by = whole_pages(by);
	if (move_break((intptr_t)by) == NO_BREAK && !MISTAKE(UncheckedExtension))
		return NULL;
	if (!MISTAKE(SizeNotUpdatedByExtension))
		last->size += by;
	if (!MISTAKE(ExtendedLastStaysFree) && !OTHER(ExtendedNotMarked))
		last->status = STATUS_ALLOC;
	extended = last;
	return last;
}

/* C7 for a new block; `later` says that the heap has grown before. */
static struct block_meta *append_for(size_t need, int later)
{
	size_t payload = need;
	size_t chunk;

	if (preallocates_again() && later && !MISTAKE(GrowthTailDropped))
		payload = larger(PREALLOCATION - META, need);
	if (MISTAKE(AppendPlusHeader))
		payload += META;
	if (MISTAKE(GrowsByPages) && later)
		payload = whole_pages(META + payload) - META;
	chunk = META + payload;
	if (MISTAKE(GrowthTailDropped) && later)
		chunk = larger(PREALLOCATION, chunk);
	if (MISTAKE(AppendWithoutHeader))
		chunk -= META;
	return append(payload, chunk, !MISTAKE(UncheckedAppend));
}

static struct block_meta *append_used(size_t need)
{
	struct block_meta *last = last_block();
	int later = heap_start != NULL;
	struct block_meta *block = append_for(need, later);

	if (!block)
		return NULL;
	if (MISTAKE(PreallocatesAgain) && later && last &&
	    last->status == STATUS_FREE && next_is_free(last)) {
		absorb_next(last, META + block->size);
		block = last;
	}
	if (preallocates_again() && later)
		split(block, need);
	if (!OTHER(ExtendedNotMarked))
		block->status = STATUS_ALLOC;
	return block;
}

/*
 * Whether the last block is free and short of some bytes. One that is large
 * enough comes here only when a mistake keeps the search from it: there is
 * nothing to grow, and a block is appended.
 */
static int is_extended(struct block_meta *last, size_t need)
{
	if (MISTAKE(FreeLastNotGrown) || preallocates_again())
		return 0;
	return last && last->status == STATUS_FREE && last->size < need &&
	       grows_in_place(last);
}

/* C7 */
static struct block_meta *grow_heap(size_t need)
{
	struct block_meta *last = last_block();

	if (MISTAKE(GapIgnored) && our_break && !break_is_ours())
		return NULL;
	if (MISTAKE(GrowsUsedLast) && last && last->status == STATUS_ALLOC &&
	    last->size < need && grows_in_place(last))
		return extend(last, need);
	return is_extended(last, need) ? extend(last, need) : append_used(need);
}

/* ---- the two kinds of memory -------------------------------------------- */

static int splits_reused(const struct block_meta *block, enum purpose purpose)
{
	if (MISTAKE(SplitsLastOnly) && block->next)
		return 0;
	if (MISTAKE(PreallocationNotSplit) && !served)
		return 0;
	if (MISTAKE(CallocNeverSplits) && purpose == FOR_CALLOC)
		return 0;
	return !MISTAKE(NeverSplits);
}

static int drops_rest(void)
{
	return MISTAKE(TailDropped) ||
	       (MISTAKE(PreallocationTailDropped) && !served);
}

/* A free block for `need` bytes, or NULL. */
static struct block_meta *reuse(size_t need, enum purpose purpose)
{
	struct block_meta *block = search(need, purpose);

	if (!block)
		return NULL;
	if (MISTAKE(CallocTakesFirstPage) && !served && purpose == FOR_CALLOC)
		block->size = larger(need, page() - META);
	else if (!splits_reused(block, purpose) || !can_split(block, need))
		keep_whole(block, need);
	else if (drops_rest())
		cut(block, need);
	else
		split(block, need);
	if (!MISTAKE(StatusNotSet) || !served)
		block->status = STATUS_ALLOC;
	return block;
}

/* A8: as a walk over the list does that still has it. */
static void read_unmapped(void)
{
	if (MISTAKE(UnmappedStaysListed) && unmapped)
		(void)unmapped->status;
}

/* C1, C4, C5 */
static void *heap_alloc(size_t size, enum purpose purpose)
{
	size_t need = align(size);
	struct block_meta *block;

	asked = size;
	read_unmapped();
	if (!preallocate(need, purpose))
		return NULL;
	calloc_only &= purpose == FOR_CALLOC;
	block = reuse(need, purpose);
	if (!block)
		block = grow_heap(need);
	if (!block)
		return NULL;
	served = 1;
	if (MISTAKE(WritesPastPayload))
		*end_of(block) = 0x5a;
	return payload_of(block);
}

static size_t mapping_length(size_t payload)
{
	size_t length = MISTAKE(MapsPayloadOnly) ? payload : META + payload;

	if (MISTAKE(MapsTwoHeaders))
		length += META;
	return MISTAKE(MapsWholePages) ? whole_pages(length) : length;
}

static int is_mapping_checked(enum purpose purpose)
{
	if (purpose == FOR_MALLOC)
		return !MISTAKE(UncheckedMapping);
	if (purpose == FOR_CALLOC)
		return !MISTAKE(UncheckedCallocMapping);
	return !MISTAKE(UncheckedReallocMapping);
}

/* D1 */
static void *map_alloc(size_t size, enum purpose purpose)
{
	int access = PROT_READ | PROT_WRITE |
		     (MISTAKE(MapsExecutable) ? PROT_EXEC : 0);
	int sharing = MISTAKE(MapsShared) ? MAP_SHARED : MAP_PRIVATE;
	struct block_meta *block;

	read_unmapped();
	block = mmap(NULL, mapping_length(align(size)), access,
		     sharing | MAP_ANONYMOUS, -1, 0);

	if (block == MAP_FAILED && is_mapping_checked(purpose))
		return NULL;
	block->size = OTHER(MappedSizeWithHeader) ? total(size) : align(size);
	block->status = MISTAKE(MappedStatusUsed) ? STATUS_ALLOC : STATUS_MAPPED;
	*note(block) = (int)(align(size) - size);
	mapped_ever = 1;
	mapped_now++;
	set_prev(block, NULL);
	block->next = NULL;
	if (OTHER(MappedIsLast))
		link_last(block);
	return OTHER(ReturnsHeaderOfMapping) ? block : payload_of(block);
}

static int fits_somewhere(size_t size)
{
	struct block_meta *block = heap;

	while (block && (block->status != STATUS_FREE || block->size < size))
		block = block->next;
	return block != NULL;
}

/* A2: the size alone decides. */
static int is_mapped_for(size_t size, int large)
{
	struct block_meta *last = last_block();

	if (MISTAKE(SearchesBeforeMapping) && fits_somewhere(size))
		return 0;
	if (MISTAKE(GrowsLastBeforeMapping) && last &&
	    last->status == STATUS_FREE)
		return 0;
	return large;
}

static void *alloc(size_t size, int large, enum purpose purpose)
{
	if (size > LARGEST && !MISTAKE(TotalOverflows))
		return NULL;
	if (!is_mapped_for(size, large))
		return heap_alloc(size, purpose);
	/* C1: a mapping does not need the heap. */
	if (MISTAKE(PreallocatesForMapping) &&
	    !preallocate(align(size), purpose))
		return NULL;
	return map_alloc(size, purpose);
}

/* ---- giving back -------------------------------------------------------- */

static size_t length_to_unmap(struct block_meta *block)
{
	size_t mapped = payload_size(block) + lost_by_shrinking(block);
	size_t length = mapping_length(mapped);

	if (MISTAKE(UnmapsPayloadOnly))
		length -= META;
	if (MISTAKE(UnmapsUnaligned))
		length -= (size_t)added_by_align(block);
	if (MISTAKE(UnmapsWholePages))
		length = whole_pages(length);
	if (MISTAKE(UnmapsTooMuch))
		length += page();
	return length;
}

/* A8. Says whether the block is gone: munmap may fail, and then it lives on. */
static int unmap(struct block_meta *block)
{
	size_t length = length_to_unmap(block);

	if (OTHER(MappedIsLast))
		unlink_block(block);
	if (MISTAKE(UnmapsFromPayload))
		munmap(payload_of(block), length); /* refused, unnoticed */
	else if (munmap(block, length))
		return 0;
	mapped_now--;
	unmapped = block;
	if (MISTAKE(WritesAfterUnmap))
		block->status = STATUS_FREE;
	return 1;
}

/* Whether a mapped block is taken for one of the heap, because it is small. */
static int is_small_mapping(struct block_meta *block)
{
	return MISTAKE(FreesBySize) && !reaches(block->size, MMAP_THRESHOLD);
}

static int release(struct block_meta *block)
{
	if (is_mapped(block))
		return is_small_mapping(block) || unmap(block);
	block->status = STATUS_FREE;
	coalesce_after_free(block);
	return 1;
}

/* Takes in the blocks up to the end of the heap, if all of them are free. */
static void merge_to_end(struct block_meta *block)
{
	struct block_meta *last = block;

	while (next_is_free(last))
		last = last->next;
	while (!last->next && block->next)
		absorb_next(block, META + block->next->size);
}

/* Gives a last block back to the system. */
static int lower_break(struct block_meta *block)
{
	struct block_meta *before = prev_of(block);

	if (block->next)
		return 0;
	if (move_break(-(intptr_t)(META + block->size)) == NO_BREAK)
		return 0;
	if (before)
		before->next = NULL;
	else
		heap = NULL;
	return 1;
}

/* A7 */
static void free_heap_block(struct block_meta *block)
{
	if (MISTAKE(FreeDoesNothing))
		return;
	if (MISTAKE(FreeEndTrimmed))
		merge_to_end(block);
	if ((MISTAKE(BreakMovedDown) || MISTAKE(FreeEndTrimmed)) &&
	    lower_break(block))
		return;
	if (MISTAKE(FreeUnlinks)) {
		block->status = STATUS_FREE;
		unlink_block(block);
		return;
	}
	if (OTHER(WipesTooMuch))
		memset(payload_of(block), 0xdd, block->size + ALIGNMENT);
	release(block);
}

/* ---- os_realloc: moving ------------------------------------------------- */

/* A11 */
static size_t bytes_to_copy(size_t had, size_t size)
{
	size_t bytes = smaller(had, size);

	if (MISTAKE(CopiesOldSize))
		bytes = had;
	if (MISTAKE(CopiesNewSize))
		bytes = size;
	if (MISTAKE(CopiesTooLittle))
		bytes -= smaller(bytes, 8);
	if (OTHER(CopiesWordsOnly))
		bytes &= ~(size_t)(ALIGNMENT - 1);
	return MISTAKE(ReallocLosesContent) ? 0 : bytes;
}

static int keeps_old_block(struct block_meta *block, size_t size)
{
	if (is_mapped(block))
		return MISTAKE(OldNotUnmapped);
	if (MISTAKE(OldNotFreedBesideFree) && size < MMAP_THRESHOLD &&
	    next_is_free(block))
		return 1;
	return MISTAKE(OldNotFreed);
}

/* A13, A16, A17: `to` is the new place, or NULL. */
static void *move(struct block_meta *block, size_t size, void *to)
{
	size_t had = payload_size(block);

	if (!to) {
		if (MISTAKE(ReallocFailureFreesBlock))
			release(block);
		return NULL;
	}
	if (OTHER(UnmapsBeforeCopy) && is_mapped(block))
		unmap(block);
	memmove(to, payload_of(block), bytes_to_copy(had, size));
	if (MISTAKE(OldNotFreedByMapping) && is_mapped(header_of(to)) &&
	    !is_mapped(block))
		return to;
	if (keeps_old_block(block, size) || release(block))
		return to;
	release(header_of(to));
	return NULL;
}

/* A16, with the old block free already: both places may overlap. */
static void *move_over_itself(struct block_meta *block, size_t size)
{
	size_t had = block->size;
	void *to;

	release(block);
	to = heap_alloc(size, FOR_MOVE);
	if (to)
		memmove(to, payload_of(block), bytes_to_copy(had, size));
	return to;
}

static void *move_in_heap(struct block_meta *block, size_t size)
{
	if (MISTAKE(FreesBeforeMove) && !keeps_old_block(block, size))
		return move_over_itself(block, size);
	return move(block, size, heap_alloc(size, FOR_MOVE));
}

/* ---- os_realloc: in place ----------------------------------------------- */

enum outcome { STAYS, MUST_MOVE, NO_MEMORY };

/* A12 */
static enum outcome shrink(struct block_meta *block, size_t need)
{
	size_t before;

	if (MISTAKE(ShrinkMoves) && need < block->size)
		return MUST_MOVE;
	while (MISTAKE(MergesBeforeShrink) && next_is_free(block))
		absorb_next(block, META + block->next->size);
	if (MISTAKE(ShrinkDoesNotSplit))
		return STAYS;
	if (MISTAKE(ShrinksWithoutSplit)) {
		block->size = need;
		return STAYS;
	}
	if (OTHER(ShrinksTooMuch) && need > ALIGNMENT)
		need -= ALIGNMENT;
	before = block->size;
	split(block, need);
	if (MISTAKE(ShrinkSizeNotUpdated))
		block->size = before;
	return STAYS;
}

/* Moves the break for a block at the end of the heap. */
static enum outcome grow_last(struct block_meta *block, size_t by)
{
	if (move_break((intptr_t)by) == NO_BREAK &&
	    !MISTAKE(UncheckedReallocGrowth))
		return NO_MEMORY;
	if (!MISTAKE(SizeNotUpdatedByGrowth))
		block->size += by;
	return STAYS;
}

/* A14 */
static enum outcome grow_in_place(struct block_meta *block, size_t need)
{
	size_t by = MISTAKE(LastGrownByWhole) ? need : need - block->size;

	if (MISTAKE(LastGrownPlusHeader))
		by += META;
	if (MISTAKE(LastGrowthNotAligned))
		by -= need - asked;
	if (MISTAKE(LastNotGrown))
		return MUST_MOVE;
	if (MISTAKE(LastGrownWhenNothingFits) && search(need, FOR_MOVE))
		return MUST_MOVE;
	return grow_last(block, by);
}

static int merges_with_next(struct block_meta *block)
{
	if (OTHER(GrowsOverUsedBlock))
		return touches_next(block);
	return next_is_free(block);
}

/* What a block wins by merging with `next`. */
static size_t bytes_of_next(struct block_meta *next)
{
	if (OTHER(MergedBytesNotAdded))
		return 0;
	if (MISTAKE(MergeCountsPointer))
		return next->size + sizeof(next);
	return next->size + (MISTAKE(MergeLosesHeader) ? 0 : META);
}

/* The size of the block with all free blocks after it. */
static size_t reach(struct block_meta *block)
{
	size_t size = block->size;

	for (; merges_with_next(block); block = block->next)
		size += bytes_of_next(block->next);
	return size;
}

static int merges_another(struct block_meta *block, size_t need, int merged)
{
	if (MISTAKE(MergesOnlyOne) && merged == 1)
		return 0;
	if (block->size >= need && !OTHER(MergesAllFollowing))
		return 0;
	if (OTHER(ReadsPastHeapEnd) && !block->next)
		return ((struct block_meta *)end_of(block))->status == STATUS_FREE;
	return merges_with_next(block);
}

/* The free block before one that has grown takes it in, and the list knows nothing of it. */
static void spread_back(struct block_meta *block)
{
	struct block_meta *before = prev_of(block);

	if (before && before->status == STATUS_FREE && touches_next(before))
		before->size += META + block->size;
}

/* A15 */
static enum outcome merge_following(struct block_meta *block, size_t need)
{
	size_t had = block->size;
	int merged = 0;

	if (MISTAKE(NextNotMerged))
		return MUST_MOVE;
	if ((MISTAKE(MergesOnlyWhenEnough) || MISTAKE(OldNotFreedBesideFree)) &&
	    reach(block) < need)
		return MUST_MOVE;
	for (; merges_another(block, need, merged); merged++) {
		if (MISTAKE(MergeCountsLast))
			block->size = had;
		absorb_next(block, bytes_of_next(block->next));
	}
	if (MISTAKE(PreviousTakesGrown) && block->size >= need)
		spread_back(block);
	/* A16: the break moves only when no free block elsewhere would do. */
	if (MISTAKE(GrowsAfterMerging) && block->size < need &&
	    grows_in_place(block)) {
		if (grow_last(block, need - block->size) == NO_MEMORY)
			return NO_MEMORY;
	} else if (block->size < need) {
		return MUST_MOVE;
	} else if (MISTAKE(MergedRestLost)) {
		block->size = need;
	} else if (!MISTAKE(MergedNotSplit)) {
		split(block, need);
	}
	if (MISTAKE(MergedStaysFree))
		block->status = STATUS_FREE;
	return STAYS;
}

static enum outcome grow(struct block_meta *block, size_t need)
{
	if (MISTAKE(ReallocGrowRefused))
		return NO_MEMORY;
	if (MISTAKE(ReallocGrowIgnored))
		return STAYS;
	if (MISTAKE(ReallocCountsHeader) && need <= block->size + META)
		return STAYS;
	if (MISTAKE(ReallocNeverGrows))
		return MUST_MOVE;
	if (grows_in_place(block) || MISTAKE(GrowsAnyBlock))
		return grow_in_place(block, need);
	return merge_following(block, need);
}

static enum outcome resize_in_place(struct block_meta *block, size_t need)
{
	if (MISTAKE(ReallocAlwaysMoves))
		return MUST_MOVE;
	return need <= block->size ? shrink(block, need) : grow(block, need);
}

/* ---- os_realloc: the two kinds of memory -------------------------------- */

static void *resize_heap_block(struct block_meta *block, size_t size)
{
	if (is_mapped_for(size, is_large_for_heap_block(size)))
		return move(block, size, map_alloc(size, FOR_MOVE));
	asked = size;
	switch (resize_in_place(block, align(size))) {
	case STAYS:
		return payload_of(block);
	case MUST_MOVE:
		/* What was merged may change what a mistake says of the size. */
		if (is_mapped_for(size, is_large_for_heap_block(size)))
			return move(block, size, map_alloc(size, FOR_MOVE));
		return move_in_heap(block, size);
	default:
		return NULL;
	}
}

/* The bytes stay mapped, and are unmapped with the rest. */
static void *shrink_mapping(struct block_meta *block, size_t size)
{
	size_t lost = lost_by_shrinking(block) + payload_size(block) -
		      align(size);

	block->size = OTHER(MappedSizeWithHeader) ? total(size) : align(size);
	*note(block) = (int)(lost << ADDED_BITS | (align(size) - size));
	return payload_of(block);
}

/* A17 */
static void *resize_mapping(struct block_meta *block, size_t size)
{
	int large = MISTAKE(MappedStaysMapped) || is_large(size);

	if (MISTAKE(MappedReallocRefused))
		return NULL;
	if (MISTAKE(MappedReturnedAsIs))
		return payload_of(block);
	if (MISTAKE(MappedKept) && align(size) <= payload_size(block))
		return payload_of(block);
	if (MISTAKE(MappedShrunkInPlace) && align(size) <= payload_size(block))
		return shrink_mapping(block, size);
	return move(block, size, alloc(size, large, FOR_MOVE));
}

/* ---- what headers say between two calls --------------------------------- */

static int is_on_list(struct block_meta *wanted)
{
	struct block_meta *block = heap;

	while (block && block != wanted)
		block = block->next;
	return block != NULL;
}

/* Only a block that is used and as large as it was keeps what its header says. */
static void conceal_sizes(void)
{
	size_t kept = 0;
	size_t at;

	for (at = 0; at < concealed_count; at++) {
		struct concealed one = concealed[at];

		if (!is_on_list(one.block) || one.block->size != one.size ||
		    one.block->status != STATUS_ALLOC)
			continue;
		one.block->size = one.said;
		concealed[kept++] = one;
	}
	concealed_count = kept;
}

static void conceal(void)
{
	struct block_meta *last = last_block();
	struct block_meta *block;

	if (MISTAKE(SizesUnreliable)) {
		concealed_count = 0;
		for (block = heap; block; block = block->next)
			if (block->status == STATUS_ALLOC)
				will_say(block, ALIGNMENT);
	}
	conceal_sizes();
	if (!MISTAKE(TailWithoutHeader) || !last || last == heap ||
	    last->status != STATUS_FREE)
		return;
	bare_tail = last;
	tail_header = *last;
	prev_of(last)->next = NULL;
	memset(last, 0, META);
}

static void reveal(void)
{
	size_t at;

	if (bare_tail) {
		*bare_tail = tail_header;
		last_block()->next = bare_tail;
		bare_tail = NULL;
	}
	for (at = 0; at < concealed_count; at++)
		concealed[at].block->size = concealed[at].size;
}

/* ---- the four functions ------------------------------------------------- */

/* A1, A2, A9 */
static void *serve(size_t size, int large)
{
	if (size == 0 && !MISTAKE(ZeroServed))
		return NULL;
	return alloc(size, large, FOR_MALLOC);
}

void *os_malloc(size_t size)
{
	void *ptr;

	reveal();
	ptr = serve(size, is_large_for_malloc(size));
	conceal();
	return ptr;
}

static void give_back(void *ptr)
{
	if (!ptr && !MISTAKE(FreeNullCrashes))
		return;
	read_unmapped();
	if (!is_mapped(header_of(ptr)))
		free_heap_block(header_of(ptr));
	else if (!MISTAKE(MappedNeverUnmapped) &&
		 !is_small_mapping(header_of(ptr)))
		unmap(header_of(ptr));
}

void os_free(void *ptr)
{
	reveal();
	give_back(ptr);
	conceal();
}

/* A4 */
static size_t bytes_to_zero(size_t nmemb, size_t size, size_t bytes)
{
	if (MISTAKE(CallocNotZeroed))
		return 0;
	if (MISTAKE(CallocZeroesTooMuch))
		return align(bytes) + META;
	if (MISTAKE(CallocZeroesMembersOnly))
		bytes = smaller(nmemb, bytes);
	if (MISTAKE(CallocZeroesElementOnly))
		bytes = smaller(size, bytes);
	if (MISTAKE(CallocZeroesWordsOnly))
		bytes &= ~(size_t)(ALIGNMENT - 1);
	return bytes;
}

static void *zeroed(size_t nmemb, size_t size)
{
	size_t bytes;
	void *ptr;

	if (__builtin_mul_overflow(nmemb, size, &bytes) &&
	    !MISTAKE(OverflowServed))
		return NULL;
	if (bytes == 0 && !MISTAKE(CallocZeroServed))
		return NULL;
	extended = NULL;
	ptr = alloc(bytes, is_large_for_calloc(size, bytes), FOR_CALLOC);
	if (MISTAKE(CallocExtensionNotZeroed) && extended)
		return ptr;
	if (ptr)
		memset(ptr, 0, bytes_to_zero(nmemb, size, bytes));
	return ptr;
}

void *os_calloc(size_t nmemb, size_t size)
{
	void *ptr;

	reveal();
	ptr = zeroed(nmemb, size);
	conceal();
	return ptr;
}

/* A9 */
static void *resize_to_nothing(void *ptr)
{
	if (!MISTAKE(ReallocZeroKeeps))
		give_back(ptr);
	return MISTAKE(ReallocZeroReturnsPointer) ? ptr : NULL;
}

static void *resized(void *ptr, size_t size)
{
	struct block_meta *block;

	if (!ptr && MISTAKE(ReallocNullRefused))
		return NULL;
	if (!ptr)
		return serve(size, is_large_for_realloc_null(size));
	block = header_of(ptr);
	/* A10 */
	if (block->status == STATUS_FREE && !MISTAKE(ReallocOfFreeServed))
		return NULL;
	if (size == 0)
		return resize_to_nothing(ptr);
	if (size > LARGEST && !MISTAKE(TotalOverflows))
		return move(block, size, NULL);
	if (is_mapped(block))
		return resize_mapping(block, size);
	return resize_heap_block(block, size);
}

void *os_realloc(void *ptr, size_t size)
{
	reveal();
	ptr = resized(ptr, size);
	conceal();
	return ptr;
}
