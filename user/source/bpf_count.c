// SPDX-License-Identifier: BSD-2-Clause
#include "bpf_count.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "../util.h"

int bpf_count_open(int prog_fd)
{
	char path[40];
	int fd;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", prog_fd);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

void bpf_count(int fd, struct source_prog *prog)
{
	const struct {
		const char *name;
		uint64_t *value;
	} lines[] = {
		{ "\nrun_time_ns:", &prog->run_ns },
		{ "\nrun_cnt:", &prog->runs },
		{ "\nrecursion_misses:", &prog->misses },
	};
	char text[1024];
	ssize_t len = pread(fd, text, sizeof(text) - 1, 0);

	text[len > 0 ? len : 0] = '\0';
	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		const char *line = strstr(text, lines[i].name);

		*lines[i].value = line ? strtoull(line + strlen(lines[i].name), NULL, 10) : 0;
	}
}
