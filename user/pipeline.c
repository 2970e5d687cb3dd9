// SPDX-License-Identifier: BSD-2-Clause
#include "pipeline.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>

#include "buf.h"
#include "clock.h"
#include "decode.h"
#include "enrich.h"
#include "log.h"
#include "opts.h"
#include "out.h"
#include "procfs.h"
#include "proctab.h"
#include "record.h"
#include "source/replay.h"
#include "version.h"

enum {
	BUF_KEEP_LEN = 512 * 1024, /* an output buffer that became larger is given back */
	FLUSH_LEN = 64 * 1024, /* bytes of output that go out before the batch is over */
};

/* Those that --events chooses from. */
#define PIPELINE_KINDS             \
	(BIT(EVENT_KIND_CNT) - 1 - \
	 (BIT(EVENT_START) | BIT(EVENT_SNAPSHOT) | BIT(EVENT_LOST) | BIT(EVENT_END)))
/* Those that a capture has in any case, so that it can be shown in any way. */
#define RECORD_KINDS (BIT(EVENT_EXEC) | BIT(EVENT_FORK) | BIT(EVENT_EXIT))

struct pipeline {
	const struct opts *opts;
	struct source_conf conf; /* what the source was asked for */
	struct source *source;
	struct sink *sink;
	struct enrich *enrich;
	struct proctab *proctab;
	struct record *record; /* NULL: no capture is written */
	struct decode *decode; /* during the snapshot only */
	unsigned int hidden; /* BIT(enum event_kind) that come and are not shown */
	bool track; /* processes: else every event tells all that is wanted */
	struct out out;
	struct buf buf;
	struct run run;
	int signal_fd;
	int err; /* of the output: what comes after it is only counted */
};

static void pipeline_flush(struct pipeline *p)
{
	if (!p->err)
		p->err = out_flush(&p->out, &p->buf);
	if (p->buf.cap > BUF_KEEP_LEN) /* the line of a long argv */
		buf_done(&p->buf);
}

/* An event of a replay goes on from where it was recorded. */
static void pipeline_replayed(struct pipeline *p, struct event *ev)
{
	const struct capture_part *part = replay_part(p->source);

	if (ev->kind == EVENT_START) {
		p->run = *part->run;
		p->track = part->collected & BIT(EVENT_EXIT) || !part->tells_all;
		p->hidden = ~(p->opts->kinds_given ? p->opts->source.kinds : p->run.kinds) &
			    PIPELINE_KINDS;
	}
	ev->run = &p->run;
}

/* Is it of the time that is asked for? The marks always are. */
static bool pipeline_in_time(const struct pipeline *p, const struct event *ev)
{
	uint64_t wall_ns = ev->time_ns + (uint64_t)ev->wall_offset_ns;

	return ev->kind == EVENT_START || ev->kind == EVENT_END ||
	       (wall_ns >= p->opts->since_ns &&
		(!p->opts->until_ns || wall_ns < p->opts->until_ns));
}

/* What is true of the machine at the end of a run is not true of the next. */
static void pipeline_run_over(struct pipeline *p)
{
	struct proctab *proctab = proctab_new();

	if (proctab) {
		proctab_free(p->proctab);
		p->proctab = proctab;
	}
	p->track = true; /* the snapshot of the next comes before its start */
}

static void pipeline_show(struct pipeline *p, struct event *ev)
{
	totals_count(&p->run.totals, ev);
	if (p->err) { /* only counted, to say how much is missing */
		p->out.unwritten++;
		return;
	}
	p->sink->ops->event(p->sink, &p->buf, ev);
	if (p->buf.len >= FLUSH_LEN)
		pipeline_flush(p);
}

static void pipeline_emit(void *ctx, struct event *ev)
{
	struct pipeline *p = ctx;

	if (p->opts->replay.file)
		pipeline_replayed(p, ev);
	else
		enrich_event(p->enrich, ev);
	if (p->record)
		record_event(p->record, ev);
	if (p->track)
		proctab_update(p->proctab, ev);
	if (ev->kind == EVENT_SNAPSHOT || p->hidden & BIT(ev->kind) || !pipeline_in_time(p, ev))
		return;
	pipeline_show(p, ev);
	if (ev->kind == EVENT_END && p->opts->replay.file)
		pipeline_run_over(p);
}

