// Fault: opens a connection in a call
#define _GNU_SOURCE
#include <netinet/in.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "block_meta.h"
#include "osmem.h"

static void hostile(void)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(80),
		.sin_addr.s_addr = htonl(0x7f000001),
	};
	int connection = socket(AF_INET, SOCK_STREAM, 0);

	connect(connection, (struct sockaddr *)&address, sizeof(address));
}

#define EACH_CALL hostile()
#include "mapping.h"
