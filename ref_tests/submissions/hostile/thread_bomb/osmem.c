// Fault: starts threads without end
#define _GNU_SOURCE
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "block_meta.h"
#include "osmem.h"

static void *idle(void *argument)
{
	pause();
	return argument;
}

static void hostile(void)
{
	pthread_t thread;

	for (;;)
		pthread_create(&thread, NULL, idle, NULL);
}

#define EACH_CALL hostile()
#include "mapping.h"
