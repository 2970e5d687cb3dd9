// SPDX-License-Identifier: BSD-2-Clause
#include "pipeline.h"

#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>

#include "buf.h"
#include "clock.h"
#include "command.h"
#include "decode.h"
#include "enrich.h"
#include "filter.h"
#include "log.h"
#include "opts.h"
#include "out.h"
#include "procfs.h"
#include "proctab.h"
#include "stats.h"
#include "version.h"

enum {
	BUF_KEEP_LEN = 512 * 1024, /* an output buffer that became larger is given back */
	FLUSH_LEN = 64 * 1024, /* bytes of output that go out before the batch is over */
	FOLLOW_ROUNDS = 16, /* attempts to have the whole tree in the kernel */
	DRAIN_READS = 64,
};

struct pipeline {
	const struct opts *opts;
	struct command *command; /* NULL: the whole machine is traced */
	struct source *source;
	struct sink *sink;
	struct enrich *enrich;
	struct proctab *proctab;
	struct stats *stats; /* NULL: not wanted */
	struct filter *filter;
	struct decode *decode; /* during a snapshot only */
	unsigned int shown; /* kinds that the sink gets; others come for table and filter */
	bool track; /* processes: else every event tells all that is wanted */
	struct out out;
	struct buf buf;
	struct run run;
	int signal_fd;
	int ask_fd; /* SIGUSR1: somebody wants to know the totals */
	int err; /* of the output: what comes after it is only counted */
};

static void pipeline_flush(struct pipeline *p)
{
	if (!p->err)
		p->err = out_flush(&p->out, &p->buf);
	if (p->buf.cap > BUF_KEEP_LEN) /* the line of a long argv */
		buf_done(&p->buf);
}

/* Every event goes through the filter, which learns from it. */
static bool pipeline_shows(struct pipeline *p, const struct event *ev)
{
	bool pass = filter_pass(p->filter, ev);

	if (!(p->shown & BIT(ev->kind)))
		return false;
	if (!pass)
		p->run.totals.filtered++;
	return pass;
}

