// SPDX-License-Identifier: BSD-2-Clause
/*
 * How little tracing can cost: for tests/bench/limit.
 *
 *   limit trace EXEC_LEN EXEC_LINE FORK_LINE EXIT_LINE FILE
 *	traces with the programs of limit.bpf.c, which write records as long as the tracer's,
 *	that of an exec with EXEC_LEN bytes behind struct wire_exec. Writes for each the record,
 *	filled up to a line of so many bytes, into FILE; reads as late as the tracer does. FILE
 *	begins with an empty line, when all is attached. Ends on SIGINT and prints how many
 *	"EXECS FORKS EXITS" there were.
 *
 *   limit empty FILE
 *	attaches empty programs and writes nothing: what it takes to measure a program.
 *
 *   limit measure PID COMMAND [ARG]...
 *	runs COMMAND and prints what process PID, a tracer, used meanwhile, in ns: for each of
 *	its BPF programs "NAME NS", and "cpu NS".
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>

#include "bench/probe.h"
#include "limit.h"
#include "ring.h"
#include "tests/limit.skel.h"
#include "util.h"
#include "wire.h"

enum {
	LATENCY_MS = 10, /* the default of --latency */
	FLUSH_LEN = 64 * 1024, /* as in user/pipeline.c */
	LINE_MAX_LEN = 64 * 1024,
	SETTLE_MS = 300, /* until a tracer has written what it read */
};

extern char **environ;

struct limit {
	struct limit_bpf *skel;
	struct ring ring;
	size_t line_len[LIMIT_CNT];
	uint64_t cnt[LIMIT_CNT];
	int signal_fd;
	int fd; /* of the output */
	int err; /* errno of the first write that failed */
	size_t used; /* of buf */
	char buf[FLUSH_LEN + LINE_MAX_LEN];
	char filler[LINE_MAX_LEN];
};

static int fail(const char *what)
{
	fprintf(stderr, "limit: %s: %s\n", what, strerror(errno));
	return EXIT_FAILURE;
}

static void sleep_ms(unsigned int ms)
{
	const struct timespec ts = { .tv_nsec = (long)(ms * NSEC_PER_MSEC) };

	nanosleep(&ts, NULL);
}

static void flush(struct limit *l)
{
	for (size_t done = 0; done < l->used && !l->err;) {
		ssize_t n = write(l->fd, l->buf + done, l->used - done);

		if (n >= 0)
			done += (size_t)n;
		else if (errno != EINTR)
			l->err = errno;
	}
	l->used = 0;
}

/* The length tells the kind. */
static enum ring_next record(void *ctx, const void *rec, size_t len)
{
	struct limit *l = ctx;
	enum limit_kind kind = LIMIT_EXEC;
	size_t line_len;

	while (kind < LIMIT_CNT && len != l->skel->rodata->limit_len[kind])
		kind++;
	if (kind == LIMIT_CNT)
		return RING_MORE;
	line_len = l->line_len[kind];
	len = len < line_len ? len : line_len;
	memcpy(l->buf + l->used, rec, len);
	memcpy(l->buf + l->used + len, l->filler + len, line_len - len);
	l->used += line_len;
	l->cnt[kind]++;
	if (l->used >= FLUSH_LEN)
		flush(l);
	return RING_MORE;
}

static void drain(struct limit *l)
{
	ring_read(&l->ring, record, l);
	flush(l);
}

static int open_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

static int attach(struct limit *l, const __u32 *record_len)
{
	l->skel = limit_bpf__open();
	if (!l->skel)
		return -errno;
	for (size_t i = 0; i < LIMIT_CNT; i++)
		l->skel->rodata->limit_len[i] = record_len[i];
	if (limit_bpf__load(l->skel) < 0 ||
	    ring_open(&l->ring, bpf_map__fd(l->skel->maps.map_ring), LIMIT_RING_LEN) < 0 ||
	    limit_bpf__attach(l->skel) < 0)
		return -errno;
	return 0;
}

