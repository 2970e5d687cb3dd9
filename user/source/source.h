/* SPDX-License-Identifier: BSD-2-Clause */
/* Where events come from. A new source is one file and a line in list.c. Layer 4. */
#ifndef SOURCE_SOURCE_H
#define SOURCE_SOURCE_H

#include "../event.h"

/* What a source is asked for. */
struct source_conf {
	unsigned int kinds; /* BIT(enum event_kind) wanted */
	uint32_t max_argv; /* capture at most so many bytes of argv */
	uint32_t ring_len; /* bytes of kernel buffer; rounded up to what the kernel takes */
};

struct source_ops;

/* The base of every source; a source embeds it as its first member. */
struct source {
	const struct source_ops *ops;
};

struct source_ops {
	const char *name;
	const char *help;

	/*
	 * Start to collect. 0 and *out set, owned by the caller, who ends it with
	 * close(); or -errno, after one log_err() line with the cause and the cure.
	 */
	int (*open)(struct source **out, const struct source_conf *conf);

	/* Readable when events wait; stays the source's. */
	int (*fd)(const struct source *s);

	/* Readable when something waits that must not wait longer; -1 if there is no such thing. */
	int (*urgent_fd)(const struct source *s);

	/*
	 * Emit what waits, in the order of the buffer, and what was lost since the last
	 * call. 1 if it stopped early, with more waiting, so that the caller can
	 * look at its signals; 0 if nothing more waits; or -errno, logged.
	 */
	int (*read)(struct source *s, event_fn *emit, void *ctx);

	/* Collect no more. What waits can still be read. */
	void (*stop)(struct source *s);

	/* Give everything back; s may be NULL. */
	void (*close)(struct source *s);
};

/* All sources, best first. */
extern const struct source_ops *const source_list[];
extern const size_t source_cnt;

#endif
