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
#include <sys/stat.h>

#include "buf.h"
#include "clock.h"
#include "command.h"
#include "decode.h"
#include "enrich.h"
#include "filter.h"
#include "flow.h"
#include "log.h"
#include "metrics_file.h"
#include "namespace.h"
#include "notify.h"
#include "opts.h"
#include "opts_filter.h"
#include "out.h"
#include "privilege.h"
#include "procfs.h"
#include "proctab.h"
#include "record.h"
#include "source/replay.h"
#include "stats.h"
#include "version.h"

enum {
	FOLLOW_ROUNDS = 16, /* attempts to have the whole tree in the kernel */
	DRAIN_READS = 64,
	LOG_BURST = 5, /* lines of a kind in LOG_INTERVAL_NS */
};

#define LOG_INTERVAL_NS (30 * NSEC_PER_SEC)
#define METRICS_INTERVAL_NS (15 * NSEC_PER_SEC)

/* Those that a capture has in any case, so that it can be shown in any way. */
#define RECORD_KINDS (BIT(EVENT_EXEC) | BIT(EVENT_FORK) | BIT(EVENT_EXIT))

/*
 * With files that are written to SIGHUP is no end: they may have been rotated. Nor is it from a service
 * manager, which has other signals for that.
 */
static bool pipeline_has_files(const struct opts *o, const struct notify *notify)
{
	const char *record = o->record.path;

	return o->output || (record && strcmp(record, "-") != 0) || notify->fd >= 0;
}

bool pipeline_holds_hangup(const struct opts *opts, const struct notify *notify)
{
	struct stat st;
	bool fifo = opts->output && stat(opts->output, &st) == 0 && S_ISFIFO(st.st_mode);

	return pipeline_has_files(opts, notify) && !opts->command && !opts->replay.file && !fifo;
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
	if (!pipeline_has_files(p->opts, p->notify))
		sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	p->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	/* What ends nothing has a descriptor of its own: the output looks at the first. */
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	if (pipeline_has_files(p->opts, p->notify))
		sigaddset(&set, SIGHUP);
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

	decode_record(p->decode, rec, sizeof(*rec), flow_emit, p);
}

/* The processes that are there; not if their pids in /proc may be those of another namespace. */
static void pipeline_snapshot(struct pipeline *p)
{
	struct procfs *proc = namespace_first_pid() ? procfs_open("/proc") : NULL;

	p->decode = proc ? decode_new() : NULL;
	if (p->decode)
		procfs_snapshot(proc, clock_now_ns(CLOCK_BOOTTIME), pipeline_snapshot_one, p);
	decode_free(TAKE_PTR(p->decode));
	procfs_close(proc);
}

/* What is to be shown and kept, so what must be asked for. */
static int pipeline_plan(struct pipeline *p)
{
	const struct opts *o = p->opts;
	const struct filter_conf *f = &o->filter;
	const uint64_t command = HAS_COMMAND | HAS_PARENT_COMMAND;
	const uint64_t wants = sink_wants(o->sink, &o->view);
	const bool record = o->record.path;
	struct enrich_conf look = { .context = o->context, .env = &o->env };

	p->keep.command = filter_needs_command(f) || wants & command;
	p->keep.ancestry = wants & (HAS_DEPTH | HAS_ANCESTRY);
	p->keep.cgroup = filter_needs_cgroup(f);
	look.cgroup = p->keep.cgroup || record; /* a replay may ask for what this run does not */
	look.command = p->keep.command || record;

	p->conf = o->source;
	p->conf.shown = o->source.kinds;
	p->conf.kinds |= sink_kinds(o->sink, &o->view) | filter_kinds(f, p->conf.shown) |
			 (record ? RECORD_KINDS : 0);
	p->shown = p->conf.shown | MARK_KINDS;
	p->track = p->conf.kinds & BIT(EVENT_EXIT) || wants || p->keep.cgroup || p->keep.command;
	/* The kernel may leave out nothing that is recorded, or that the table learns from. */
	p->conf.tree = record ? 0 : f->pid;
	p->conf.by_uid = f->by_uid && !f->pid && !p->track;
	p->conf.uid = f->uid;

	p->filter_conf = *f;
	p->enrich = enrich_new(&look);
	return p->enrich ? flow_anew(p) : -ENOMEM;
}

/* A source, and where its events are recorded. */
static int pipeline_open_source(struct pipeline *p)
{
	const struct opts *o = p->opts;
	const struct metrics_conf metrics = {
		.path = o->metrics.path,
		.interval_ns =
			o->metrics.interval_ns ? o->metrics.interval_ns : METRICS_INTERVAL_NS,
	};
	int r = o->record.path ? record_open(&p->record, &o->record, p->signal_fd) : 0;

	if (r == 0 && metrics.path)
		r = metrics_file_open(&p->metrics, &metrics);
	if (r < 0)
		return r;
	log_limit(LOG_BURST, LOG_INTERVAL_NS);
	if (o->filter.pid)
		pipeline_snapshot(p);
	return source_pick(&p->source, o->backend, &p->conf, p->run.fallback_reason,
			   sizeof(p->run.fallback_reason));
}

