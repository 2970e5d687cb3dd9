/* SPDX-License-Identifier: BSD-2-Clause */
/* The runs: each of a tracer stands between two without, so that drift of the machine cancels. */
#ifndef BENCH_ROUND_H
#define BENCH_ROUND_H

#include "conf.h"
#include "results.h"

struct stop;

/* A run, with or without a tracer. NAN: not known. */
struct pass {
	double life_ns; /* the mean time of a program's life, or of the command */
	double p50_ns, p99_ns;
	double own_ns; /* CPU time of all that the workload is */
	double programs;
	double tax_ns; /* of a getppid() */
};

struct rounds {
	const struct bench_conf *conf;
	struct stop *stop;
	struct results *results;
	const char *image; /* path of the workload's program */
	unsigned int mark; /* of the last run: each has its own */
	bool no_stats; /* the run time of BPF programs cannot be counted, which is noted */
	struct pass control; /* the last one, at this point */
};

/* These return 0; -EINTR if the user wants an end; or -errno, logged. */

/* A run without a tracer, which is the first control at the point. */
int round_control(struct rounds *r, size_t point);

/* A run of a subject and the control behind it: makes a sample. */
int round_measure(struct rounds *r, size_t point, size_t subject);

/* A run while the kernel counts the run time of BPF programs: makes a sample of that alone. */
int round_measure_bpf(struct rounds *r, size_t point, size_t subject);

#endif
