// SPDX-License-Identifier: BSD-2-Clause
#include "bpf_count.h"

#include <string.h>

void bpf_count(int fd, struct source_prog *prog)
{
	const struct {
		const char *name;
		uint64_t *value;
	} lines[] = {
		{ "run_time_ns:", &prog->run_ns },
		{ "run_cnt:", &prog->runs },
		{ "recursion_misses:", &prog->misses },
	};
	_cleanup_fclose_ FILE *f = NULL;
	char line[128];

	snprintf(line, sizeof(line), "/proc/self/fdinfo/%d", fd);
	f = fopen(line, "re");
	while (f && fgets(line, sizeof(line), f))
		for (size_t i = 0; i < ARRAY_LEN(lines); i++)
			if (!strncmp(line, lines[i].name, strlen(lines[i].name)))
				*lines[i].value = strtoull(line + strlen(lines[i].name), NULL, 10);
}
