// SPDX-License-Identifier: BSD-2-Clause
#include "cells.h"

#include <signal.h>

#include "../field.h"
#include "../text.h"

enum {
	INDENT = 2,
	DEPTH_MAX = 32, /* that is indented */
	KIND_WIDTH_MIN = 5, /* of the kind's name */
};

static const char *const cells_colors[] = {
	[CELLS_PLAIN] = "\033[m", [CELLS_HEAD] = "\033[1m",    [CELLS_DIM] = "\033[2m",
	[CELLS_BAD] = "\033[31m", [CELLS_LOST] = "\033[1;33m",
};

_Static_assert(ARRAY_LEN(cells_colors) == CELLS_COLOR_CNT, "a sequence for each colour");

typedef void cell_fn(struct cells *c, struct buf *b, const struct field *f, const struct event *ev);

/* The longest name of the kinds that may come. */
static size_t kind_width(unsigned int kinds)
{
	size_t width = KIND_WIDTH_MIN;

	for (enum event_kind k = 0; k < EVENT_KIND_CNT; k++)
		if (kinds & BIT(k) && strlen(event_kind_names[k]) > width)
			width = strlen(event_kind_names[k]);
	return width;
}

bool cells_kind_is_plain(unsigned int kinds)
{
	return !(kinds & ~(BIT(EVENT_EXEC) | BIT(EVENT_EXEC_FAILED)));
}

void cells_init(struct cells *c, const struct sink_conf *conf)
{
	*c = (struct cells){ .conf = *conf, .quote = conf->utf8 ? TEXT_UTF8 : 0 };
	c->kind_width = kind_width(conf->kinds);
	if (!c->conf.view.time.width)
		c->conf.view.time = clock_format_day;
}

void cells_color(const struct cells *c, struct buf *b, enum cells_color color)
{
	if (c->conf.color)
		buf_puts(b, cells_colors[color]);
}

/* What is bad, between these two. */
static void cells_bad(const struct cells *c, struct buf *b)
{
	cells_color(c, b, CELLS_BAD);
}

static void cells_good(const struct cells *c, struct buf *b)
{
	cells_color(c, b, CELLS_PLAIN);
	if (c->ground != CELLS_PLAIN)
		cells_color(c, b, c->ground);
}

/* Start what is not part of a command: a comment to the shell. */
static void cells_note(struct cells *c, struct buf *b, bool alone)
{
	buf_puts(b, c->noted ? ", " : alone ? "# " : " # ");
	c->noted = true;
}

/* ---- commands ---- */

/* Append the arguments that are wanted; the number of those in argv that are not. */
static uint64_t put_argv(struct cells *c, struct buf *b, struct span argv)
{
	const struct view_conf *view = &c->conf.view;
	uint64_t max = view->args_hide ? 1 : view->args_max, more = 0;
	struct span rest = argv, arg;

	for (uint64_t i = 0; max && i < max; i++)
		if (!text_next_arg(&rest, &arg))
			break;
	if (max)
		argv.len -= rest.len;
	else
		rest.len = 0;
	text_quote_argv(b, argv, c->quote);
	while (text_next_arg(&rest, &arg))
		more++;
	return view->args_hide ? 0 : more;
}

static void put_more(struct cells *c, struct buf *b, uint64_t more)
{
	if (!more)
		return;
	cells_note(c, b, false);
	buf_printf(b, "+%ju", (uintmax_t)more);
}

static void put_errno(struct cells *c, struct buf *b, const struct event *ev, bool alone)
{
	const char *name = strerrorname_np((int)ev->exec_errno);
	const char *text = strerrordesc_np((int)ev->exec_errno);

	cells_note(c, b, alone);
	cells_bad(c, b);
	if (name && text)
		buf_printf(b, "%s (%s)", name, text);
	else
		buf_printf(b, "errno %u", ev->exec_errno);
	cells_good(c, b);
	if (!alone && event_has(ev, HAS_FILENAME)) { /* argv[0] may be another name */
		buf_puts(b, ": ");
		text_quote(b, ev->filename, c->quote);
	}
}

