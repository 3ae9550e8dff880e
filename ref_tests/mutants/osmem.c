/*
 * One allocator with a switch for each mistake that the suite must notice.
 *
 * Without flags it follows every clause, canonical on every axis of section V.
 * -DFAULT_<name> plants the fault of that name from the catalogue of the model,
 * -DMUTANT_<name> a mistake that damages memory. mutants.toml lists them all.
 */
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "block_meta.h"
#include "osmem.h"

/*
 * FAULT(x) is 1 with -DFAULT_x, otherwise 0, and so is MUTANT(x): only a macro
 * that is 1 pastes to COMMA_1, which moves the 1 into the second place.
 */
#define COMMA_1 0,
#define SECOND(first, second, ...) second
#define CHOOSE(comma) SECOND(comma 1, 0, 0)
#define IS_ONE(value) CHOOSE(COMMA_##value)
#define IS_SET(macro) IS_ONE(macro)
#define FAULT(name) IS_SET(FAULT_##name)
#define MUTANT(name) IS_SET(MUTANT_##name)

#define ALIGNMENT 8
#ifndef META
#define META (sizeof(struct block_meta))
#endif
#ifndef MMAP_THRESHOLD
#define MMAP_THRESHOLD (128 * 1024)
#endif
#define PREALLOCATION (128 * 1024)

/* The largest payload whose chunk can still be counted and handed to sbrk. */
#define LARGEST ((size_t)PTRDIFF_MAX - META - 2 * ALIGNMENT)

/* What a heap block is looked for. */
enum purpose { FOR_MALLOC, FOR_CALLOC, FOR_MOVE };

static struct block_meta *heap; /* the lowest heap block */
static int preallocated;
static int served; /* whether the heap has served a request */

/* ---- sizes and addresses ------------------------------------------------ */

static size_t align(size_t n)
{
	size_t unit = MUTANT(AlignsToFour) ? 4 : ALIGNMENT;

	return FAULT(NoAlignment) ? n : (n + unit - 1) & ~(unit - 1);
}

static size_t total(size_t n)
{
	return META + align(n);
}

static size_t page(void)
{
	return (size_t)getpagesize();
}

static size_t whole_pages(size_t n)
{
	return (n + page() - 1) & ~(page() - 1);
}

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
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
	return (char *)block + META + block->size;
}

/* ---- what is mapped ----------------------------------------------------- */

static int is_large(size_t n)
{
	if (FAULT(NeverMaps))
		return 0;
	if (FAULT(ThresholdDecimal))
		return total(n) >= 128 * 1000;
	if (FAULT(ThresholdBeyond))
		return n > MMAP_THRESHOLD;
	return total(n) >= MMAP_THRESHOLD;
}

static int is_large_for_malloc(size_t n)
{
	return FAULT(MallocUsesPage) ? total(n) >= page() : is_large(n);
}

static int is_large_for_calloc(size_t n)
{
	if (FAULT(NeverMaps))
		return 0;
	if (FAULT(CallocUsesMallocThreshold))
		return is_large_for_malloc(n);
	if (FAULT(CallocThresholdWithoutHeader))
		return n >= page();
	return total(n) >= page();
}

/* ---- the list ----------------------------------------------------------- */

static struct block_meta *last_block(void)
{
	struct block_meta *block = heap;

	while (block && block->next)
		block = block->next;
	return block;
}

/* Faults that leave bytes behind between two blocks, and do not notice. */
static int loses_bytes(void)
{
	return FAULT(RestLosesHeader) || FAULT(TailDropped) ||
	       FAULT(CoalescingLosesHeader);
}

/* Not so when somebody else has moved the break between the two (E5). */
static int touch(struct block_meta *low, struct block_meta *high)
{
	if (loses_bytes() || MUTANT(MergesAcrossGap))
		return 1;
	return end_of(low) == (char *)high;
}

