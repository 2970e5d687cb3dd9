// SPDX-License-Identifier: BSD-2-Clause
/*
 * One JSON object a line, after the Elastic Common Schema. The field table says
 * which keys there are; what does not change within a run (agent, host) is made
 * once and copied behind every line.
 */
#include "../json.h"

#include <errno.h>

#include "../clock.h"
#include "../field.h"
#include "../text.h"
#include "sink.h"

#define ECS_VERSION "9.5.0-dev" /* that tests/data/ecs-fields.tsv is a subset of */

enum {
	DEPTH_MAX = 4, /* objects around a key, the outermost not counted */
	PLAN_CNT = 8, /* of a kind: what is known of processes differs little */
	LEAD_PAST = 32, /* leads are copied in pieces of so many bytes */
	ENTITY_TICK_NS = 10000000, /* 1/USER_HZ: /proc tells start times no finer */
	ENTITY_BOOT_LEN = 18, /* of the boot id: 16 hex digits and 2 dashes */
};

extern const struct sink_ops sink_json;

/* A row of the field table, prepared. */
struct row {
	const struct field *f;
	unsigned int depth;
	unsigned char group[DEPTH_MAX]; /* numbers of the objects around it, outermost first */
	/* What to write before the value, if so many of these objects are open already. */
	struct buf intro[DEPTH_MAX + 1];
};

/* A value, and what stands before it in the line. */
struct step {
	const struct field *f;
	size_t lead; /* where in the plan's text */
	size_t lead_len;
};

/*
 * The lines of one kind of event in which the same is known: all but the values is the same in each of
 * them, and made once.
 */
struct plan {
	uint64_t has; /* what is known; 0: there is no plan here */
	uint64_t inexact; /* which texts are followed by their bytes */
	struct step *steps;
	size_t step_cnt;
	struct buf text; /* the leads; what stands behind the last value; LEAD_PAST bytes more */
	size_t end, end_len; /* the latter */
};

/* Those of one kind that were made last. */
struct plans {
	struct plan plan[PLAN_CNT];
	size_t next; /* the one to go */
};

struct sink_json {
	struct sink base;
	struct row *rows;
	size_t row_cnt;
	struct plans plans[EVENT_KIND_CNT];
	struct buf tail; /* the same in every line of a run */
	char boot[ENTITY_BOOT_LEN + 1];
	struct clock_text now; /* two, so that neither pushes out the second of the other */
	struct clock_text past;
	uint64_t sequence;
	uint64_t inexact; /* has bits of this event's text that was not valid UTF-8 */
};

typedef void put_fn(struct sink_json *s, struct buf *b, const struct field *f,
		    const struct event *ev);

static void put_u32(struct sink_json *s, struct buf *b, const struct field *f,
		    const struct event *ev)
{
	(void)s;
	buf_put_u64(b, field_u32(f, ev));
}

static void put_u64(struct sink_json *s, struct buf *b, const struct field *f,
		    const struct event *ev)
{
	(void)s;
	buf_put_u64(b, field_u64(f, ev));
}

static void put_id(struct sink_json *s, struct buf *b, const struct field *f,
		   const struct event *ev)
{
	(void)s;
	buf_put_char(b, '"');
	buf_put_u64(b, field_u32(f, ev));
	buf_put_char(b, '"');
}

static void put_bool(struct sink_json *s, struct buf *b, const struct field *f,
		     const struct event *ev)
{
	(void)s;
	buf_puts(b, *(const bool *)field_at(f, ev) ? "true" : "false");
}

static void put_flag(struct sink_json *s, struct buf *b, const struct field *f,
		     const struct event *ev)
{
	(void)s;
	(void)f;
	(void)ev;
	buf_puts(b, "true");
}

static void put_text(struct sink_json *s, struct buf *b, const struct field *f,
		     const struct event *ev)
{
	if (!json_string(b, field_span(f, ev)))
		s->inexact |= f->has;
}

static void put_exact(struct sink_json *s, struct buf *b, const struct field *f,
		      const struct event *ev)
{
	(void)s;
	json_base64(b, field_span(f, ev));
}

