/* SPDX-License-Identifier: BSD-2-Clause */
/* What events look like in the end. A new sink is one file and a line in list.c. Layer 4. */
#ifndef SINK_SINK_H
#define SINK_SINK_H

#include "../clock.h"
#include "../event.h"

struct field;

enum {
	VIEW_COLUMNS_MAX = 32,
};

/* How a person wants to see events. All zero: as each view does by itself. JSON has its own way. */
struct view_conf {
	const struct field *columns[VIEW_COLUMNS_MAX];
	size_t column_cnt; /* 0: the view's own */
	struct clock_format time; /* if its width is 0: the time of day */
	uint32_t args_max; /* arguments that are shown of each command, the program first; 0: all */
	bool args_hide; /* show the program alone, and do not say that there is more */
	bool wall; /* the time */
	bool since; /* and seconds since the start, instead or besides */
	bool user;
	bool cwd;
	bool ancestry;
	bool flat; /* a tree without indentation */
};

struct sink_conf {
	struct view_conf view;
	bool color; /* colour sequences are welcome */
	bool utf8; /* the reader's terminal understands UTF-8 */
	unsigned int kinds; /* BIT(enum event_kind) to show; others that it needs may come */
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
	unsigned int kinds; /* BIT(enum event_kind) it needs, whether they are asked for or not */
	uint64_t
		wants; /* HAS_* that only a process table knows that keeps more: those behind HAS_ENV */
	unsigned int shown; /* BIT(enum event_kind) it shows, whatever --events says */

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

/* The kinds that the sink needs, and what it wants, with what a view shows besides. */
unsigned int sink_kinds(const struct sink_ops *ops, const struct view_conf *view);
uint64_t sink_wants(const struct sink_ops *ops, const struct view_conf *view);

/* The sink of that name, NULL if there is none. */
const struct sink_ops *sink_find(const char *name);

#endif