/* What the output wants to do once more: see out_reopen(), and out_flush() of one at a socket. */
static unsigned int pipeline_output_needs(const struct pipeline *p)
{
	if (p->out.peer)
		return NEED_UNIX;
	return p->out.path && !p->command ? NEED_REOPEN : 0;
}

static struct privilege_conf pipeline_privilege(const struct pipeline *p)
{
	struct privilege_conf conf = p->opts->privilege;

	conf.socket = p->out.peer ? out_socket_path(p->out.path) : NULL;
	return conf;
}

/* A capture may be hostile: nothing of it is read before the rights are gone. */
static int pipeline_open_replay(struct pipeline *p)
{
	struct privilege_conf conf = pipeline_privilege(p);
	int r = privilege_drop(&conf, NEED_CAPTURES | pipeline_output_needs(p));

	return r < 0 ? r : replay_open(&p->source, &p->opts->replay);
}

static int pipeline_open(struct pipeline *p)
{
	const struct opts *o = p->opts;
	const char *no_color = getenv("NO_COLOR");
	struct sink_conf conf = { .view = o->view, .kinds = o->source.kinds };
	int r;

	pipeline_files();
	p->out.append = o->append;
	p->out.late = true;
	r = out_open(&p->out, o->output, opts_std_fd(o));
	if (r == 0 &&
	    o->replay.file) /* before signals are held back: a pipe's other end may take its time */
		r = pipeline_open_replay(p);
	if (r < 0)
		return r;
	if (p->source) {
		conf.kinds = flow_kinds(o, replay_part(p->source)->run);
		r = opts_filter_kinds(o, conf.kinds);
		if (r < 0)
			return r;
	}
	r = pipeline_signals(p);
	if (r < 0)
		return r;
	p->out.stop_fd = p->signal_fd;
	conf.color = out_is_tty(&p->out) && !(no_color && *no_color);
	setlocale(LC_CTYPE, "");
	conf.utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8");

	if (pipeline_plan(p) < 0 || o->sink->open(&p->sink, &conf) < 0)
		return log_err(-ENOMEM, "%s output", o->sink->name);
	r = p->source ? 0 : pipeline_open_source(p);
	return r < 0 ? r : out_begin(&p->out);
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
	r = p->source->ops->read(p->source, p->opts->replay.file ? flow_replayed : flow_emit, p);
	flow_flush(p);
	return r;
}

/* The kernel sends SIGHUP when the terminal is gone: that is an end all the same. */
static void pipeline_answer(struct pipeline *p)
{
	struct signalfd_siginfo info;

	while (read(p->ask_fd, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGUSR1)
			flow_summary(p);
		else if (info.ssi_code > 0)
			p->out.stopping = true;
		else
			p->reopen = true;
	}
}

static void pipeline_reopen(struct pipeline *p)
{
	p->reopen = false;
	notify_reloading(p->notify);
	out_reopen(&p->out);
	flow_flush(p); /* to a new reader, what the last one may not have read */
	if (p->record)
		record_reopen(p->record);
	notify_ready(p->notify, NULL);
}

static void pipeline_metrics(struct pipeline *p)
{
	const struct source_ops *ops = p->source->ops;
	struct metrics_state s = {
		.run = &p->run,
		.written = p->out.written,
		.unwritten = p->out.unwritten,
		.filtered = flow_filtered(p),
		.processes = proctab_cnt(p->proctab),
		.processes_max = PROCTAB_MAX,
	};

	if (!p->metrics)
		return;
	if (ops->state)
		ops->state(p->source, &s.source);
	metrics_file_write(p->metrics, &s);
}

/* What is due by now, whatever the output and the capture do. */
static void pipeline_signs(struct pipeline *p, uint64_t now_ns)
{
	log_catch_up(false);
	notify_alive(p->notify, now_ns);
	if (p->metrics && now_ns >= metrics_file_due(p->metrics))
		pipeline_metrics(p);
}

/* What is due by now, whatever the output does. */
static void pipeline_upkeep(struct pipeline *p, uint64_t now_ns)
{
	pipeline_signs(p, now_ns);
	if (p->record)
		record_flush(p->record, now_ns);
}