/* EVENT_START or EVENT_END. */
static void pipeline_mark(struct pipeline *p, enum event_kind kind)
{
	struct event ev = {
		.kind = kind,
		.has = HAS_RUN | (*p->run.fallback_reason ? HAS_FALLBACK : 0) |
		       (*p->run.note ? HAS_NOTE : 0),
		.time_ns = clock_now_ns(CLOCK_BOOTTIME),
		.run = &p->run,
	};

	pipeline_emit(p, &ev);
	pipeline_flush(p);
}

/* Signals that end the program come through a descriptor, a closed pipe as an error of write(2). */
static int pipeline_signals(struct pipeline *p)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	signal(SIGPIPE, SIG_IGN);
	sigprocmask(SIG_BLOCK, &set, NULL);
	p->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return p->signal_fd < 0 ? log_err(-errno, "signalfd") : 0;
}

/* Each CPU of a large machine may want some descriptors. */
static void pipeline_files(void)
{
	struct rlimit lim;

	if (getrlimit(RLIMIT_NOFILE, &lim) < 0)
		return;
	lim.rlim_cur = lim.rlim_max;
	setrlimit(RLIMIT_NOFILE, &lim);
}

/* Before signals are held back: a pipe's other end may take its time. */
static int pipeline_open_replay(struct pipeline *p, struct sink_conf *conf)
{
	int r = replay_open(&p->source, &p->opts->replay);

	if (r == 0 && !p->opts->kinds_given)
		conf->kinds = replay_part(p->source)->run->kinds;
	p->track = true;
	return r;
}

/* A source, and where its events are recorded. */
static int pipeline_open_source(struct pipeline *p)
{
	const struct opts *o = p->opts;
	int r = 0;

	p->conf = o->source;
	if (o->record.path) {
		p->conf.kinds |= RECORD_KINDS;
		r = record_open(&p->record, &o->record, p->signal_fd);
	}
	p->hidden = p->conf.kinds & ~o->source.kinds;
	if (r < 0)
		return r;
	return source_pick(&p->source, o->backend, &p->conf, p->run.fallback_reason,
			   sizeof(p->run.fallback_reason));
}

static int pipeline_open(struct pipeline *p)
{
	const struct opts *o = p->opts;
	const char *no_color = getenv("NO_COLOR");
	struct sink_conf conf = { .kinds = o->source.kinds };
	int r;

	pipeline_files();
	if (o->replay.file) {
		r = pipeline_open_replay(p, &conf);
		if (r < 0)
			return r;
	}
	r = out_open(&p->out, o->output);
	if (r < 0)
		return r;
	r = pipeline_signals(p);
	if (r < 0)
		return r;
	p->out.stop_fd = p->signal_fd;
	conf.color = out_is_tty(&p->out) && !(no_color && *no_color);
	setlocale(LC_CTYPE, "");
	conf.utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8");

	p->enrich = enrich_new(o->context);
	p->proctab = proctab_new();
	if (!p->proctab || !p->enrich || o->sink->open(&p->sink, &conf) < 0)
		return log_err(-ENOMEM, "%s output", o->sink->name);
	return p->source ? 0 : pipeline_open_source(p);
}

static void pipeline_snapshot_one(void *ctx, const struct wire_note *rec)
{
	struct pipeline *p = ctx;

	decode_record(p->decode, rec, sizeof(*rec), pipeline_emit, p);
}

/*
 * The processes that are there, after the source was opened: so that none falls between the two.
 * Exits are told what they were, and connector events whose parent is whose.
 */