static int next_is_free(struct block_meta *block)
{
	struct block_meta *next = block->next;

	if (!next || !touch(block, next))
		return 0;
	return next->status == STATUS_FREE ||
	       (MUTANT(MergesUsedBlock) && block->status == STATUS_ALLOC);
}

/* Makes the free right neighbour part of `block`. */
static void absorb_next(struct block_meta *block)
{
	struct block_meta *gone = block->next;

	if (!MUTANT(SizeNotUpdatedByMerging))
		block->size += META + gone->size;
	block->next = gone->next;
	if (gone->next && !MUTANT(ForgetsPrev))
		gone->next->prev = block;
}

/* C3 */
static void coalesce(void)
{
	struct block_meta *block;

	for (block = heap; block; block = block->next) {
		if (block->status != STATUS_FREE)
			continue;
		while (next_is_free(block)) {
			absorb_next(block);
			if (FAULT(CoalescingLosesHeader))
				block->size -= META;
			if (FAULT(CoalescesPairs))
				break;
		}
	}
}

/* Mistakes that replace the coalescing before each search. */
static int coalesces_at_other_times(void)
{
	return FAULT(NeverCoalesces) || FAULT(CoalescesOnlyAtFree) ||
	       FAULT(CoalescesForwardOnly) || FAULT(CoalescesBackwardOnly) ||
	       FAULT(CoalescesWhenNothingFits);
}

/* C2 */
static void coalesce_before_search(enum purpose purpose)
{
	if (coalesces_at_other_times())
		return;
	if (FAULT(NoCoalescingInCalloc) && purpose == FOR_CALLOC)
		return;
	if (FAULT(NoCoalescingBeforeMove) && purpose == FOR_MOVE)
		return;
	coalesce();
}

static void coalesce_after_free(struct block_meta *block)
{
	struct block_meta *before = block->prev;

	if (FAULT(CoalescesOnlyAtFree))
		coalesce();
	else if (FAULT(CoalescesForwardOnly) && next_is_free(block))
		absorb_next(block);
	else if (FAULT(CoalescesBackwardOnly) && before &&
		 before->status == STATUS_FREE && next_is_free(before))
		absorb_next(before);
}

/* Whether `block`, which fits, is a better choice than `best`, which stands before it. */
static int is_better(struct block_meta *block, struct block_meta *best)
{
	if (!best || FAULT(LastFit))
		return 1;
	if (FAULT(FirstFit))
		return 0;
	if (FAULT(WorstFit))
		return block->size > best->size;
	if (FAULT(LastOfEquals))
		return block->size <= best->size;
	return block->size < best->size;
}

static int fits(struct block_meta *block, size_t need, enum purpose purpose)
{
	if (block->status != STATUS_FREE)
		return 0;
	if (FAULT(OnlyLastBlock) && block->next)
		return 0;
	if (FAULT(MovesIntoTooSmall) && purpose == FOR_MOVE)
		return 1;
	return block->size >= need + (FAULT(FitCountsHeader) ? META : 0);
}

/* C4: the smallest that is large enough, the lowest of equals. */
static struct block_meta *find_best(size_t need, enum purpose purpose)
{
	struct block_meta *best = NULL;
	struct block_meta *block;

	for (block = heap; block; block = block->next) {
		if (!fits(block, need, purpose) || !is_better(block, best))
			continue;
		best = block;
		if (FAULT(MovesIntoTooSmall) && purpose == FOR_MOVE)
			break;
	}
	return best;
}

static struct block_meta *search(size_t need, enum purpose purpose)
{
	struct block_meta *found;

	coalesce_before_search(purpose);
	found = find_best(need, purpose);
	if (!found && FAULT(CoalescesWhenNothingFits)) {
		coalesce();
		found = find_best(need, purpose);
	}
	return found;
}

/* ---- splitting ---------------------------------------------------------- */

