/* SPDX-License-Identifier: BSD-2-Clause */
/* A tracer that runs while a workload does, and what it uses. */
#ifndef BENCH_TRACER_H
#define BENCH_TRACER_H

#include <stdbool.h>

#include "../util.h"
#include "child.h"
#include "probe.h"

struct stop;

/* A tracer whose cost is wanted. */
struct subject {
	char name[48];
	const char *backend; /* of ours; NULL: somebody else's */
	const char *program; /* ours: the binary */
	const char *command; /* somebody else's: words for sh(1) */
	bool is_control; /* no tracer at all */
	bool is_base; /* ours, another build */
};

struct tracer {
	const struct subject *subject;
	struct child child;
	int out_fd; /* what it writes, in memory; -1: none */
	int err_fd;
	double ready_ms; /* from its start until it had attached; ours only, else NAN */
};

/*
 * Start it, with these options more if it is ours (NULL at the end), and wait until it has attached
 * and uses no CPU time any more. 0; -EINTR if the user wants an end; or -errno, logged.
 */
int tracer_start(struct tracer *t, const struct subject *subject, char *const *options,
		 struct stop *stop);

/* Wait until it has worked off what came. It is not disturbed. 0 or -EINTR. */
int tracer_settle(const struct tracer *t, struct stop *stop);

/* Is it still there? 0, or -ECHILD, logged, with what it said. */
int tracer_check(struct tracer *t);

/* End it; what it wrote stays. */
void tracer_end(struct tracer *t);

/* What it has written so far, until tracer_unmap(). Empty if there is no memory. */
struct span tracer_map(const struct tracer *t);
void tracer_unmap(struct span output);

/* Give all back, ended or not. */
void tracer_close(struct tracer *t);

#endif
