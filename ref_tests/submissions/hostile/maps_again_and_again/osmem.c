// Fault: makes and gives back five hundred mappings in every call
#define _GNU_SOURCE
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "block_meta.h"
#include "osmem.h"

static void hostile(void)
{
	for (int i = 0; i < 500; i++) {
		void *page = mmap(NULL, 1, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (page != MAP_FAILED)
			munmap(page, 1);
	}
}

#define EACH_CALL hostile()
#include "mapping.h"