static size_t least_rest(size_t need)
{
	if (FAULT(SplitsTooSmall))
		return META;
	if (FAULT(SplitsTooLate))
		return META + ALIGNMENT + 1;
	if (FAULT(SplitsLargeRestOnly) && need >= META + ALIGNMENT)
		return need + 1;
	if (MUTANT(SplitsAtTheEdge))
		return ALIGNMENT;
	return META + ALIGNMENT;
}

static void link_rest(struct block_meta *block, struct block_meta *rest)
{
	rest->prev = MUTANT(LinksWrongNeighbour) ? block->prev : block;
	rest->next = block->next;
	if (MUTANT(LosesRest))
		return;
	if (rest->next && !MUTANT(ForgetsPrevAfterSplit))
		rest->next->prev = rest;
	block->next = rest;
}

/* C6: what `need` leaves over becomes a free block, when it can be one: that block. */
static struct block_meta *split(struct block_meta *block, size_t need)
{
	size_t size = block->size;
	struct block_meta *rest;

	if (size < need || size - need < least_rest(need))
		return NULL;
	if (!MUTANT(SizeNotUpdatedBySplit))
		block->size = need;
	if (FAULT(TailDropped))
		return NULL;
	rest = (struct block_meta *)((char *)payload_of(block) + need);
	rest->size = size - need - META;
	if (FAULT(RestLosesHeader))
		rest->size -= smaller(rest->size, META);
	if (!MUTANT(RestStatusNotSet))
		rest->status = STATUS_FREE;
	link_rest(block, rest);
	return rest;
}

/* ---- growing ------------------------------------------------------------ */

static void *move_break(intptr_t by)
{
	void *old = sbrk(by);

	if (MUTANT(SbrkUnchecked))
		return old;
	return old == (void *)-1 ? NULL : old;
}

static int ends_at_break(struct block_meta *block)
{
	if (loses_bytes() || MUTANT(GrowsAcrossGap))
		return !block->next;
	return !block->next && end_of(block) == (char *)sbrk(0);
}

/* Moves the break by one chunk and links it, free, behind the last block. */
static struct block_meta *append(size_t payload)
{
	/* Only a foreign break can be off the alignment. */
	size_t padding = -(uintptr_t)sbrk(0) & (ALIGNMENT - 1);
	struct block_meta *last = last_block();
	struct block_meta *block;
	char *start;

	if (FAULT(NoAlignment) || MUTANT(AlignsToFour))
		padding = 0;
	if (FAULT(GrowsByPages))
		payload = whole_pages(META + payload) - META;
	start = move_break((intptr_t)(padding + META + payload));
	if (!start)
		return NULL;
	block = (struct block_meta *)(start + padding);
	block->size = payload;
	block->status = STATUS_FREE;
	block->prev = last;
	block->next = NULL;
	if (!last)
		heap = block;
	else if (!MUTANT(ForgetsNext))
		last->next = block;
	return block;
}

static int grow_last(struct block_meta *last, size_t by)
{
	if (!move_break((intptr_t)by))
		return 0;
	if (!MUTANT(SizeNotUpdatedByGrowth))
		last->size += by;
	return 1;
}

/* C7 for a free last block */
static struct block_meta *extend(struct block_meta *last, size_t need)
{
	size_t by = need - last->size;

	if (FAULT(FreeLastGrownByWhole))
		by = need;
	if (FAULT(GrowsByPages))
		by = whole_pages(by);
	return grow_last(last, by) ? last : NULL;
}

/* C7 as C1 does it */
static struct block_meta *preallocate_again(size_t need)
{
	size_t payload = PREALLOCATION - META;
	struct block_meta *last;

	if (!append(payload > need ? payload : need))
		return NULL;
	coalesce();
	last = last_block();
	split(last, need);
	return last;
}

/* C7 */
static struct block_meta *grow_heap(size_t need)
{
	struct block_meta *last = last_block();