static void put_argv(struct sink_json *s, struct buf *b, const struct field *f,
		     const struct event *ev)
{
	struct span argv = field_span(f, ev), arg;
	char before = '[';

	if (!argv.len)
		buf_put_char(b, '[');
	while (text_next_arg(&argv, &arg)) {
		buf_put_char(b, before);
		if (!json_string(b, arg))
			s->inexact |= f->has;
		before = ',';
	}
	buf_put_char(b, ']');
}

static void put_argv_len(struct sink_json *s, struct buf *b, const struct field *f,
			 const struct event *ev)
{
	(void)s;
	buf_put_u64(b, field_span(f, ev).len);
}

static void put_time(struct sink_json *s, struct buf *b, const struct field *f,
		     const struct event *ev)
{
	struct clock_text *t = f->off == offsetof(struct event, time_ns) ? &s->now : &s->past;

	buf_put_char(b, '"');
	clock_put_rfc3339(t, b, field_u64(f, ev) + (uint64_t)ev->wall_offset_ns);
	buf_put_char(b, '"');
}

static void put_entity(struct sink_json *s, struct buf *b, const struct field *f,
		       const struct event *ev)
{
	uint64_t start_ns = *(const uint64_t *)((const char *)ev + f->off2);

	buf_put_char(b, '"');
	buf_puts(b, s->boot);
	buf_put_char(b, '-');
	buf_put_u64(b, field_u32(f, ev));
	buf_put_char(b, '-');
	buf_put_u64(b, start_ns / ENTITY_TICK_NS);
	buf_put_char(b, '"');
}

static void put_name(struct buf *b, const char *name)
{
	buf_put_char(b, '"');
	buf_puts(b, name);
	buf_put_char(b, '"');
}

static void put_argv_cut(struct sink_json *s, struct buf *b, const struct field *f,
			 const struct event *ev)
{
	(void)s;
	(void)f;
	put_name(b, event_argv_cut_names[ev->argv_cut]);
}

static void put_argv_missing(struct sink_json *s, struct buf *b, const struct field *f,
			     const struct event *ev)
{
	(void)s;
	(void)f;
	put_name(b, event_argv_missing_names[ev->argv_missing]);
}

static void put_lost_reason(struct sink_json *s, struct buf *b, const struct field *f,
			    const struct event *ev)
{
	(void)s;
	(void)f;
	put_name(b, event_lost_names[ev->lost_reason]);
}

static void put_errno(struct sink_json *s, struct buf *b, const struct field *f,
		      const struct event *ev)
{
	const char *name = strerrorname_np((int)field_u32(f, ev));

	if (name)
		put_name(b, name);
	else
		put_id(s, b, f, ev);
}

static void put_kind(struct sink_json *s, struct buf *b, const struct field *f,
		     const struct event *ev)
{
	enum event_kind kind = *(const enum event_kind *)field_at(f, ev);

	(void)s;
	put_name(b, kind < EVENT_KIND_CNT ? event_kind_names[kind] : "unknown");
}

static void put_category(struct sink_json *s, struct buf *b, const struct field *f,
			 const struct event *ev)
{
	static const char *const types[EVENT_KIND_CNT] = {
		[EVENT_EXEC] = "[\"start\"]",  [EVENT_FORK] = "[\"start\"]",
		[EVENT_COMM] = "[\"change\"]", [EVENT_UID] = "[\"change\"]",
		[EVENT_GID] = "[\"change\"]",  [EVENT_SESSION] = "[\"change\"]",
		[EVENT_EXIT] = "[\"end\"]",
	};

	(void)s;
	(void)f;
	buf_puts(b, types[ev->kind] ? types[ev->kind] : "[\"info\"]");
}

static void put_sequence(struct sink_json *s, struct buf *b, const struct field *f,
			 const struct event *ev)
{
	(void)f;
	(void)ev;
	buf_put_u64(b, s->sequence);
}

static void put_literal(struct sink_json *s, struct buf *b, const struct field *f,
			const struct event *ev)
{
	(void)s;
	(void)ev;
	buf_puts(b, f->literal);
}

