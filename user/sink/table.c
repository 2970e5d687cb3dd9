// SPDX-License-Identifier: BSD-2-Clause
/*
 * Columns for a person, one line an event. Every traced byte is quoted as a shell
 * would read it, so no event can forge a line or speak to the terminal. The last
 * column, COMMAND, is never cut.
 */
#include <errno.h>
#include <signal.h>

#include "../clock.h"
#include "../field.h"
#include "../text.h"
#include "sink.h"

enum {
	COLUMNS_MAX = 16,
};

#define COLOR_HEAD "\033[1m"
#define COLOR_DIM "\033[2m"
#define COLOR_BAD "\033[31m"
#define COLOR_LOST "\033[1;33m"
#define COLOR_OFF "\033[0m"

struct sink_table {
	struct sink base;
	const struct field *columns[COLUMNS_MAX];
	size_t column_cnt;
	unsigned int quote; /* enum text_quote_flags */
	bool color;
	struct clock_text clock;
	struct buf cell;
};

extern const struct sink_ops sink_table;

typedef void cell_fn(struct sink_table *s, const struct field *f, const struct event *ev);

static void cell_u32(struct sink_table *s, const struct field *f, const struct event *ev)
{
	buf_put_u64(&s->cell, field_u32(f, ev));
}

static void cell_u64(struct sink_table *s, const struct field *f, const struct event *ev)
{
	buf_put_u64(&s->cell, field_u64(f, ev));
}

static void cell_flag(struct sink_table *s, const struct field *f, const struct event *ev)
{
	(void)ev;
	buf_puts(&s->cell, f->name);
}

static void cell_text(struct sink_table *s, const struct field *f, const struct event *ev)
{
	text_quote(&s->cell, field_span(f, ev), s->quote);
}

static void cell_argv(struct sink_table *s, const struct field *f, const struct event *ev)
{
	text_quote_argv(&s->cell, field_span(f, ev), s->quote);
}

static void cell_time(struct sink_table *s, const struct field *f, const struct event *ev)
{
	clock_put_local(&s->clock, &s->cell, field_u64(f, ev) + (uint64_t)ev->wall_offset_ns);
}

static void cell_kind(struct sink_table *s, const struct field *f, const struct event *ev)
{
	(void)f;
	buf_puts(&s->cell, event_kind_names[ev->kind]);
}

static void cell_argv_cut(struct sink_table *s, const struct field *f, const struct event *ev)
{
	(void)f;
	buf_puts(&s->cell, event_argv_cut_names[ev->argv_cut]);
}

static void cell_user(struct sink_table *s, const struct field *f, const struct event *ev)
{
	if (event_has(ev, HAS_USER))
		text_quote(&s->cell, ev->user, s->quote);
	else
		buf_put_u64(&s->cell, field_u32(f, ev));
}

static void cell_bad(struct sink_table *s, bool on)
{
	if (s->color)
		buf_puts(&s->cell, on ? COLOR_BAD : COLOR_OFF);
}

static void summary_exec(struct sink_table *s, const struct event *ev)
{
	struct buf *b = &s->cell;

	if (event_has(ev, HAS_ARGV))
		text_quote_argv(b, ev->argv, s->quote);
	else if (event_has(ev, HAS_ARGV_MISSING))
		buf_printf(b, "# no argv (%s)", event_argv_missing_names[ev->argv_missing]);
	if (!event_has(ev, HAS_ARGV_CUT))
		return;
	/* A comment to the shell, so that the line can still be pasted. */
	buf_puts(b, " # ");
	cell_bad(s, true);
	buf_printf(b, "cut: %zu of %ju bytes (%s)", ev->argv.len, (uintmax_t)ev->argv_len,
		   event_argv_cut_names[ev->argv_cut]);
	cell_bad(s, false);
}

static void summary_exit(struct sink_table *s, const struct event *ev)
{
	bool bad = event_has(ev, HAS_EXIT_SIGNAL) || ev->exit_code;
	struct buf *b = &s->cell;

	if (bad)
		cell_bad(s, true);
	if (event_has(ev, HAS_EXIT_CODE)) {
		buf_printf(b, "exit %u", ev->exit_code);
	} else if (event_has(ev, HAS_EXIT_SIGNAL)) {
		const char *name = sigabbrev_np((int)ev->exit_signal);

		if (name)
			buf_printf(b, "SIG%s", name);
		else
			buf_printf(b, "signal %u", ev->exit_signal);
		if (event_has(ev, HAS_CORE))
			buf_puts(b, " (core dumped)");
	}
	if (bad)
		cell_bad(s, false);
	if (event_has(ev, HAS_DURATION)) {
		buf_puts(b, " after ");
		clock_put_duration(b, ev->duration_ns);
	}
}