	if (FAULT(PreallocatesAgain))
		return preallocate_again(need);
	if (last && last->status == STATUS_FREE && ends_at_break(last) &&
	    !FAULT(FreeLastNotGrown))
		return extend(last, need);
	return append(need);
}

/* C1 */
static int preallocate(void)
{
	if (!preallocated && !FAULT(NoPreallocation))
		preallocated = append(PREALLOCATION - META) != NULL;
	return preallocated || FAULT(NoPreallocation);
}

/* ---- the two kinds of memory -------------------------------------------- */

static int splits_reused(const struct block_meta *block)
{
	if (FAULT(SplitsLastOnly) && block->next)
		return 0;
	if (FAULT(PreallocationNotSplit) && !served)
		return 0;
	return !FAULT(NeverSplits);
}

/* Whether a block that is handed out is marked used. */
static int is_marked(int reused)
{
	if (MUTANT(StatusNotSet) && served)
		return 0;
	return reused || !MUTANT(ExtendedNotMarked);
}

static void *heap_alloc(size_t size, enum purpose purpose)
{
	size_t need = align(size);
	struct block_meta *block, *found;

	if (!preallocate())
		return NULL;
	block = found = search(need, purpose);
	if (found && splits_reused(found))
		split(found, need);
	else if (!found)
		block = grow_heap(need);
	if (!block)
		return NULL;
	if (is_marked(found != NULL))
		block->status = STATUS_ALLOC;
	served = 1;
	if (MUTANT(WritesPastPayload))
		((char *)payload_of(block))[need] = 0x5a;
	return payload_of(block);
}

static void link_last(struct block_meta *block)
{
	block->prev = last_block();
	if (block->prev)
		block->prev->next = block;
	else
		heap = block;
}

static void unlink_block(struct block_meta *block)
{
	if (block->prev)
		block->prev->next = block->next;
	else
		heap = block->next;
	if (block->next)
		block->next->prev = block->prev;
}

static size_t mapping_length(size_t n)
{
	if (FAULT(MapsWholePages))
		return whole_pages(total(n));
	return FAULT(MapsPayloadOnly) ? align(n) : total(n);
}