static void put_string(struct buf *b, const char *str)
{
	json_string(b, (struct span){ str, strlen(str) });
}

static void put_run(struct sink_json *s, struct buf *b, const struct field *f,
		    const struct event *ev)
{
	(void)s;
	put_string(b, (const char *)ev->run + f->off);
}

/* Append {"name":count,...} of those counts that have a name. */
static void put_counts(struct buf *b, const uint64_t *cnt, const char *const *names, size_t len)
{
	char before = '{';

	for (size_t i = 0; i < len; i++) {
		if (!names[i])
			continue;
		buf_put_char(b, before);
		put_name(b, names[i]);
		buf_put_char(b, ':');
		buf_put_u64(b, cnt[i]);
		before = ',';
	}
	buf_put_char(b, '}');
}

static void put_totals(struct sink_json *s, struct buf *b, const struct field *f,
		       const struct event *ev)
{
	const struct totals *t = &ev->run->totals;

	(void)s;
	(void)f;
	buf_puts(b, "{\"events\":");
	put_counts(b, t->events, event_kind_names, EVENT_KIND_CNT);
	buf_puts(b, ",\"lost\":");
	put_counts(b, t->lost, event_lost_names, LOST_REASON_CNT);
	buf_puts(b, ",\"lost_exact\":");
	buf_puts(b, t->lost_inexact ? "false" : "true");
	buf_puts(b, ",\"filtered\":");
	buf_put_u64(b, t->filtered);
	buf_puts(b, ",\"args_truncated\":");
	put_counts(b, t->argv_cut, event_argv_cut_names, ARGV_CUT_CNT);
	buf_puts(b, ",\"args_missing\":");
	put_counts(b, t->argv_missing, event_argv_missing_names, ARGV_MISSING_CNT);
	buf_put_char(b, '}');
}

static put_fn *const puts_[] = {
	[FIELD_U32] = put_u32,
	[FIELD_U64] = put_u64,
	[FIELD_ID] = put_id,
	[FIELD_BOOL] = put_bool,
	[FIELD_FLAG] = put_flag,
	[FIELD_TEXT] = put_text,
	[FIELD_EXACT] = put_exact,
	[FIELD_ARGV] = put_argv,
	[FIELD_ARGV_LEN] = put_argv_len,
	[FIELD_TIME] = put_time,
	[FIELD_ENTITY] = put_entity,
	[FIELD_ARGV_CUT] = put_argv_cut,
	[FIELD_ARGV_MISSING] = put_argv_missing,
	[FIELD_LOST_REASON] = put_lost_reason,
	[FIELD_KIND] = put_kind,
	[FIELD_CATEGORY] = put_category,
	[FIELD_SEQUENCE] = put_sequence,
	[FIELD_LITERAL] = put_literal,
	[FIELD_RUN] = put_run,
	[FIELD_TOTALS] = put_totals,
	[FIELD_DURATION] = put_u64,
	[FIELD_BYTES] = put_u64,
	[FIELD_ENV] = put_argv,
	[FIELD_NAMES] = put_argv,
	[FIELD_ERRNO] = put_errno,
	[FIELD_SUMMARY] = NULL, /* and before it the types that are columns only */
};

_Static_assert(ARRAY_LEN(puts_) == FIELD_TYPE_CNT, "a function for each type");

/* {"agent":...} and what else is the same in every line, without the first brace. */
static void json_tail(struct sink_json *s, const struct run *run)
{
	struct buf *b = &s->tail;

	memcpy(s->boot, run->boot_id, ENTITY_BOOT_LEN);
	/* Entity ids are put as they are: of what is no boot id, they have none of it. */
	s->boot[strspn(s->boot, "0123456789abcdef-")] = '\0';
	b->len = 0;
	buf_puts(b, ",\"agent\":{\"type\":\"execsnoop-c\",\"version\":");
	put_string(b, run->version);
	buf_puts(b, ",\"ephemeral_id\":");
	put_string(b, run->ephemeral_id);
	buf_puts(b, "},\"host\":{\"name\":");
	put_string(b, run->host_name);
	if (*run->host_id) {
		buf_puts(b, ",\"id\":");
		put_string(b, run->host_id);
	}
	buf_puts(b, ",\"boot\":{\"id\":");
	put_string(b, run->boot_id);
	buf_puts(b, "}},\"ecs\":{\"version\":\"" ECS_VERSION "\"}}\n");
}

