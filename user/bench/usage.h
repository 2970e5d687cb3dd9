/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BENCH_USAGE_H
#define BENCH_USAGE_H

#include <sys/resource.h>

/* User and system time, ns. Their sum is exact in Linux, only its parts are sampled. */
static inline double usage_cpu_ns(const struct rusage *u)
{
	return ((double)u->ru_utime.tv_sec + (double)u->ru_stime.tv_sec) * 1e9 +
	       ((double)u->ru_utime.tv_usec + (double)u->ru_stime.tv_usec) * 1e3;
}

#endif
