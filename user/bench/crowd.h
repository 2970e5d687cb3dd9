/* SPDX-License-Identifier: BSD-2-Clause */
/* Processes that are alive and do nothing: what a tracer has to keep in mind. */
#ifndef BENCH_CROWD_H
#define BENCH_CROWD_H

#include <sys/types.h>

/* All zero is none. */
struct crowd {
	pid_t keeper; /* whose children they are */
	int gate; /* closed, it ends them */
};

/* Start cnt of them; they die with the benchmark. 0, or -errno, logged. */
int crowd_start(struct crowd *c, unsigned int cnt);

/* End them all. */
void crowd_end(struct crowd *c);

#endif