/* Which objects are open at a place in a line. */
struct place {
	const unsigned char *group; /* NULL: nothing was written yet */
	unsigned int open_cnt;
};

/* From one place to before the value of a row. */
static void json_go(struct buf *b, struct place *at, const struct row *row)
{
	unsigned int common = 0;

	while (common < at->open_cnt && common < row->depth &&
	       at->group[common] == row->group[common])
		common++;
	for (; at->open_cnt > common; at->open_cnt--)
		buf_put_char(b, '}');
	buf_put_char(b, at->group ? ',' : '{');
	buf_put_span(b, buf_span(&row->intro[common]));
	*at = (struct place){ row->group, row->depth };
}

/* The same for every event of a kind in which it is known? */
static bool json_is_constant(const struct field *f)
{
	return f->type == FIELD_LITERAL || f->type == FIELD_CATEGORY || f->type == FIELD_FLAG ||
	       (f->type == FIELD_KIND && f->off == offsetof(struct event, kind));
}

/* Is the row in such a line? */
static bool json_is_in(const struct field *f, const struct plan *p, const struct event *ev)
{
	return (!f->kinds || f->kinds & BIT(ev->kind)) && event_has(ev, f->has) &&
	       (f->type != FIELD_EXACT || p->inexact & f->has);
}

static void plan_done(struct plan *p)
{
	free(p->steps);
	buf_done(&p->text);
	*p = (struct plan){ 0 };
}

/* Prepare the lines that are as that of this event. False if there is no memory. */
static bool json_prepare(struct sink_json *s, struct plan *p, const struct event *ev)
{
	struct place at = { 0 };
	size_t lead = 0;

	p->steps = calloc(s->row_cnt, sizeof(*p->steps));
	for (size_t i = 0; p->steps && i < s->row_cnt; i++) {
		const struct row *row = &s->rows[i];

		if (!json_is_in(row->f, p, ev))
			continue;
		json_go(&p->text, &at, row);
		if (json_is_constant(row->f)) {
			puts_[row->f->type](s, &p->text, row->f, ev);
			continue;
		}
		p->steps[p->step_cnt++] = (struct step){ row->f, lead, p->text.len - lead };
		lead = p->text.len;
	}
	for (; at.open_cnt > 0; at.open_cnt--)
		buf_put_char(&p->text, '}');
	p->end = lead;
	p->end_len = p->text.len - lead;
	buf_room(&p->text, LEAD_PAST);
	return p->steps && !p->text.failed;
}

/* The plan for an event; NULL if there is no memory. */
static const struct plan *json_plan(struct sink_json *s, const struct event *ev, uint64_t inexact)
{
	struct plans *all = &s->plans[ev->kind];
	struct plan *p;

	for (size_t i = 0; i < PLAN_CNT; i++) {
		p = &all->plan[i];
		if (p->has == ev->has && p->inexact == inexact && p->steps)
			return p;
	}
	p = &all->plan[all->next++ % PLAN_CNT];
	plan_done(p);
	p->has = ev->has;
	p->inexact = inexact;
	if (json_prepare(s, p, ev))
		return p;
	plan_done(p);
	return NULL;
}

/* Append a part of a plan's text. */
static inline void json_lead(struct buf *b, const struct plan *p, size_t off, size_t len)
{
	char *at = buf_room(b, len + LEAD_PAST);

	if (!at)
		return;
	for (size_t i = 0; i < len; i += LEAD_PAST)
		memcpy(at + i, p->text.ptr + off + i, LEAD_PAST);
	b->len += len;
}