/* Until SIGINT. */
static int follow(struct limit *l)
{
	struct pollfd fds[] = {
		{ .fd = l->signal_fd, .events = POLLIN },
		{ .fd = bpf_map__fd(l->skel->maps.map_ring), .events = POLLIN },
	};

	while (!fds[0].revents && !l->err) {
		if (poll(fds, ARRAY_LEN(fds), -1) < 0 && errno != EINTR)
			return fail("poll");
		if (fds[1].revents)
			sleep_ms(LATENCY_MS);
		drain(l);
	}
	errno = l->err;
	return l->err ? fail("write") : EXIT_SUCCESS;
}

/* The tracer: 0 as a record's length is none. */
static int trace(struct limit *l, const __u32 *record_len, const char *path)
{
	int r;

	memset(l->filler, ' ', sizeof(l->filler));
	l->signal_fd = open_signals();
	l->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
	if (l->signal_fd < 0 || l->fd < 0)
		return fail(path);
	if (attach(l, record_len) < 0)
		return fail("BPF");
	l->buf[l->used++] = '\n';
	flush(l);
	r = follow(l);
	printf("%ju %ju %ju\n", (uintmax_t)l->cnt[LIMIT_EXEC], (uintmax_t)l->cnt[LIMIT_FORK],
	       (uintmax_t)l->cnt[LIMIT_EXIT]);
	ring_close(&l->ring);
	limit_bpf__destroy(l->skel);
	return r;
}

static int trace_main(char **argv)
{
	static struct limit l;
	const __u32 record_len[LIMIT_CNT] = {
		[LIMIT_EXEC] = sizeof(struct wire_exec) + (__u32)strtoul(argv[0], NULL, 10),
		[LIMIT_FORK] = sizeof(struct wire_note),
		[LIMIT_EXIT] = sizeof(struct wire_exit),
	};

	for (size_t i = 0; i < LIMIT_CNT; i++) {
		l.line_len[i] = strtoul(argv[1 + i], NULL, 10);
		if (record_len[i] > LIMIT_RECORD_MAX || l.line_len[i] > LINE_MAX_LEN) {
			errno = ERANGE;
			return fail(argv[1 + i]);
		}
	}
	return trace(&l, record_len, argv[1 + LIMIT_CNT]);
}

static int empty_main(char **argv)
{
	static const __u32 record_len[LIMIT_CNT];
	static struct limit l;

	return trace(&l, record_len, argv[0]);
}

static int run(char **argv)
{
	int status, r;
	pid_t pid;

	r = posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ);
	if (r) {
		errno = r;
		return fail(argv[0]);
	}
	if (waitpid(pid, &status, 0) < 0)
		return fail("waitpid");
	return status ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int measure_main(char **argv)
{
	const pid_t pid = (pid_t)strtol(argv[0], NULL, 10);
	_cleanup_close_ int stats = bpf_enable_stats(BPF_STATS_RUN_TIME);
	struct probe_bpf before, after;
	uint64_t cpu_ns;

	if (stats < 0)
		return fail("BPF_ENABLE_STATS");
	probe_bpf(pid, &before);
	cpu_ns = probe_cpu_ns(pid);
	if (run(argv + 1))
		return EXIT_FAILURE;
	sleep_ms(SETTLE_MS);
	cpu_ns = probe_cpu_ns(pid) - cpu_ns;
	probe_bpf(pid, &after);
	if (before.prog_cnt != after.prog_cnt || !after.prog_cnt) {
		errno = ESRCH;
		return fail(argv[0]);
	}
	for (unsigned int i = 0; i < after.prog_cnt; i++)
		printf("%s %ju\n", after.progs[i].name,
		       (uintmax_t)(after.progs[i].run_ns - before.progs[i].run_ns));
	printf("cpu %ju\n", (uintmax_t)cpu_ns);
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int operands; /* at least */
		int (*main)(char **argv);
	} roles[] = {
		{ "trace", 5, trace_main },
		{ "empty", 1, empty_main },
		{ "measure", 2, measure_main },
	};

	for (size_t i = 0; argc > 1 && i < ARRAY_LEN(roles); i++)
		if (!strcmp(argv[1], roles[i].name) && argc - 2 >= roles[i].operands)
			return roles[i].main(argv + 2);
	fputs("usage: limit trace EXEC_LEN EXEC_LINE FORK_LINE EXIT_LINE FILE\n"
	      "       limit empty FILE\n"
	      "       limit measure PID COMMAND [ARG]...\n",
	      stderr);
	return 2;
}
