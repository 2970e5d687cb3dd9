// SPDX-License-Identifier: BSD-2-Clause
#include "hist.h"

#include <math.h>
#include <stddef.h>

enum {
	HIST_SUB = 1 << HIST_SUB_BITS,
};

/* Times below HIST_SUB have a bucket each, and each power of two above HIST_SUB of them. */
static size_t hist_bucket(uint64_t ns)
{
	unsigned int bit = 63 - (unsigned int)__builtin_clzll(ns | 1), shift;

	if (bit > HIST_TOP_BIT)
		return HIST_BUCKETS - 1;
	if (bit < HIST_SUB_BITS)
		return (size_t)ns;
	shift = bit - HIST_SUB_BITS;
	return ((size_t)shift << HIST_SUB_BITS) + (size_t)(ns >> shift);
}

/* The least time of a bucket. */
static double hist_low(size_t bucket)
{
	size_t shift = bucket >> HIST_SUB_BITS;

	if (shift < 2)
		return (double)bucket;
	return ldexp((double)((bucket & (HIST_SUB - 1)) | HIST_SUB), (int)shift - 1);
}

void hist_add(struct hist *h, uint64_t ns)
{
	h->cnt[hist_bucket(ns)]++;
	h->total++;
	h->sum_ns += ns;
}

void hist_merge(struct hist *to, const struct hist *from)
{
	for (size_t i = 0; i < HIST_BUCKETS; i++)
		to->cnt[i] += from->cnt[i];
	to->total += from->total;
	to->sum_ns += from->sum_ns;
}

double hist_quantile(const struct hist *h, double q)
{
	double want = q * (double)h->total, before = 0;

	for (size_t i = 0; i < HIST_BUCKETS; i++) {
		double cnt = h->cnt[i];

		if (cnt > 0 && before + cnt >= want)
			return hist_low(i) +
			       (hist_low(i + 1) - hist_low(i)) * (want - before) / cnt;
		before += cnt;
	}
	return NAN;
}

double hist_mean(const struct hist *h)
{
	return h->total ? (double)h->sum_ns / (double)h->total : NAN;
}
