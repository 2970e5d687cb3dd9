/* SPDX-License-Identifier: BSD-2-Clause */
/* What a tracer's output says of a workload. Pure. */
#ifndef BENCH_COUNT_H
#define BENCH_COUNT_H

#include <stdbool.h>

#include "../util.h"

/*
 * How many of the programs numbered below end are in the output with their whole argv, each counted
 * once. mark is what stands before "-<n>" in argv[1], tail the arguments behind it, each with its
 * NUL. In JSON of ours only lines of execs count; text of others has the arguments with blanks
 * between them. False if there is no memory.
 */
bool count_whole(struct span output, bool json, const char *mark, struct span tail, uint64_t end,
		 uint64_t *cnt);

struct count_totals {
	uint64_t execs; /* delivered, of all the machine */
	uint64_t events; /* execs, forks and exits */
	uint64_t lost;
	uint64_t argv_missing;
};

/* What the last line, `end`, says. False if there is none: the tracer did not come to it. */
bool count_totals(struct span output, struct count_totals *t);

#endif
