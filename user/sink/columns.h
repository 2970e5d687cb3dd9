/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines of cells in columns: what the views for a person have in common. Layer 4. */
#ifndef SINK_COLUMNS_H
#define SINK_COLUMNS_H

#include "cells.h"

enum {
	COLUMNS_MAX = VIEW_COLUMNS_MAX + 8, /* with those that options add */
};

struct columns {
	struct sink base;
	const struct field *column[COLUMNS_MAX];
	size_t cnt;
	unsigned int lines; /* BIT(enum event_kind) that have a line */
	bool headless;
	struct cells cells;
	struct buf cell;
};

/*
 * Open a view: with the columns that conf names, else the own ones of the view, which end with a
 * NULL; and those that options add. last, unless it is NULL, stands behind all of these, wherever
 * conf names it. Each event of conf->kinds has a line. 0 and *out set; or -errno.
 */
int columns_open(struct columns **out, const struct sink_ops *ops, const struct sink_conf *conf,
		 const char *const *own, const char *last);

/* The event and the close of a sink_ops. */
void columns_event(struct sink *base, struct buf *b, const struct event *ev);
void columns_close(struct sink *base);

#endif