/* Append a command line, and behind it how much of it is missing and why. */
static void put_command(struct cells *c, struct buf *b, struct span argv,
			const struct argv_was *was)
{
	const struct view_conf *view = &c->conf.view;
	const size_t start = b->len;
	uint64_t more = put_argv(c, b, argv);

	if (more && was->cut && was->argc > view->args_max) /* it counts the missing ones too */
		more = was->argc - view->args_max;
	put_more(c, b, more);
	if (!was->cut || view->args_hide)
		return;
	cells_note(c, b, b->len == start);
	cells_bad(c, b);
	buf_printf(b, "cut: %zu of %ju bytes (%s)", argv.len, (uintmax_t)was->len,
		   event_argv_cut_names[was->cut]);
	cells_good(c, b);
}

/* Append what an exec started, or was to start. */
static void put_exec(struct cells *c, struct buf *b, const struct event *ev)
{
	const size_t start = b->len;

	if (event_has(ev, HAS_ARGV)) {
		const struct argv_was was = event_argv_was(ev);

		put_command(c, b, ev->argv, &was);
	} else if (event_has(ev, HAS_ARGV_MISSING)) {
		cells_note(c, b, true);
		buf_printf(b, "no argv (%s)", event_argv_missing_names[ev->argv_missing]);
	} else if (event_has(ev, HAS_FILENAME)) {
		text_quote(b, ev->filename, c->quote | TEXT_COMMAND);
	}
	if (event_has(ev, HAS_ERRNO))
		put_errno(c, b, ev, b->len == start);
}

static void cell_cmdline(struct cells *c, struct buf *b, const struct field *f,
			 const struct event *ev)
{
	(void)f;
	if (ev->kind == EVENT_EXEC || ev->kind == EVENT_EXEC_FAILED) {
		put_exec(c, b, ev);
	} else if (event_has(ev, HAS_COMMAND)) {
		put_command(c, b, ev->command, &ev->command_was);
	} else if (event_has(ev, HAS_COMM)) {
		cells_note(c, b, true);
		text_quote(b, ev->comm, c->quote);
	} else {
		buf_put_char(b, '-');
	}
}

static void cell_parent_cmdline(struct cells *c, struct buf *b, const struct field *f,
				const struct event *ev)
{
	(void)f;
	put_command(c, b, ev->parent_command, &ev->parent_command_was);
}

/* ---- how it ended ---- */

static void cell_status(struct cells *c, struct buf *b, const struct field *f,
			const struct event *ev)
{
	bool bad =
		event_has(ev, HAS_EXIT_SIGNAL) || (event_has(ev, HAS_EXIT_CODE) && ev->exit_code);

	(void)f;
	if (bad)
		cells_bad(c, b);
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
	} else {
		buf_put_char(b, '-');
	}
	if (bad)
		cells_good(c, b);
}

static void put_exit(struct cells *c, struct buf *b, const struct event *ev)
{
	cell_status(c, b, NULL, ev);
	if (event_has(ev, HAS_DURATION)) {
		buf_puts(b, " after ");
		clock_put_duration(b, ev->duration_ns);
	}
}

static void cell_summary(struct cells *c, struct buf *b, const struct field *f,
			 const struct event *ev)
{
	(void)f;
	switch (ev->kind) {
	case EVENT_EXEC:
	case EVENT_EXEC_FAILED:
		put_exec(c, b, ev);
		break;
	case EVENT_EXIT:
		put_exit(c, b, ev);
		break;
	case EVENT_THREAD:
		if (event_has(ev, HAS_TID))
			buf_printf(b, "thread %u", ev->tid);
		break;
	case EVENT_UID:
		if (event_has(ev, HAS_UID | HAS_EUID))
			buf_printf(b, "uid %u, effective %u", ev->uid, ev->euid);
		break;
	case EVENT_GID:
		if (event_has(ev, HAS_GID | HAS_EGID))
			buf_printf(b, "gid %u, effective %u", ev->gid, ev->egid);
		break;
	case EVENT_PTRACE:
		if (!event_has(ev, HAS_TRACER))
			break;
		if (ev->tracer_pid)
			buf_printf(b, "traced by %u", ev->tracer_pid);
		else
			buf_puts(b, "no longer traced");
		break;
	default:
		break;
	}
}

