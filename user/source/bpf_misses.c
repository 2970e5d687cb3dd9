// SPDX-License-Identifier: BSD-2-Clause
#include "bpf_misses.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "../util.h"

int bpf_misses_open(int prog_fd)
{
	char path[40];
	int fd;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", prog_fd);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

uint64_t bpf_misses_read(int fd)
{
	static const char name[] = "\nrecursion_misses:";
	char text[1024];
	ssize_t len = pread(fd, text, sizeof(text) - 1, 0);
	const char *line;

	text[len > 0 ? len : 0] = '\0';
	line = strstr(text, name);
	return line ? strtoull(line + sizeof(name) - 1, NULL, 10) : 0;
}
