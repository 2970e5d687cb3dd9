/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What limit.bpf.c and limit.c share. */
#ifndef BENCH_LIMIT_H
#define BENCH_LIMIT_H

enum {
	LIMIT_RING_LEN = 4 * 1024 * 1024, /* the default of --buffer */
	LIMIT_RECORD_MAX = 8192, /* bytes */
};

/* The records, and the index of their lengths. */
enum limit_kind {
	LIMIT_EXEC,
	LIMIT_FORK,
	LIMIT_EXIT,
	LIMIT_CNT,
};

#endif
