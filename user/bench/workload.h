/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is run with and without a tracer: programs that end with their first instruction, from
 * one spawner on each CPU, which waits for each; or a command of the user's.
 */
#ifndef BENCH_WORKLOAD_H
#define BENCH_WORKLOAD_H

#include "../buf.h"
#include "hist.h"

struct stop;

struct workload {
	unsigned int cpus; /* spawners, each pinned to a CPU */
	double rate; /* programs a second, of all together; INFINITY: what they can; 0: none */
	uint64_t duration_ns;
	size_t argv_len; /* bytes of argv of each program, about; 0: as it comes */
	const char *mark; /* each is given "MARK-<n>", n from 0, as its argv[1] */
	char *const *command; /* NULL: the programs */
	const char *image; /* path of the program */
};

struct workload_result {
	uint64_t cnt; /* programs that were started, and have ended */
	uint64_t number_end; /* their numbers n are below */
	uint64_t wall_ns;
	double cpu_ns; /* of the programs and of what started them */
	struct hist life; /* from before a program's fork until its end was seen */
};

enum {
	WORKLOAD_ARGV_MAX = 1 << 20,
	WORKLOAD_SMALL = 50, /* a shorter argv has a short name, a short mark, and nothing more */
	WORKLOAD_ARG_LEN = 100000, /* a longer argv is filled with arguments of this length */
};

/* The last argument of each program, and the one behind the mark. */
#define WORKLOAD_LAST "/etc/hostname"
#define WORKLOAD_FLAG "-la"

/* Is it an argv that has nothing but name and mark? */
static inline bool workload_is_small(size_t argv_len)
{
	return argv_len && argv_len < WORKLOAD_SMALL;
}

/* A descriptor of the program as a file in memory, whose path is made of it; or -errno, logged. */
int workload_image(void);

/* The arguments behind argv[1], each with its NUL; none if the argv is small. */
void workload_tail(struct buf *b, size_t argv_len);

/* Run it. 0; -EINTR if the user wants an end; or -errno, logged. */
int workload_run(const struct workload *w, struct stop *stop, struct workload_result *r);

#endif