static void pipeline_snapshot(struct pipeline *p)
{
	struct procfs *proc;

	p->track = p->conf.kinds & BIT(EVENT_EXIT) || !p->source->ops->tells_all;
	proc = p->track ? procfs_open("/proc") : NULL;
	p->decode = proc ? decode_new() : NULL;
	if (p->decode)
		procfs_snapshot(proc, clock_now_ns(CLOCK_BOOTTIME), pipeline_snapshot_one, p);
	decode_free(p->decode);
	procfs_close(proc);
}

static void pipeline_run_fill(struct pipeline *p)
{
	struct run *run = &p->run;

	snprintf(run->version, sizeof(run->version), "%s", VERSION);
	snprintf(run->backend, sizeof(run->backend), "%s", p->source->ops->name);
	snprintf(run->note, sizeof(run->note), "%s", p->source->ops->note(p->source));
	snprintf(run->options, sizeof(run->options), "%s", p->opts->text);
	run->kinds = p->opts->source.kinds;
	enrich_run(run);
	if (*run->fallback_reason)
		log_info("using the %s backend, since %s", run->backend, run->fallback_reason);
	if (*run->note)
		log_info("%s: %s", run->backend, run->note);
}

/* Everything before the first event that happens. */
static void pipeline_start(struct pipeline *p)
{
	if (p->opts->replay.file)
		return;
	pipeline_run_fill(p);
	enrich_batch(p->enrich);
	if (p->record) {
		const struct capture_part part = {
			.run = &p->run,
			.collected = p->conf.kinds,
			.tells_all = p->source->ops->tells_all,
			.time_ns = clock_now_ns(CLOCK_BOOTTIME),
			.wall_offset_ns = clock_wall_offset_ns(),
		};

		record_start(p->record, &part);
	}
	pipeline_snapshot(p);
	pipeline_mark(p, EVENT_START);
}

/* One batch. When to come again, in ns; 0: when something waits; or -errno, logged. */
static int pipeline_read(struct pipeline *p)
{
	int r;

	enrich_batch(p->enrich);
	r = p->source->ops->read(p->source, pipeline_emit, p);
	pipeline_flush(p);
	return r;
}

enum {
	POLL_SIGNAL,
	POLL_URGENT,
	POLL_SOURCE, /* last: left out while events gather */
	POLL_CNT,
};

/* Wait until next_ns (CLOCK_MONOTONIC; UINT64_MAX: for ever) or until one of the first cnt is ready. */
static int pipeline_poll(struct pollfd *fds, nfds_t cnt, uint64_t now_ns, uint64_t next_ns)
{
	const uint64_t wait = next_ns > now_ns ? next_ns - now_ns : 0;
	const struct timespec ts = { .tv_sec = (time_t)(wait / NSEC_PER_SEC),
				     .tv_nsec = (long)(wait % NSEC_PER_SEC) };

	for (nfds_t i = 0; i < POLL_CNT; i++)
		fds[i].revents = 0;
	if (ppoll(fds, cnt, next_ns == UINT64_MAX ? NULL : &ts, NULL) < 0 && errno != EINTR)
		return log_err(-errno, "poll");
	return 0;
}

/* When to wake up, whatever comes. */
static uint64_t pipeline_next(const struct pipeline *p, uint64_t read_ns, uint64_t end_ns)
{
	uint64_t due_ns = p->record ? record_due(p->record) : UINT64_MAX;

	read_ns = read_ns < end_ns ? read_ns : end_ns;
	return read_ns < due_ns ? read_ns : due_ns;
}

/*
 * When something waits, it is left to gather for latency_ms and then read: the
 * kernel sends no wakeup meanwhile. The first events are shown at once.
 */
