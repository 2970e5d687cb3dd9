// SPDX-License-Identifier: BSD-2-Clause
#include "flow.h"

#include <errno.h>
#include <string.h>

#include "buf.h"
#include "clock.h"
#include "enrich.h"
#include "log.h"
#include "opts.h"
#include "record.h"
#include "source/replay.h"
#include "stats.h"

enum {
	BUF_KEEP_LEN = 512 * 1024, /* an output buffer that became larger is given back */
	FLUSH_LEN = 64 * 1024, /* bytes of output that go out before the batch is over */
};

/* A full disk, that is waited for? */
static bool flow_is_full(const struct pipeline *p, int err)
{
	return err < 0 && !p->opts->replay.file && out_is_full(&p->out, err);
}

/* The events whose lines are within the first len bytes of the buffer are delivered. How many are not? */
static size_t flow_delivered(struct pipeline *p, uint64_t len)
{
	struct totals *t = &p->run.totals;
	const struct waiting *w = p->waiting, *end = w + p->waiting_cnt;

	for (; w < end && w->end <= len; w++) {
		t->events[w->kind]++;
		if (w->argv_cut)
			t->argv_cut[w->argv_cut]++;
		if (w->argv_missing)
			t->argv_missing[w->argv_missing]++;
	}
	p->waiting_cnt = 0;
	return (size_t)(end - w);
}

/* Write the buffer, and count what came of its events. 0 or -errno. */
static int flow_write(struct pipeline *p)
{
	uint64_t before = p->out.written;
	int r = out_flush(&p->out, &p->buf);
	size_t missing = flow_delivered(p, p->out.written - before);

	if (flow_is_full(p, r)) {
		p->run.totals.lost[LOST_OUTPUT] += missing;
		p->owed += missing;
	}
	return r;
}

/* Its line into the buffer. */
static void flow_put(struct pipeline *p, const struct event *ev)
{
	struct waiting *w = &p->waiting[p->waiting_cnt];

	if (ev->kind == EVENT_END) /* which is in the totals that it says */
		p->run.totals.events[EVENT_END]++;
	else
		p->waiting_cnt++;
	p->sink->ops->event(p->sink, &p->buf, ev);
	w->end = (uint32_t)p->buf.len;
	w->kind = (uint8_t)ev->kind;
	w->argv_cut = event_has(ev, HAS_ARGV_CUT) ? (uint8_t)ev->argv_cut : ARGV_WHOLE;
	w->argv_missing = event_has(ev, HAS_ARGV_MISSING) ? (uint8_t)ev->argv_missing : ARGV_THERE;
}

/* There is room again, and the first lines are written: tell of those that are not. 0 or -errno. */
static int flow_has_room(struct pipeline *p)
{
	struct event ev = {
		.kind = EVENT_LOST,
		.has = HAS_LOST,
		.time_ns = clock_now_ns(CLOCK_BOOTTIME),
		.lost_kind = EVENT_KIND_CNT,
		.lost_reason = LOST_OUTPUT,
		.lost_cnt = p->owed,
		.lost_exact = true,
	};
	int r;

	enrich_event(p->enrich, &ev);
	flow_put(p, &ev);
	r = flow_write(p);
	if (r < 0)
		return r;
	log_info("%s: writing again, without %ju lines", p->out.name, (uintmax_t)ev.lost_cnt);
	p->owed = 0;
	p->full = 0;
	return 0;
}

void flow_flush(struct pipeline *p)
{
	bool some = p->buf.len; /* nothing finds room on any disk */
	int r = p->err ? p->err : flow_write(p);

	if (r == 0 && p->full && some)
		r = flow_has_room(p);
	if (flow_is_full(p, r)) {
		if (!p->full)
			log_err(r, "%s: events are not written", p->out.name);
		p->full = r;
	} else {
		p->err = r;
	}
	if (p->buf.cap > BUF_KEEP_LEN) /* the line of a long argv */
		buf_done(&p->buf);
}

void flow_retry(struct pipeline *p)
{
	if (p->full && !p->err)
		flow_has_room(p);
}

void flow_regain(struct pipeline *p)
{
	if (!p->err)
		p->err = out_regain(&p->out);
}

int flow_anew(struct pipeline *p)
{
	_cleanup_(buf_done) struct buf wrong = { 0 };
	struct filter *filter = filter_new(&p->filter_conf, &wrong);
	struct stats *stats = p->opts->stats ? stats_new() : NULL;
	struct proctab *proctab;
	bool ok;

	p->keep.root = p->filter_conf.pid;
	proctab = proctab_new(&p->keep);
	ok = proctab && filter && (stats || !p->opts->stats);
	proctab_free(ok ? TAKE(p->proctab, proctab) : proctab);
	filter_free(ok ? TAKE(p->filter, filter) : filter);
	stats_free(ok ? TAKE(p->stats, stats) : stats);
	return ok ? 0 : -ENOMEM;
}