static void cell_summary(struct sink_table *s, const struct field *f, const struct event *ev)
{
	(void)f;
	switch (ev->kind) {
	case EVENT_EXEC:
		summary_exec(s, ev);
		break;
	case EVENT_EXIT:
		summary_exit(s, ev);
		break;
	case EVENT_THREAD:
		buf_printf(&s->cell, "thread %u", ev->tid);
		break;
	case EVENT_UID:
		buf_printf(&s->cell, "uid %u, effective %u", ev->uid, ev->euid);
		break;
	case EVENT_GID:
		buf_printf(&s->cell, "gid %u, effective %u", ev->gid, ev->egid);
		break;
	case EVENT_PTRACE:
		buf_printf(&s->cell, "traced by %u", ev->tracer_pid);
		break;
	default:
		break;
	}
}

static cell_fn *const cells[FIELD_TYPE_CNT] = {
	[FIELD_U32] = cell_u32,         [FIELD_U64] = cell_u64,           [FIELD_ID] = cell_u32,
	[FIELD_FLAG] = cell_flag,       [FIELD_TEXT] = cell_text,         [FIELD_TIME] = cell_time,
	[FIELD_KIND] = cell_kind,       [FIELD_ARGV_CUT] = cell_argv_cut, [FIELD_USER] = cell_user,
	[FIELD_SUMMARY] = cell_summary, [FIELD_ARGV] = cell_argv,
};

/* Put what is in s->cell into its column; the last column has no end. */
static void table_cell(struct sink_table *s, struct buf *b, const struct field *f, bool last)
{
	size_t width = text_width(s->cell.ptr, s->cell.len);
	size_t want = (size_t)abs(f->width);
	size_t pad = width < want ? want - width : 0;

	for (; f->width > 0 && pad; pad--)
		buf_put_char(b, ' ');
	buf_put_span(b, buf_span(&s->cell));
	for (; !last && pad; pad--)
		buf_put_char(b, ' ');
	if (!last)
		buf_put_char(b, ' ');
	s->cell.len = 0;
}

static void table_heading(struct sink_table *s, struct buf *b)
{
	if (s->color)
		buf_puts(b, COLOR_HEAD);
	for (size_t i = 0; i < s->column_cnt; i++) {
		buf_puts(&s->cell, s->columns[i]->heading);
		table_cell(s, b, s->columns[i], i + 1 == s->column_cnt);
	}
	if (s->color)
		buf_puts(b, COLOR_OFF);
	buf_put_char(b, '\n');
}

static void table_lost(struct sink_table *s, struct buf *b, const struct event *ev)
{
	clock_put_local(&s->clock, b, ev->time_ns + (uint64_t)ev->wall_offset_ns);
	if (s->color)
		buf_puts(b, COLOR_LOST);
	buf_printf(b, " LOST %s%ju %s events (%s)", ev->lost_exact ? "" : "about ",
		   (uintmax_t)ev->lost_cnt,
		   ev->lost_kind < EVENT_KIND_CNT ? event_kind_names[ev->lost_kind] : "unknown",
		   event_lost_names[ev->lost_reason]);
	if (s->color)
		buf_puts(b, COLOR_OFF);
	buf_put_char(b, '\n');
}

static void table_line(struct sink_table *s, struct buf *b, const struct event *ev)
{
	bool dim = s->color && ev->kind != EVENT_EXEC;

	if (dim)
		buf_puts(b, COLOR_DIM);
	for (size_t i = 0; i < s->column_cnt; i++) {
		const struct field *f = s->columns[i];

		if (field_in(f, ev))
			cells[f->type](s, f, ev);
		else
			buf_put_char(&s->cell, '-');
		table_cell(s, b, f, i + 1 == s->column_cnt);
	}
	if (dim)
		buf_puts(b, COLOR_OFF);
	buf_put_char(b, '\n');
}

static void table_event(struct sink *base, struct buf *b, const struct event *ev)
{
	struct sink_table *s = (struct sink_table *)base;

	switch (ev->kind) {
	case EVENT_START:
		table_heading(s, b);
		break;
	case EVENT_LOST:
		table_lost(s, b, ev);
		break;
	case EVENT_END:
		break;
	default:
		table_line(s, b, ev);
	}
}

static void table_close(struct sink *base)
{
	struct sink_table *s = (struct sink_table *)base;

	if (!s)
		return;
	buf_done(&s->cell);
	free(s);
}

static int table_open(struct sink **out, const struct sink_conf *conf)
{
	static const char *const names[] = { "time", "event", "user",   "pid",
					     "ppid", "comm",  "command" };
	struct sink_table *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->base.ops = &sink_table;
	s->color = conf->color;
	s->quote = conf->utf8 ? TEXT_UTF8 : 0;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		/* With execs alone the kind is no news. */
		if (!strcmp(names[i], "event") && conf->kinds == BIT(EVENT_EXEC))
			continue;
		s->columns[s->column_cnt++] = field_find(names[i]);
	}
	*out = &s->base;
	return 0;
}

const struct sink_ops sink_table = {
	.name = "table",
	.help = "columns for a person",
	.open = table_open,
	.event = table_event,
	.close = table_close,
};