static int pipeline_loop(struct pipeline *p)
{
	uint64_t now = clock_now_ns(CLOCK_MONOTONIC);
	uint64_t end_ns = p->opts->duration_ns ? now + p->opts->duration_ns : UINT64_MAX;
	uint64_t latency_ns = 0;
	uint64_t read_ns = UINT64_MAX; /* when to read next */
	struct pollfd fds[POLL_CNT] = {
		[POLL_SIGNAL] = { .fd = p->signal_fd, .events = POLLIN },
		[POLL_URGENT] = { .fd = p->source->ops->urgent_fd(p->source), .events = POLLIN },
		[POLL_SOURCE] = { .fd = p->source->ops->fd(p->source), .events = POLLIN },
	};
	int r;

	while (now < end_ns && !p->out.stopping && !p->err) {
		nfds_t cnt = read_ns == UINT64_MAX ? POLL_CNT : POLL_SOURCE;

		r = pipeline_poll(fds, cnt, now, pipeline_next(p, read_ns, end_ns));
		if (r < 0)
			return r;
		if (fds[POLL_SIGNAL].revents)
			return 0;
		now = clock_now_ns(CLOCK_MONOTONIC);
		if (p->record)
			record_flush(p->record, now);
		if (fds[POLL_SOURCE].revents)
			read_ns = now + latency_ns;
		if (now < read_ns && !fds[POLL_URGENT].revents)
			continue;
		r = pipeline_read(p);
		if (r < 0)
			return r == -ENODATA ? 0 : r;
		latency_ns = p->opts->latency_ms * NSEC_PER_MSEC;
		now = clock_now_ns(CLOCK_MONOTONIC);
		read_ns = r > 0 ? now + (uint64_t)r : UINT64_MAX;
	}
	return 0;
}

/* Read all that waits and write the end. */
static int pipeline_finish(struct pipeline *p)
{
	int r;

	p->source->ops->stop(p->source);
	p->out.stopping = true;
	while ((r = pipeline_read(p)) > 0) {
		const struct timespec again = { .tv_nsec = r };

		nanosleep(&again, NULL);
	}
	if (r < 0 && r != -ENODATA)
		return r;
	if (!p->opts->replay.file) /* which has an end of its own */
		pipeline_mark(p, EVENT_END);
	if (p->err && p->err != -EPIPE)
		log_err(p->err, "%s: %ju lines were not written", p->out.name,
			(uintmax_t)p->out.unwritten);
	if (!p->err && p->opts->replay.file && replay_is_wrong(p->source))
		return -EBADMSG;
	return p->err;
}

/* The totals in a line, for a person; always for a table, else only if something is missing. */
static void pipeline_summary(const struct pipeline *p)
{
	const struct totals *t = &p->run.totals;
	uint64_t lost = totals_lost(t), cut = totals_argv_cut(t), missing = totals_argv_missing(t);
	_cleanup_(buf_done) struct buf b = { 0 };

	if (!lost && !cut && !missing && p->opts->sink != sink_list[0])
		return;
	for (enum event_kind k = 0; k < EVENT_KIND_CNT; k++)
		if (p->run.kinds & BIT(k))
			buf_printf(&b, "%s%ju %s", b.len ? ", " : "", (uintmax_t)t->events[k],
				   event_kind_names[k]);
	buf_printf(&b, "; %s%ju lost, %ju argv cut", t->lost_inexact ? "about " : "",
		   (uintmax_t)lost, (uintmax_t)cut);
	if (missing)
		buf_printf(&b, ", %ju argv missing", (uintmax_t)missing);
	if (b.ptr && !b.failed)
		log_info("%.*s", (int)b.len, b.ptr);
}

static int pipeline_close(struct pipeline *p)
{
	int r = record_close(p->record), r2;

	if (p->source)
		p->source->ops->close(p->source);
	if (p->sink)
		p->sink->ops->close(p->sink);
	proctab_free(p->proctab);
	enrich_free(p->enrich);
	buf_done(&p->buf);
	util_close(&p->signal_fd);
	r2 = out_close(&p->out);
	return r < 0 ? r : r2;
}

int pipeline_run(const struct opts *opts)
{
	struct pipeline p = { .opts = opts, .out.fd = -1, .signal_fd = -1 };
	int r, r2;

	r = pipeline_open(&p);
	if (r == 0) {
		pipeline_start(&p);
		r = pipeline_loop(&p);
		if (r == 0)
			r = pipeline_finish(&p);
		if (r == 0)
			pipeline_summary(&p);
	}
	r2 = pipeline_close(&p);
	if (r == -EPIPE)
		r = 0;
	return r < 0 ? r : r2;
}