/* How far to indent, in ancestors. */
static uint32_t cells_depth(const struct cells *c, const struct event *ev)
{
	uint32_t depth = event_has(ev, HAS_DEPTH) && !c->conf.view.flat ? ev->depth : 0;

	return depth < DEPTH_MAX ? depth : DEPTH_MAX;
}

static void cell_tree(struct cells *c, struct buf *b, const struct field *f, const struct event *ev)
{
	const uint32_t depth = cells_depth(c, ev);
	size_t start;

	for (uint32_t i = 0; i < INDENT * depth; i++)
		buf_put_char(b, ' ');
	if (event_has(ev, HAS_PID))
		buf_put_u64(b, ev->pid);
	buf_put_char(b, ' ');
	if (!cells_kind_is_plain(c->conf.kinds)) {
		start = b->len;
		buf_puts(b, event_kind_names[ev->kind]);
		while (b->len < start + c->kind_width && !b->failed)
			buf_put_char(b, ' ');
		buf_put_char(b, ' ');
	}
	if (ev->kind != EVENT_EXEC && ev->kind != EVENT_EXEC_FAILED && event_has(ev, HAS_COMM)) {
		text_quote(b, ev->comm, c->quote);
		buf_put_char(b, ' ');
	}
	cell_summary(c, b, f, ev);
	while (b->len && b->ptr[b->len - 1] == ' ') /* nothing more was to be said */
		b->len--;
}

/* ---- plain values ---- */

static void cell_u32(struct cells *c, struct buf *b, const struct field *f, const struct event *ev)
{
	(void)c;
	buf_put_u64(b, field_u32(f, ev));
}

static void cell_u64(struct cells *c, struct buf *b, const struct field *f, const struct event *ev)
{
	(void)c;
	buf_put_u64(b, field_u64(f, ev));
}

static void cell_flag(struct cells *c, struct buf *b, const struct field *f, const struct event *ev)
{
	(void)c;
	(void)ev;
	buf_puts(b, f->name);
}

static void cell_text(struct cells *c, struct buf *b, const struct field *f, const struct event *ev)
{
	text_quote(b, field_span(f, ev), c->quote);
}

/* Append texts that each end with a NUL; a dash if there are none. */
static void put_list(struct cells *c, struct buf *b, struct span list, char between)
{
	size_t start = b->len;
	struct span one;

	while (text_next_arg(&list, &one)) {
		if (b->len > start)
			buf_put_char(b, between);
		text_quote(b, one, c->quote);
	}
	if (b->len == start)
		buf_put_char(b, '-');
}

static void cell_env(struct cells *c, struct buf *b, const struct field *f, const struct event *ev)
{
	put_list(c, b, field_span(f, ev), ' ');
}

static void cell_names(struct cells *c, struct buf *b, const struct field *f,
		       const struct event *ev)
{
	put_list(c, b, field_span(f, ev), '<');
}

static void cell_time(struct cells *c, struct buf *b, const struct field *f, const struct event *ev)
{
	clock_put_local(&c->clock, b, &c->conf.view.time,
			field_u64(f, ev) + (uint64_t)ev->wall_offset_ns);
}

static void put_since(struct cells *c, struct buf *b, const struct event *ev)
{
	bool before = ev->time_ns < c->start_ns;
	uint64_t ns = before ? c->start_ns - ev->time_ns : ev->time_ns - c->start_ns;

	if (!c->started) {
		buf_put_char(b, '-');
		return;
	}
	if (before)
		buf_put_char(b, '-');
	buf_put_u64(b, ns / NSEC_PER_SEC);
	buf_put_char(b, '.');
	buf_put_padded(b, ns % NSEC_PER_SEC / NSEC_PER_MSEC, 3);
}

static void cell_since(struct cells *c, struct buf *b, const struct field *f,
		       const struct event *ev)
{
	(void)f;
	put_since(c, b, ev);
}

static void cell_duration(struct cells *c, struct buf *b, const struct field *f,
			  const struct event *ev)
{
	(void)c;
	clock_put_duration(b, field_u64(f, ev));
}

