/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A histogram of times: 256 buckets for each power of two, so a quantile is right to 0.4 %,
 * and with the line drawn through its bucket mostly to much less. All zero is an empty one.
 */
#ifndef BENCH_HIST_H
#define BENCH_HIST_H

#include <stdint.h>

enum {
	HIST_SUB_BITS = 8,
	HIST_TOP_BIT = 40, /* of the longest time told apart: 36 minutes */
	HIST_BUCKETS = (HIST_TOP_BIT - HIST_SUB_BITS + 2) << HIST_SUB_BITS,
};

struct hist {
	uint64_t total; /* values */
	uint64_t sum_ns;
	uint32_t cnt[HIST_BUCKETS];
};

void hist_add(struct hist *h, uint64_t ns);

void hist_merge(struct hist *to, const struct hist *from);

/* The value in ns below which a share q (0 to 1) of them lies; NAN if there are none. */
double hist_quantile(const struct hist *h, double q);

/* NAN if there are none. */
double hist_mean(const struct hist *h);

#endif