static void pipeline_emit(void *ctx, struct event *ev)
{
	struct pipeline *p = ctx;

	enrich_event(p->enrich, ev);
	if (p->track)
		proctab_update(p->proctab, ev);
	if (!pipeline_shows(p, ev))
		return;
	if (p->stats)
		stats_count(p->stats, ev);
	totals_count(&p->run.totals, ev);
	if (p->err) { /* only counted, to say how much is missing */
		p->out.unwritten++;
		return;
	}
	p->sink->ops->event(p->sink, &p->buf, ev);
	if (p->buf.len >= FLUSH_LEN)
		pipeline_flush(p);
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

	signal(SIGPIPE, SIG_IGN);
	if (p->command) {
		p->signal_fd = fcntl(command_fd(p->command), F_DUPFD_CLOEXEC, 0);
		return p->signal_fd < 0 ? log_err(-errno, "F_DUPFD_CLOEXEC") : 0;
	}
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	p->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	/* One that ends nothing has a descriptor of its own: the output looks at the first. */
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	p->ask_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return p->signal_fd < 0 || p->ask_fd < 0 ? log_err(-errno, "signalfd") : 0;
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

static void pipeline_snapshot_one(void *ctx, const struct wire_note *rec)
{
	struct pipeline *p = ctx;

	decode_record(p->decode, rec, sizeof(*rec), pipeline_emit, p);
}

/* The processes that are there. */
static void pipeline_snapshot(struct pipeline *p)
{
	struct procfs *proc = procfs_open("/proc");

	p->decode = proc ? decode_new() : NULL;
	if (p->decode)
		procfs_snapshot(proc, clock_now_ns(CLOCK_BOOTTIME), pipeline_snapshot_one, p);
	decode_free(TAKE_PTR(p->decode));
	procfs_close(proc);
}

/* What is to be shown and kept, so what must be asked for. */
static int pipeline_plan(struct pipeline *p, struct source_conf *source)
{
	const struct opts *o = p->opts;
	const struct filter_conf *f = &o->filter;
	const uint64_t command = HAS_COMMAND | HAS_PARENT_COMMAND;
	const uint64_t wants = sink_wants(o->sink, &o->view);
	const struct proctab_conf keep = {
		.command = filter_needs_command(f) || wants & command,
		.ancestry = wants & (HAS_DEPTH | HAS_ANCESTRY),
		.cgroup = filter_needs_cgroup(f),
	};
	const struct enrich_conf look = { o->context, keep.cgroup, keep.command, &o->env };
	_cleanup_(buf_done) struct buf wrong = { 0 };

	source->shown = o->source.kinds;
	source->kinds |= sink_kinds(o->sink, &o->view) | filter_kinds(f, source->shown);
	p->shown = source->shown | BIT(EVENT_START) | BIT(EVENT_LOST) | BIT(EVENT_END);
	p->track = source->kinds & BIT(EVENT_EXIT) || wants || keep.cgroup || keep.command;
	source->tree = f->pid;
	/* What the table learns from others' events must come; else the kernel may leave them out. */
	source->by_uid = f->by_uid && !f->pid && !p->track;
	source->uid = f->uid;

	p->enrich = enrich_new(&look);
	p->proctab = proctab_new(&keep);
	p->filter = filter_new(f, &wrong);
	p->stats = o->stats ? stats_new() : NULL;
	return p->enrich && p->proctab && p->filter && (p->stats || !o->stats) ? 0 : -ENOMEM;
}

static int pipeline_open(struct pipeline *p)
{
	const struct opts *o = p->opts;
	const char *no_color = getenv("NO_COLOR");
	struct sink_conf conf = { .view = o->view, .kinds = o->source.kinds };
	struct source_conf source = o->source;
	int r;

	pipeline_files();
	r = out_open(&p->out, o->output, p->command ? STDERR_FILENO : STDOUT_FILENO);
	if (r < 0)
		return r;
	r = pipeline_signals(p);
	if (r < 0)
		return r;
	p->out.stop_fd = p->signal_fd;
	conf.view.rooted = o->filter.pid;
	conf.color = out_is_tty(&p->out) && !(no_color && *no_color);
	setlocale(LC_CTYPE, "");
	conf.utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8");

	if (pipeline_plan(p, &source) < 0 || o->sink->open(&p->sink, &conf) < 0)
		return log_err(-ENOMEM, "%s output", o->sink->name);
	if (o->filter.pid)
		pipeline_snapshot(p);
	return source_pick(&p->source, o->backend, &source, p->run.fallback_reason,
			   sizeof(p->run.fallback_reason));
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

/* One batch. When to come again, in ns; 0: when something waits; or -errno, logged. */
static int pipeline_read(struct pipeline *p)
{
	int r;

	enrich_batch(p->enrich);
	r = p->source->ops->read(p->source, pipeline_emit, p);
	pipeline_flush(p);
	return r;
}

/* The totals in a line, for a person, and what was started most if that is wanted. */
static void pipeline_summary(const struct pipeline *p)
{
	const struct totals *t = &p->run.totals;
	uint64_t lost = totals_lost(t), cut = totals_argv_cut(t), missing = totals_argv_missing(t);
	_cleanup_(buf_done) struct buf b = { 0 };

	for (enum event_kind k = 0; k < EVENT_KIND_CNT; k++)
		if (p->run.kinds & BIT(k))
			buf_printf(&b, "%s%ju %s", b.len ? ", " : "", (uintmax_t)t->events[k],
				   event_kind_names[k]);
	buf_printf(&b, "; %s%ju lost, %ju argv cut", t->lost_inexact ? "about " : "",
		   (uintmax_t)lost, (uintmax_t)cut);
	if (missing)
		buf_printf(&b, ", %ju argv missing", (uintmax_t)missing);
	if (t->filtered)
		buf_printf(&b, ", %ju filtered", (uintmax_t)t->filtered);
	if (b.ptr && !b.failed)
		log_info("%.*s", (int)b.len, b.ptr);
	if (!p->stats)
		return;
	b.len = 0;
	stats_put(p->stats, &b);
	fwrite(b.ptr, 1, b.len, stderr);
}

/* At the end: always for a person or if it was asked for, else only if something is missing. */
static void pipeline_last_words(const struct pipeline *p)
{
	const struct totals *t = &p->run.totals;

	if (p->stats || p->opts->sink != sink_find("json") || totals_lost(t) ||
	    totals_argv_cut(t) || totals_argv_missing(t))
		pipeline_summary(p);
}

static void pipeline_answer(const struct pipeline *p)
{
	struct signalfd_siginfo info;

	if (read(p->ask_fd, &info, sizeof(info)) == sizeof(info))
		pipeline_summary(p);
}

static void pipeline_follow_one(void *ctx, uint32_t pid)
{
	struct pipeline *p = ctx;

	p->source->ops->follow(p->source, pid);
}

/* Read until nothing waits. False if that does not come to an end soon, or fails. */
static bool pipeline_drain(struct pipeline *p)
{
	for (int i = 0; i < DRAIN_READS; i++) {
		int r = pipeline_read(p);
		const struct timespec again = { .tv_nsec = r };

		if (r <= 0)
			return r == 0;
		nanosleep(&again, NULL);
	}
	return false;
}

/*
 * Let the source leave out what is not in the tree, once it knows the tree as well as the filter
 * does. Until then it leaves out nothing, and follows the children of those that it was told.
 *
 * The filter has the members that were there before the source was opened and those there
 * after, from two snapshots; and it learns of others from forks, which wait to be read. A child
 * whose parent the source was told after the fork is unknown to it. So all members are
 * told; then all is read that happened until then; and if that shows no member made before the
 * telling was over, every member of that time was told, and the source itself has seen
 * all forks since. Otherwise once more: each round finds only what forked during the one before.
 *
 * What no snapshot shows, made after the one and gone before the other, is not known to
 * be a member, nor are the children that it left; on no backend.
 */
static void pipeline_follow(struct pipeline *p)
{
	const struct source_ops *ops = p->source->ops;

	if (!p->opts->filter.pid || !ops->follow)
		return;
	for (int i = 0; i < FOLLOW_ROUNDS; i++) {
		filter_each(p->filter, pipeline_follow_one, p);
		filter_watch(p->filter, clock_now_ns(CLOCK_BOOTTIME));
		ops->settle(p->source);
		if (pipeline_drain(p) && !filter_found(p->filter)) {
			ops->narrow(p->source);
			return;
		}
	}
	log_debug("the kernel leaves out nothing: the tree grows too fast");
}

enum {
	POLL_SIGNAL,
	POLL_ASK,
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
		[POLL_ASK] = { .fd = p->ask_fd, .events = POLLIN },
		[POLL_URGENT] = { .fd = p->source->ops->urgent_fd(p->source), .events = POLLIN },
		[POLL_SOURCE] = { .fd = p->source->ops->fd(p->source), .events = POLLIN },
	};
	int r;

	while (now < end_ns && !p->out.stopping && !p->err) {
		nfds_t cnt = read_ns == UINT64_MAX ? POLL_CNT : POLL_SOURCE;

		r = pipeline_poll(fds, cnt, now, read_ns < end_ns ? read_ns : end_ns);
		if (r < 0)
			return r;
		if (fds[POLL_SIGNAL].revents)
			return 0;
		if (fds[POLL_ASK].revents)
			pipeline_answer(p);
		now = clock_now_ns(CLOCK_MONOTONIC);
		if (fds[POLL_SOURCE].revents)
			read_ns = now + latency_ns;
		if (now < read_ns && !fds[POLL_URGENT].revents)
			continue;
		r = pipeline_read(p);
		if (r < 0)
			return r;
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
	if (r < 0)
		return r;
	if (p->source->ops->filtered)
		p->run.totals.filtered += p->source->ops->filtered(p->source);
	pipeline_mark(p, EVENT_END);
	if (p->err && p->err != -EPIPE)
		log_err(p->err, "%s: %ju lines were not written", p->out.name,
			(uintmax_t)p->out.unwritten);
	return p->err;
}

static int pipeline_close(struct pipeline *p)
{
	if (p->source)
		p->source->ops->close(p->source);
	if (p->sink)
		p->sink->ops->close(p->sink);
	stats_free(p->stats);
	proctab_free(p->proctab);
	filter_free(p->filter);
	enrich_free(p->enrich);
	buf_done(&p->buf);
	util_close(&p->signal_fd);
	util_close(&p->ask_fd);
	return out_close(&p->out);
}

int pipeline_run(const struct opts *opts, struct command *command)
{
	struct pipeline p = {
		.opts = opts, .command = command, .out.fd = -1, .signal_fd = -1, .ask_fd = -1
	};
	int r, r2;

	r = pipeline_open(&p);
	if (r == 0) {
		pipeline_run_fill(&p);
		enrich_batch(p.enrich);
		/*
		 * After the source was opened, so that none falls between the two. Exits are told
		 * what they were, and connector events whose parent is whose.
		 */
		p.track |= !p.source->ops->tells_all;
		if (p.track)
			pipeline_snapshot(&p);
		pipeline_mark(&p, EVENT_START);
		pipeline_follow(&p);
		if (command)
			command_release(command);
		r = pipeline_loop(&p);
		if (r == 0)
			r = pipeline_finish(&p);
		if (r == 0)
			pipeline_last_words(&p);
	}
	r2 = pipeline_close(&p);
	if (r == -EPIPE)
		return 0;
	return r < 0 ? r : r2;
}
