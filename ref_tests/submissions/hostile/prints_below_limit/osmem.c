// Fault: prints a little less than it may in each process, of which there are hundreds
#define _GNU_SOURCE
#include <string.h>
#include <unistd.h>

static void hostile(void)
{
	static char text[1000000];
	static int done;

	if (done++)
		return;
	memset(text, 'a', sizeof(text));
	if (write(1, text, sizeof(text)) < 0)
		return;
}

#define EACH_CALL hostile()
#include "mapping.h"