static void *map_alloc(size_t size)
{
	struct block_meta *block = mmap(NULL, mapping_length(size),
					PROT_READ | PROT_WRITE,
					MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (block == MAP_FAILED && !MUTANT(MmapUnchecked))
		return NULL;
	block->size = MUTANT(MappedSizeWithHeader) ? total(size) : align(size);
	block->status = STATUS_MAPPED;
	block->prev = NULL;
	block->next = NULL;
	if (MUTANT(MappedIsLast))
		link_last(block);
	return MUTANT(ReturnsHeaderOfMapping) ? block : payload_of(block);
}

static void *alloc(size_t size, int large, enum purpose purpose)
{
	if (size > LARGEST)
		return NULL;
	return large ? map_alloc(size) : heap_alloc(size, purpose);
}

/* ---- giving back -------------------------------------------------------- */

/* Says whether the block is gone: munmap may fail, and then it lives on. */
static int unmap(struct block_meta *block)
{
	size_t length = mapping_length(block->size);

	if (FAULT(UnmapsFromPayload)) {
		/* The kernel refuses it, unnoticed. */
		munmap(payload_of(block), length);
		return 1;
	}
	if (FAULT(UnmapsPayloadOnly))
		length -= META;
	if (MUTANT(UnmapsNeighbourPage))
		length += page();
	if (MUTANT(MappedIsLast))
		unlink_block(block);
	if (munmap(block, length))
		return 0;
	if (MUTANT(WritesAfterUnmap))
		block->status = STATUS_FREE;
	return 1;
}

static int release(struct block_meta *block)
{
	if (block->status == STATUS_MAPPED)
		return unmap(block);
	block->status = STATUS_FREE;
	coalesce_after_free(block);
	return 1;
}

static int lower_break(struct block_meta *last)
{
	struct block_meta *before = last->prev;

	if (!move_break(-(intptr_t)(META + last->size)))
		return 0;
	if (before)
		before->next = NULL;
	else
		heap = NULL;
	return 1;
}

static void free_heap_block(struct block_meta *block)
{
	if (FAULT(FreeDoesNothing))
		return;
	if (FAULT(BreakMovedDown) && ends_at_break(block) && lower_break(block))
		return;
	if (MUTANT(WipesTooMuch))
		memset(payload_of(block), 0xdd, block->size + ALIGNMENT);
	release(block);
}

static void free_mapping(struct block_meta *block)
{
	if (!FAULT(MappedNeverUnmapped))
		release(block);
}

/* ---- os_realloc --------------------------------------------------------- */

static size_t bytes_to_copy(size_t had, size_t size)
{
	size_t bytes = smaller(had, size);

	if (FAULT(ReallocLosesContent))
		return 0;
	if (MUTANT(CopiesOldSize))
		return had;
	if (MUTANT(CopiesNewSize))
		return size;
	if (MUTANT(CopiesTooLittle))
		return bytes - smaller(bytes, ALIGNMENT);
	if (MUTANT(CopiesWordsOnly))
		return bytes & ~(size_t)(ALIGNMENT - 1);
	return bytes;
}

static int keeps_old_block(struct block_meta *block)
{
	return block->status == STATUS_MAPPED ? FAULT(OldNotUnmapped)
					      : FAULT(OldNotFreed);
}

/* A13, A16, A17: `to` is the new place, or NULL. */
static void *move(struct block_meta *block, size_t size, void *to)
{
	size_t had = block->size;

	if (!to)
		return NULL;
	if (MUTANT(UnmapsBeforeCopy) && block->status == STATUS_MAPPED) {
		unmap(block);
		memcpy(to, payload_of(block), bytes_to_copy(had, size));
		return to;
	}
	memcpy(to, payload_of(block), bytes_to_copy(had, size));
	if (keeps_old_block(block) || release(block))
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
		memmove(to, payload_of(block), smaller(had, size));
	return to;
}

/* A12 */
static void *keep(struct block_meta *block, size_t need)
{
	struct block_meta *tail;

	if (FAULT(ShrinkDoesNotSplit))
		return payload_of(block);
	if (MUTANT(ShrinksTooMuch) && need > ALIGNMENT)
		need -= ALIGNMENT;
	tail = split(block, need);
	if (FAULT(ShrinkMergesTail) && tail && next_is_free(tail))
		absorb_next(tail);
	return payload_of(block);
}

enum growth { GROWN, TOO_SMALL, FAILED };

static int fits_elsewhere(size_t need)
{
	coalesce();
	return find_best(need, FOR_MOVE) != NULL;
}

/* A14 */
static enum growth grow_in_place(struct block_meta *block, size_t need)
{
	size_t by = FAULT(LastGrownByWhole) ? need : need - block->size;

	if (FAULT(LastNotGrown))
		return TOO_SMALL;
	if (FAULT(LastGrownWhenNothingFits) && fits_elsewhere(need))
		return TOO_SMALL;
	return grow_last(block, by) ? GROWN : FAILED;
}

/* The size of the block with all free blocks behind it. */
static size_t reach(struct block_meta *block)
{
	size_t size = block->size;

	for (; next_is_free(block); block = block->next)
		size += META + block->next->size;
	return size;
}

static int another_to_merge(struct block_meta *block, size_t need, int merged)
{
	if (FAULT(MergesOnlyOne) && merged == 1)
		return 0;
	if (block->size >= need && !FAULT(MergesAllFollowing))
		return 0;
	if (MUTANT(ReadsPastHeapEnd) && !block->next)
		return ((struct block_meta *)end_of(block))->status == STATUS_FREE;
	return next_is_free(block);
}

/* A15 */
static enum growth merge_following(struct block_meta *block, size_t need)
{
	int merged = 0;

	if (FAULT(NextNotMerged))
		return TOO_SMALL;
	if (FAULT(MergesOnlyWhenEnough) && reach(block) < need)
		return TOO_SMALL;
	for (; another_to_merge(block, need, merged); merged++)
		absorb_next(block);
	if (FAULT(GrowsAfterMerging) && block->size < need && ends_at_break(block))
		return grow_last(block, need - block->size) ? GROWN : FAILED;
	if (block->size < need)
		return TOO_SMALL;
	if (!FAULT(MergedNotSplit))
		split(block, need);
	return GROWN;
}

static enum growth expand(struct block_meta *block, size_t need)
{
	if (FAULT(ReallocNeverGrows) || FAULT(ReallocAlwaysMoves))
		return TOO_SMALL;
	if (ends_at_break(block))
		return grow_in_place(block, need);
	return merge_following(block, need);
}

static void *resize_heap_block(struct block_meta *block, size_t size)
{
	size_t need = align(size);

	if (FAULT(ReallocCoalescesFirst))
		coalesce();
	if (is_large(size) && !FAULT(LargeReallocStays))
		return move(block, size, map_alloc(size));
	if (need <= block->size && !FAULT(ReallocAlwaysMoves))
		return keep(block, need);
	switch (expand(block, need)) {
	case GROWN:
		return payload_of(block);
	case FAILED:
		return NULL;
	case TOO_SMALL:
		break;
	}
	if (FAULT(FreesBeforeMove))
		return move_over_itself(block, size);
	return move(block, size, heap_alloc(size, FOR_MOVE));
}

static void *resize_mapping(struct block_meta *block, size_t size)
{
	if (FAULT(MappedKept) && mapping_length(size) <= mapping_length(block->size))
		return payload_of(block);
	return move(block, size, alloc(size, is_large(size), FOR_MOVE));
}

/* ---- the four functions ------------------------------------------------- */

void *os_malloc(size_t size)
{
	if (size == 0 && !FAULT(ZeroServed))
		return NULL;
	return alloc(size, is_large_for_malloc(size), FOR_MALLOC);
}

void os_free(void *ptr)
{
	if (!ptr)
		return;
	if (header_of(ptr)->status == STATUS_MAPPED)
		free_mapping(header_of(ptr));
	else
		free_heap_block(header_of(ptr));
}

static size_t bytes_to_zero(size_t nmemb, size_t bytes)
{
	if (FAULT(CallocNotZeroed))
		return 0;
	if (MUTANT(ZeroesTooMuch))
		return align(bytes) + META;
	if (MUTANT(ZeroesWordsOnly))
		return bytes & ~(size_t)(ALIGNMENT - 1);
	return MUTANT(ZeroesMembersOnly) ? smaller(nmemb, bytes) : bytes;
}

void *os_calloc(size_t nmemb, size_t size)
{
	size_t bytes;
	void *ptr;

	if (__builtin_mul_overflow(nmemb, size, &bytes) && !MUTANT(OverflowServed))
		return NULL;
	if (bytes == 0 && !FAULT(CallocZeroServed))
		return NULL;
	ptr = alloc(bytes, is_large_for_calloc(bytes), FOR_CALLOC);
	if (ptr)
		memset(ptr, 0, bytes_to_zero(nmemb, bytes));
	return ptr;
}

void *os_realloc(void *ptr, size_t size)
{
	struct block_meta *block;

	if (!ptr)
		return FAULT(ReallocNullRefused) ? NULL : os_malloc(size);
	if (size == 0) {
		if (!FAULT(ReallocZeroKeeps))
			os_free(ptr);
		return NULL;
	}
	block = header_of(ptr);
	if (block->status == STATUS_FREE && !FAULT(ReallocOfFreeServed))
		return NULL;
	if (size > LARGEST)
		return NULL;
	if (block->status == STATUS_MAPPED)
		return resize_mapping(block, size);
	return resize_heap_block(block, size);
}