unsigned int flow_kinds(const struct opts *o, const struct run *run)
{
	return o->source.kinds | (o->kinds_given ? 0 : run->kinds);
}

/* A run that is replayed goes on from where it was recorded. */
static void flow_begin(struct pipeline *p)
{
	const struct capture_part *part = replay_part(p->source);

	p->begun = true;
	p->run = *part->run;
	p->run.kinds = flow_kinds(p->opts, part->run);
	p->shown = p->run.kinds | MARK_KINDS;
	p->filter_conf = p->opts->filter;
	if (p->filter_conf.self)
		p->filter_conf.self = part->tracer_pid;
	if (!p->filter_conf.pid)
		p->filter_conf.pid = part->command_pid;
	if (flow_anew(p) < 0)
		p->err = log_err(-ENOMEM, "replay");
}

/* Is it of the time that is asked for? The marks always are. */
static bool flow_in_time(const struct pipeline *p, const struct event *ev)
{
	uint64_t wall_ns = ev->time_ns + (uint64_t)ev->wall_offset_ns;

	return ev->kind == EVENT_START || ev->kind == EVENT_END ||
	       (wall_ns >= p->opts->since_ns &&
		(!p->opts->until_ns || wall_ns < p->opts->until_ns));
}

/* Every event goes through the filter, which learns from it. */
static bool flow_shows(struct pipeline *p, const struct event *ev)
{
	bool pass = filter_pass(p->filter, ev);

	if (!(p->shown & BIT(ev->kind)) || !flow_in_time(p, ev))
		return false;
	if (!pass)
		p->run.totals.filtered++;
	return pass;
}

static void flow_show(struct pipeline *p, const struct event *ev)
{
	if (p->stats)
		stats_count(p->stats, ev);
	totals_lose(&p->run.totals, ev); /* whether it can be told or not */
	if (ev->kind == EVENT_END) /* it says what was written */
		flow_flush(p);
	if (p->err) { /* only counted, to say how much is missing */
		p->out.unwritten++;
		return;
	}
	flow_put(p, ev);
	if (p->buf.len >= FLUSH_LEN || p->waiting_cnt == FLOW_WAITING_MAX)
		flow_flush(p);
}

void flow_emit(void *ctx, struct event *ev)
{
	struct pipeline *p = ctx;

	enrich_event(p->enrich, ev);
	if (p->record)
		record_event(p->record, ev);
	if (p->track)
		proctab_update(p->proctab, ev);
	if (flow_shows(p, ev))
		flow_show(p, ev);
}

uint64_t flow_filtered(const struct pipeline *p)
{
	const struct source_ops *ops = p->source->ops;

	return p->run.totals.filtered +
	       (ops->filtered && !p->finished ? ops->filtered(p->source) : 0);
}

void flow_summary(const struct pipeline *p)
{
	const struct totals *t = &p->run.totals;
	uint64_t lost = totals_lost(t), cut = totals_argv_cut(t), missing = totals_argv_missing(t);
	uint64_t filtered = flow_filtered(p);
	_cleanup_(buf_done) struct buf b = { 0 };

	for (enum event_kind k = 0; k < EVENT_KIND_CNT; k++)
		if (p->run.kinds & BIT(k))
			buf_printf(&b, "%s%ju %s", b.len ? ", " : "", (uintmax_t)t->events[k],
				   event_kind_names[k]);
	buf_printf(&b, "; %s%ju lost, %ju argv cut", t->lost_inexact ? "about " : "",
		   (uintmax_t)lost, (uintmax_t)cut);
	if (missing)
		buf_printf(&b, ", %ju argv missing", (uintmax_t)missing);
	if (filtered)
		buf_printf(&b, ", %ju filtered", (uintmax_t)filtered);
	buf_put_char(&b, '\n');
	if (p->stats)
		stats_put(p->stats, &b);
	if (!b.failed)
		log_answer(b.ptr, b.len);
}

void flow_last_words(const struct pipeline *p)
{
	const struct totals *t = &p->run.totals;

	if (p->stats || p->opts->sink != sink_find("json") || totals_lost(t) ||
	    totals_argv_cut(t) || totals_argv_missing(t))
		flow_summary(p);
}

void flow_replayed(void *ctx, struct event *ev)
{
	struct pipeline *p = ctx;

	if (!p->begun)
		flow_begin(p);
	ev->run = &p->run;
	proctab_update(p->proctab, ev);
	if (flow_shows(p, ev))
		flow_show(p, ev);
	if (ev->kind != EVENT_END)
		return;
	p->begun = false;
	flow_flush(p);
	flow_last_words(p);
}

void flow_mark(struct pipeline *p, enum event_kind kind)
{
	struct event ev = {
		.kind = kind,
		.has = HAS_RUN | (*p->run.fallback_reason ? HAS_FALLBACK : 0) |
		       (*p->run.note ? HAS_NOTE : 0),
		.time_ns = clock_now_ns(CLOCK_BOOTTIME),
		.run = &p->run,
	};

	flow_emit(p, &ev);
	flow_flush(p);
}
