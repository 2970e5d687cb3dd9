// SPDX-License-Identifier: BSD-2-Clause
#include "columns.h"

#include "../field.h"
#include "../text.h"

static void columns_insert(struct columns *s, size_t at, const char *name)
{
	const struct field *f = field_find(name);

	for (size_t i = 0; i < s->cnt; i++)
		if (s->column[i] == f)
			return;
	for (size_t i = s->cnt++; i > at; i--)
		s->column[i] = s->column[i - 1];
	s->column[at] = f;
}

/* What options add stands before the last column, times at the front. */
static void columns_add(struct columns *s, const struct view_conf *view)
{
	if (view->since)
		columns_insert(s, 0, "since");
	if (view->wall)
		columns_insert(s, 0, "time");
	if (view->user)
		columns_insert(s, s->cnt - 1, "user");
	if (view->cwd)
		columns_insert(s, s->cnt - 1, "cwd");
	if (view->ancestry)
		columns_insert(s, s->cnt - 1, "ancestry");
}

int columns_open(struct columns **out, const struct sink_ops *ops, const struct sink_conf *conf,
		 const char *const *own, const char *last)
{
	const struct view_conf *view = &conf->view;
	const struct field *end = last ? field_find(last) : NULL;
	struct columns *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->base.ops = ops;
	s->lines = conf->kinds;
	cells_init(&s->cells, conf);
	for (size_t i = 0; i < view->column_cnt; i++)
		if (view->columns[i] != end)
			s->column[s->cnt++] = view->columns[i];
	for (size_t i = 0; own[i] && !view->column_cnt; i++)
		s->column[s->cnt++] = field_find(own[i]);
	if (end)
		s->column[s->cnt++] = end;
	columns_add(s, view);
	*out = s;
	return 0;
}

void columns_close(struct sink *base)
{
	struct columns *s = (struct columns *)base;

	if (!s)
		return;
	buf_done(&s->cell);
	free(s);
}

/* The columns of a terminal that a cell takes: colour sequences take none. */
static size_t columns_width(struct span cell)
{
	bool inside = false;
	size_t bytes = 0;

	for (size_t i = 0; cell.ptr && i < cell.len; i++) {
		inside |= cell.ptr[i] == '\033';
		bytes += inside;
		inside &= cell.ptr[i] != 'm';
	}
	return text_width(cell.ptr, cell.len) - bytes;
}

/* Put what is in s->cell into its column; the last column has no end. */
static void columns_cell(struct columns *s, struct buf *b, size_t i)
{
	int wide = cells_width(&s->cells, s->column[i]);
	bool last = i + 1 == s->cnt;
	size_t want = last && wide < 0 ? 0 : (size_t)abs(wide);
	size_t width = want ? columns_width(buf_span(&s->cell)) : 0;
	size_t pad = width < want ? want - width : 0;

	for (; wide > 0 && pad; pad--)
		buf_put_char(b, ' ');
	buf_put_span(b, buf_span(&s->cell));
	for (; !last && pad; pad--)
		buf_put_char(b, ' ');
	if (!last)
		buf_put_char(b, ' ');
	s->cell.len = 0;
}

static void columns_heading(struct columns *s, struct buf *b)
{
	cells_color(&s->cells, b, CELLS_HEAD);
	for (size_t i = 0; i < s->cnt; i++) {
		buf_puts(&s->cell, s->column[i]->heading);
		columns_cell(s, b, i);
	}
	cells_color(&s->cells, b, CELLS_PLAIN);
	buf_put_char(b, '\n');
}

static void columns_line(struct columns *s, struct buf *b, const struct event *ev)
{
	struct cells *c = &s->cells;

	c->ground = ev->kind == EVENT_EXEC ? CELLS_PLAIN : CELLS_DIM;
	if (c->ground != CELLS_PLAIN)
		cells_color(c, b, c->ground);
	for (size_t i = 0; i < s->cnt; i++) {
		cells_put(c, &s->cell, s->column[i], ev);
		columns_cell(s, b, i);
	}
	if (c->ground != CELLS_PLAIN)
		cells_color(c, b, CELLS_PLAIN);
	buf_put_char(b, '\n');
}

static void columns_lost(struct columns *s, struct buf *b, const struct event *ev)
{
	cells_put_time(&s->cells, b, ev);
	cells_color(&s->cells, b, CELLS_LOST);
	buf_printf(b, " LOST %s%ju %s events (%s)", ev->lost_exact ? "" : "about ",
		   (uintmax_t)ev->lost_cnt,
		   ev->lost_kind < EVENT_KIND_CNT ? event_kind_names[ev->lost_kind] : "unknown",
		   event_lost_names[ev->lost_reason]);
	cells_color(&s->cells, b, CELLS_PLAIN);
	buf_put_char(b, '\n');
}

void columns_event(struct sink *base, struct buf *b, const struct event *ev)
{
	struct columns *s = (struct columns *)base;

	if (ev->kind == EVENT_START) {
		s->cells.started = true;
		s->cells.start_ns = ev->time_ns;
		if (!s->headless)
			columns_heading(s, b);
	} else if (ev->kind == EVENT_LOST) {
		columns_lost(s, b, ev);
	} else if (s->lines & BIT(ev->kind)) {
		columns_line(s, b, ev);
	}
}
