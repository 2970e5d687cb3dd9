/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How the tracer fares, as text that Prometheus takes: exposition format 0.0.4
 * (prometheus.io/docs/instrumenting/exposition_formats). One row of a table for each metric makes its
 * name, TYPE, HELP and samples, and the manual is checked against it. Pure. Layer 4.
 */
#ifndef METRICS_H
#define METRICS_H

#include "buf.h"
#include "event.h"
#include "source/source.h"

struct metrics_state {
	const struct run *run;
	uint64_t filtered; /* run->totals has only those that the source did not leave out */
	uint64_t written; /* bytes */
	uint64_t unwritten; /* lines */
	uint64_t suppressed; /* messages */
	uint64_t processes; /* in the process table */
	uint64_t processes_max;
	struct source_state source;
	/* Of this process. */
	uint64_t cpu_ns;
	uint64_t start_ns; /* CLOCK_REALTIME */
	uint64_t resident; /* bytes */
	uint64_t virtual; /* bytes */
	uint64_t fds;
	uint64_t fds_max;
};

/* Append all metrics. */
void metrics_put(struct buf *b, const struct metrics_state *s);

#endif
