/* Four threads that free what the others have allocated, all from one heap. */
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

static void *_Atomic slots[16];

static void *work(void *unused)
{
	for (int i = 0; i < 5000; i++) {
		void *block = malloc(3331);
		block = realloc(block, 3337);
		free(atomic_exchange(&slots[rand() % 16], block));
	}
	return NULL;
}

int main(void)
{
	pthread_t threads[4];

	mallopt(M_ARENA_MAX, 1);
	for (int i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, work, NULL);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	return 0;
}
