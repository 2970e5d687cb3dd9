/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What was started most, and by whom. Memory is bounded: of STATS_MAX different names, the one
 * counted least gives its place and its count to a new one (the space-saving algorithm: Metwally,
 * Agrawal and El Abbadi, 2005). So no count is too low, one that may be too high is marked, and what
 * makes up more than 1/STATS_MAX of all is there. Pure. Layer 3.
 */
#ifndef STATS_H
#define STATS_H

#include "buf.h"
#include "event.h"

enum {
	STATS_MAX = 1024,
	STATS_SHOWN = 10, /* names in a list */
};

struct stats;

/* NULL if there is no memory. */
struct stats *stats_new(void);
void stats_free(struct stats *s);

/* Count an event that is shown. */
void stats_count(struct stats *s, const struct event *ev);

/* Append both lists, in printable ASCII; nothing if no exec was counted. */
void stats_put(const struct stats *s, struct buf *b);

#endif
