/* SPDX-License-Identifier: BSD-2-Clause */
/* The machine that is measured, and who else uses it. */
#ifndef BENCH_HOST_H
#define BENCH_HOST_H

#include "../buf.h"

/*
 * Be the only benchmark of this machine for as long as the descriptor is open. The
 * descriptor; -EADDRINUSE if there is another; or -errno. Nothing is logged.
 */
int host_lock(void);

/* Append a line: kernel, processor, CPUs, load, date. */
void host_describe(struct buf *b);

/* Append a line for each thing that disturbs: load, other tracers, bpf_stats. Takes 0.3 s. */
void host_warn(struct buf *b);

#endif