/* While the capture waits for its reader. */
static void pipeline_record_meanwhile(void *ctx)
{
	const uint64_t now_ns = clock_now_ns(CLOCK_MONOTONIC);
	struct pipeline *p = ctx;

	pipeline_answer(p);
	pipeline_signs(p, now_ns);
	p->out.stopping = p->out.stopping || now_ns >= p->end_ns;
	if (p->out.stopping)
		record_stop(p->record);
}

/* While the output waits for its reader. */
static void pipeline_meanwhile(void *ctx)
{
	const uint64_t now_ns = clock_now_ns(CLOCK_MONOTONIC);
	struct pipeline *p = ctx;

	pipeline_answer(p);
	pipeline_upkeep(p, now_ns);
	p->out.stopping = p->out.stopping || now_ns >= p->end_ns;
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

	if (!p->conf.tree || !ops->follow)
		return;
	for (int i = 0; i < FOLLOW_ROUNDS; i++) {
		filter_each(p->filter, pipeline_follow_one, p);
		filter_watch(p->filter, clock_now_ns(CLOCK_BOOTTIME));
		ops->settle(p->source);
		if (pipeline_drain(p) && !filter_found(p->filter)) {
			ops->narrow(p->source);
			filter_narrowed(p->filter);
			return;
		}
	}
	log_debug("the kernel leaves out nothing: the tree grows too fast");
}