/* The line, if the texts that are not valid UTF-8 are these; which they are is in s->inexact then. */
static void json_line(struct sink_json *s, struct buf *b, const struct event *ev, uint64_t inexact)
{
	const struct plan *p = json_plan(s, ev, inexact);

	s->inexact = 0;
	if (!p) {
		b->failed = true;
		return;
	}
	for (size_t i = 0; i < p->step_cnt; i++) {
		const struct step *step = &p->steps[i];

		json_lead(b, p, step->lead, step->lead_len);
		puts_[step->f->type](s, b, step->f, ev);
	}
	json_lead(b, p, p->end, p->end_len);
}

static void json_event(struct sink *base, struct buf *b, const struct event *ev)
{
	struct sink_json *s = (struct sink_json *)base;
	size_t start = b->len;

	if (ev->kind == EVENT_START) {
		json_tail(s, ev->run);
		s->sequence = 0; /* a replay can have several runs */
	}
	json_line(s, b, ev, 0);
	if (s->inexact) { /* which is rare */
		b->len = start;
		json_line(s, b, ev, s->inexact);
	}
	s->sequence++;
	buf_put_span(b, buf_span(&s->tail));
}

/* The number of objects around the key, and where each name of the path starts and ends. */
static unsigned int json_split(const char *path, struct span *names)
{
	unsigned int cnt = 0;

	for (;;) {
		names[cnt].ptr = path;
		names[cnt].len = strcspn(path, ".");
		path += names[cnt].len;
		if (!*path++ || cnt == DEPTH_MAX)
			return cnt;
		cnt++;
	}
}

/* Prepare a row; the group numbers go on from those of the row before. */
static void json_row(struct row *row, const struct row *before, const struct field *f,
		     unsigned char *groups)
{
	struct span names[DEPTH_MAX + 1] = { 0 };
	bool same = before;

	row->f = f;
	row->depth = json_split(f->json, names);
	for (unsigned int i = 0; i < row->depth; i++) {
		size_t prefix = (size_t)(names[i].ptr - f->json) + names[i].len + 1;

		same = same && i < before->depth && !strncmp(before->f->json, f->json, prefix);
		row->group[i] = same ? before->group[i] : ++*groups;
	}
	for (unsigned int common = 0; common <= row->depth; common++) {
		struct buf *b = &row->intro[common];

		for (unsigned int i = common; i <= row->depth; i++) {
			buf_put_char(b, '"');
			buf_put_span(b, names[i]);
			buf_puts(b, i < row->depth ? "\":{" : "\":");
		}
	}
}

static void json_close(struct sink *base)
{
	struct sink_json *s = (struct sink_json *)base;

	if (!s)
		return;
	for (size_t i = 0; i < s->row_cnt; i++)
		for (size_t j = 0; j < ARRAY_LEN(s->rows[i].intro); j++)
			buf_done(&s->rows[i].intro[j]);
	for (size_t k = 0; k < EVENT_KIND_CNT; k++)
		for (size_t i = 0; i < PLAN_CNT; i++)
			plan_done(&s->plans[k].plan[i]);
	free(s->rows);
	buf_done(&s->tail);
	free(s);
}

static int json_open(struct sink **out, const struct sink_conf *conf)
{
	struct sink_json *s = calloc(1, sizeof(*s));
	unsigned char groups = 0;

	(void)conf;
	if (!s)
		return -ENOMEM;
	s->base.ops = &sink_json;
	s->rows = calloc(field_cnt, sizeof(*s->rows));
	if (!s->rows) {
		json_close(&s->base);
		return -ENOMEM;
	}
	for (size_t i = 0; i < field_cnt; i++) {
		struct row *row = &s->rows[s->row_cnt];

		if (!fields[i].json)
			continue;
		json_row(row, s->row_cnt ? row - 1 : NULL, &fields[i], &groups);
		s->row_cnt++;
	}
	buf_puts(&s->tail, "}\n");
	*out = &s->base;
	return 0;
}

const struct sink_ops sink_json = {
	.name = "json",
	.open = json_open,
	.event = json_event,
	.close = json_close,
};