/* 812, 4.0K, 12M: never more than 5 characters below a million T. */
static void cell_bytes(struct cells *c, struct buf *b, const struct field *f,
		       const struct event *ev)
{
	static const char units[] = "KMGTPE";
	uint64_t n = field_u64(f, ev), unit = 1024;
	size_t i = 0;

	(void)c;
	if (n < unit) {
		buf_put_u64(b, n);
		return;
	}
	while (n / unit >= 1024 && units[i + 1]) {
		unit *= 1024;
		i++;
	}
	buf_put_u64(b, n / unit);
	if (n / unit < 10) {
		buf_put_char(b, '.');
		buf_put_u64(b, n % unit / (unit / 10 + 1));
	}
	buf_put_char(b, units[i]);
}

static void cell_errno(struct cells *c, struct buf *b, const struct field *f,
		       const struct event *ev)
{
	const char *name = strerrorname_np((int)field_u32(f, ev));

	(void)c;
	if (name)
		buf_puts(b, name);
	else
		buf_put_u64(b, field_u32(f, ev));
}

static void cell_kind(struct cells *c, struct buf *b, const struct field *f, const struct event *ev)
{
	(void)c;
	(void)f;
	buf_puts(b, event_kind_names[ev->kind]);
}

static void cell_argv_cut(struct cells *c, struct buf *b, const struct field *f,
			  const struct event *ev)
{
	(void)c;
	(void)f;
	buf_puts(b, event_argv_cut_names[ev->argv_cut]);
}

static void cell_argv_missing(struct cells *c, struct buf *b, const struct field *f,
			      const struct event *ev)
{
	(void)c;
	(void)f;
	buf_puts(b, event_argv_missing_names[ev->argv_missing]);
}

static void cell_user(struct cells *c, struct buf *b, const struct field *f, const struct event *ev)
{
	if (event_has(ev, HAS_USER))
		text_quote(b, ev->user, c->quote);
	else
		buf_put_u64(b, field_u32(f, ev));
}

/* The types that a row with a heading may have. */
static cell_fn *const cells[FIELD_TYPE_CNT] = {
	[FIELD_U32] = cell_u32,
	[FIELD_U64] = cell_u64,
	[FIELD_ID] = cell_u32,
	[FIELD_FLAG] = cell_flag,
	[FIELD_TEXT] = cell_text,
	[FIELD_TIME] = cell_time,
	[FIELD_ARGV_CUT] = cell_argv_cut,
	[FIELD_ARGV_MISSING] = cell_argv_missing,
	[FIELD_KIND] = cell_kind,
	[FIELD_DURATION] = cell_duration,
	[FIELD_BYTES] = cell_bytes,
	[FIELD_ERRNO] = cell_errno,
	[FIELD_SINCE] = cell_since,
	[FIELD_ENV] = cell_env,
	[FIELD_NAMES] = cell_names,
	[FIELD_STATUS] = cell_status,
	[FIELD_CMDLINE] = cell_cmdline,
	[FIELD_PARENT_CMDLINE] = cell_parent_cmdline,
	[FIELD_TREE] = cell_tree,
	[FIELD_USER] = cell_user,
	[FIELD_SUMMARY] = cell_summary,
};

void cells_put(struct cells *c, struct buf *b, const struct field *f, const struct event *ev)
{
	c->noted = false;
	if (field_in(f, ev))
		cells[f->type](c, b, f, ev);
	else
		buf_put_char(b, '-');
}

void cells_put_time(struct cells *c, struct buf *b, const struct event *ev)
{
	const struct view_conf *view = &c->conf.view;

	if (view->since && !view->wall)
		put_since(c, b, ev);
	else
		clock_put_local(&c->clock, b, &view->time,
				ev->time_ns + (uint64_t)ev->wall_offset_ns);
}

int cells_width(const struct cells *c, const struct field *f)
{
	if (f->type == FIELD_TIME)
		return -(int)c->conf.view.time.width;
	if (f->type == FIELD_KIND)
		return -(int)c->kind_width;
	return f->width;
}
