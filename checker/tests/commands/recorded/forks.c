/* Children of every kind allocate beside their parent. */
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int count, char **arguments)
{
	if (count > 1) {
		for (int i = 0; i < 100; i++)
			malloc(3331);
		return 0;
	}
	malloc(4441);
	if (fork() == 0) {
		for (int i = 0; i < 100; i++)
			free(malloc(3331));
		execl(arguments[0], arguments[0], "child", NULL);
	}
	wait(NULL);
	system("./forks child");
	malloc(4442);
	return 0;
}
