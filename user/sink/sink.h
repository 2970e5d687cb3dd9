/* SPDX-License-Identifier: BSD-2-Clause */
/* What events look like in the end. A new sink is one file and a line in list.c. Layer 4. */
#ifndef SINK_SINK_H
#define SINK_SINK_H

#include "../event.h"

struct buf;

struct sink_conf {
	bool color; /* colour sequences are welcome */
	bool utf8; /* the reader's terminal understands UTF-8 */
	unsigned int kinds; /* BIT(enum event_kind) that may come */
};

struct sink_ops;

/* The base of every sink; a sink embeds it as its first member. */
struct sink {
	const struct sink_ops *ops;
};

/*
 * A sink is pure: it turns events into bytes and nothing else. The pipeline
 * writes the bytes, and knows of write errors.
 */
struct sink_ops {
	const char *name; /* for --format */
	const char *help;
	unsigned int kinds; /* BIT(enum event_kind) it needs, whether they are asked for or not */
	uint64_t
		wants; /* HAS_* that only a process table knows that keeps more: those behind HAS_ENV */

	/* 0 and *out set, owned by the caller; or -errno. */
	int (*open)(struct sink **out, const struct sink_conf *conf);

	/* Append what the event looks like: whole lines. */
	void (*event)(struct sink *s, struct buf *b, const struct event *ev);

	/* s may be NULL. */
	void (*close)(struct sink *s);
};

/* All sinks, the default first. */
extern const struct sink_ops *const sink_list[];
extern const size_t sink_cnt;

/* The sink of that name, NULL if there is none. */
const struct sink_ops *sink_find(const char *name);

#endif