enum {
	POLL_SIGNAL,
	POLL_ASK,
	POLL_URGENT,
	POLL_READER, /* of the output, for its end alone */
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
static uint64_t pipeline_next(const struct pipeline *p, uint64_t read_ns)
{
	const uint64_t due_ns[] = {
		read_ns,
		p->end_ns,
		p->record ? record_due(p->record) : UINT64_MAX,
		p->metrics ? metrics_file_due(p->metrics) : UINT64_MAX,
		p->notify->due_ns,
		log_due(),
	};
	uint64_t next_ns = UINT64_MAX;

	for (size_t i = 0; i < ARRAY_LEN(due_ns); i++)
		next_ns = due_ns[i] < next_ns ? due_ns[i] : next_ns;
	return next_ns;
}

/*
 * When something waits, it is left to gather for latency_ms and then read: the
 * kernel sends no wakeup meanwhile. The first events are shown at once.
 */
static int pipeline_loop(struct pipeline *p)
{
	uint64_t now = clock_now_ns(CLOCK_MONOTONIC);
	uint64_t latency_ns = 0;
	uint64_t read_ns = UINT64_MAX; /* when to read next */
	struct pollfd fds[POLL_CNT] = {
		[POLL_SIGNAL] = { .fd = p->signal_fd, .events = POLLIN },
		[POLL_ASK] = { .fd = p->ask_fd, .events = POLLIN },
		[POLL_URGENT] = { .events = POLLIN },
		[POLL_SOURCE] = { .fd = p->source->ops->fd(p->source), .events = POLLIN },
	};
	int r;

	if (p->opts->duration_ns)
		p->end_ns = now + p->opts->duration_ns;
	while (now < p->end_ns && !p->out.stopping && !p->err) {
		nfds_t cnt = read_ns == UINT64_MAX ? POLL_CNT : POLL_SOURCE;

		fds[POLL_URGENT].fd = p->source->ops->urgent_fd(p->source);
		fds[POLL_READER].fd = out_peer_fd(&p->out);
		r = pipeline_poll(fds, cnt, now, pipeline_next(p, read_ns));
		if (r < 0)
			return r;
		if (fds[POLL_SIGNAL].revents)
			return 0;
		if (fds[POLL_ASK].revents)
			pipeline_answer(p);
		if (p->reopen)
			pipeline_reopen(p);
		if (fds[POLL_READER].revents)
			flow_regain(p);
		now = clock_now_ns(CLOCK_MONOTONIC);
		pipeline_upkeep(p, now);
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

/* What the service manager shows of it. */
static void pipeline_ready(struct pipeline *p)
{
	const struct run *run = &p->run;
	char status[sizeof(run->fallback_reason) + 64];

	snprintf(status, sizeof(status), "tracing with the %s backend%s%s", run->backend,
		 *run->fallback_reason ? ", since " : "", run->fallback_reason);
	notify_ready(p->notify, status);
}

/* Read all that waits and write the end. */
static int pipeline_finish(struct pipeline *p)
{
	int r;

	p->source->ops->stop(p->source);
	p->out.stopping = true;
	if (p->record)
		record_stop(p->record);
	while ((r = pipeline_read(p)) > 0) {
		const struct timespec again = { .tv_nsec = r };

		nanosleep(&again, NULL);
	}
	if (r < 0 && r != -ENODATA)
		return r;
	if (p->source->ops->filtered)
		p->run.totals.filtered += p->source->ops->filtered(p->source);
	p->finished = true;
	flow_retry(p);
	if (!p->opts->replay.file) /* which has an end of its own */
		flow_mark(p, EVENT_END);
	pipeline_metrics(p);
	if (!p->err && p->out.unwritten)
		p->err = p->full ? p->full : -ENOSPC;
	if (p->err && p->err != -EPIPE)
		log_err(p->err, "%s: %ju lines were not written", p->out.name,
			(uintmax_t)p->out.unwritten);
	if (!p->err && p->opts->replay.file && replay_is_wrong(p->source))
		return -EBADMSG;
	return p->err;
}

static int pipeline_close(struct pipeline *p)
{
	int r = record_close(p->record), r2;

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
	metrics_file_close(p->metrics);
	log_catch_up(true);
	log_limit(0, 0);
	r2 = out_close(&p->out);
	return r < 0 ? r : r2;
}

static int pipeline_record_start(struct pipeline *p)
{
	const struct capture_part part = {
		.run = &p->run,
		.collected = p->conf.kinds,
		.tells_all = p->source->ops->tells_all,
		.time_ns = clock_now_ns(CLOCK_BOOTTIME),
		.wall_offset_ns = clock_wall_offset_ns(),
		.tracer_pid = namespace_first_pid() ? (uint32_t)getpid() : 0,
		.command_pid = p->command ? command_pid(p->command) : 0,
	};

	return record_start(p->record, &part);
}

/* All that will be needed is open. */
static int pipeline_drop(struct pipeline *p)
{
	const struct record_conf *record = &p->opts->record;
	struct privilege_conf conf = pipeline_privilege(p);
	bool rotates = record_rotates(record);

	conf.files[0] = p->opts->metrics.path;
	conf.rotated = rotates ? record->path : NULL;
	p->needs = p->source->ops->needs(p->source) | enrich_needs(p->enrich) |
		   (p->command ? NEED_COMMAND : 0) | (rotates || p->metrics ? NEED_FILES : 0) |
		   (p->metrics ? NEED_USAGE : 0) | (record->path && !p->command ? NEED_REOPEN : 0) |
		   pipeline_output_needs(p);
	return privilege_drop(&conf, p->needs);
}

/* Everything before the first event that happens. 0, or -errno, logged. */
static int pipeline_start(struct pipeline *p)
{
	int r;

	pipeline_run_fill(p);
	enrich_batch(p->enrich);
	r = p->record ? pipeline_record_start(p) : 0;
	if (r < 0)
		return r;
	/*
	 * After the source was opened, so that none falls between the two. Exits are told
	 * what they were, and connector events whose parent is whose.
	 */
	p->track |= !p->source->ops->tells_all;
	if (p->track)
		pipeline_snapshot(p);
	/* Not before: what the source tries at its start makes children, and this waits for any child. */
	r = p->command ? command_watch(p->command) : 0;
	if (r == 0)
		r = pipeline_drop(p);
	if (r < 0)
		return r;
	flow_mark(p, EVENT_START);
	p->out.ctx = p;
	p->out.meanwhile = pipeline_meanwhile;
	if (p->record)
		record_meanwhile(p->record, pipeline_record_meanwhile, p);
	pipeline_follow(p);
	privilege_tree_told(&p->opts->privilege, p->needs);
	if (p->command)
		command_release(p->command);
	return 0;
}

/* The clocks must be those of the events. 0, or -errno, logged. */
static int pipeline_clocks(void)
{
	int r = namespace_leave_time();

	return r < 0 ? log_err(r,
			       "the clocks of this time namespace are not the kernel's, which it "
			       "takes CAP_SYS_ADMIN and CAP_SYS_TIME to have; run it outside of "
			       "the container") :
		       0;
}

int pipeline_run(const struct opts *opts, struct command *command, struct notify *notify)
{
	struct pipeline p = { .opts = opts,
			      .command = command,
			      .notify = notify,
			      .out.fd = -1,
			      .signal_fd = -1,
			      .ask_fd = -1,
			      .end_ns = UINT64_MAX };
	int r, r2;

	r = opts->replay.file ? 0 : pipeline_clocks();
	if (r == 0)
		r = privilege_become(&opts->privilege);
	if (r == 0)
		r = pipeline_open(&p);
	if (r == 0 && !opts->replay.file)
		r = pipeline_start(&p);
	if (r == 0) {
		if (!opts->replay.file)
			pipeline_ready(&p);
		r = pipeline_loop(&p);
		notify_stopping(notify);
		if (r == 0)
			r = pipeline_finish(&p);
		if (!opts->replay.file) /* whose runs have had theirs */
			flow_last_words(&p);
	}
	r2 = pipeline_close(&p);
	if (r == -EPIPE)
		r = 0;
	return r < 0 ? r : r2;
}
