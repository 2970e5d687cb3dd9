/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A field of an event as text for a person. Every traced byte is quoted as a shell would read it,
 * so no event can forge a line or speak to the terminal, and what is no argument of a command
 * stands behind a #: it can be pasted as it is. Layer 4.
 */
#ifndef SINK_CELLS_H
#define SINK_CELLS_H

#include "../buf.h"
#include "sink.h"

struct field;

enum cells_color {
	CELLS_PLAIN,
	CELLS_HEAD,
	CELLS_DIM,
	CELLS_BAD,
	CELLS_LOST,
	CELLS_COLOR_CNT,
};

struct cells {
	struct sink_conf conf;
	unsigned int quote; /* enum text_quote_flags */
	size_t kind_width; /* of the names of kinds */
	struct clock_text clock;
	bool started;
	uint64_t start_ns; /* if started: of the stream, CLOCK_BOOTTIME */
	enum cells_color ground; /* of the line that is being made */
	bool noted; /* the cell that is being made has a # */
};

void cells_init(struct cells *c, const struct sink_conf *conf);

/* Need the kind not be said, if only these come? A failed exec says so itself. */
bool cells_kind_is_plain(unsigned int kinds);

/* Go on in that colour, if colours are wanted. */
void cells_color(const struct cells *c, struct buf *b, enum cells_color color);

/* Append the field, or a dash if the event does not have it. */
void cells_put(struct cells *c, struct buf *b, const struct field *f, const struct event *ev);

/* Append the time of an event in the form that is wanted. */
void cells_put_time(struct cells *c, struct buf *b, const struct event *ev);

/* Columns of a terminal that the field has, at least; negative: to the left. */
int cells_width(const struct cells *c, const struct field *f);

#endif
