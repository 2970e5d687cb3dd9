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
 *	its BPF programs "NAME NS", if it has any, and "cpu NS".
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>

#include "bench/probe.h"
#include "limit.h"
#include "limit_tracer.h"
#include "ring.h"
#include "tests/limit.skel.h"
#include "util.h"
#include "wire.h"

enum {
	SETTLE_US = 300 * 1000, /* until a tracer has written what it read */
};

extern char **environ;

struct limit {
	struct limit_tracer tracer;
	struct limit_bpf *skel;
	struct ring ring;
};

/* The length tells the kind. */
static enum ring_next record(void *ctx, const void *rec, size_t len)
{
	struct limit *l = ctx;
	enum limit_kind kind = LIMIT_EXEC;

	while (kind < LIMIT_CNT && len != l->skel->rodata->limit_len[kind])
		kind++;
	if (kind < LIMIT_CNT)
		limit_tracer_line(&l->tracer, kind, rec, len);
	return RING_MORE;
}

static void take(void *ctx)
{
	struct limit *l = ctx;

	ring_read(&l->ring, record, l);
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

/* The tracer: 0 as a record's length is none. */
static int trace(const __u32 *record_len, char **line_lens, const char *path)
{
	static struct limit l;
	int r = limit_tracer_open(&l.tracer, line_lens, path);

	if (r)
		return r;
	if (attach(&l, record_len) < 0)
		return limit_tracer_fail("BPF");
	r = limit_tracer_run(&l.tracer, bpf_map__fd(l.skel->maps.map_ring), take, &l);
	ring_close(&l.ring);
	limit_bpf__destroy(l.skel);
	return r;
}

static int trace_main(char **argv)
{
	const __u32 record_len[LIMIT_CNT] = {
		[LIMIT_EXEC] = sizeof(struct wire_exec) + (__u32)strtoul(argv[0], NULL, 10),
		[LIMIT_FORK] = sizeof(struct wire_note),
		[LIMIT_EXIT] = sizeof(struct wire_exit),
	};

	if (record_len[LIMIT_EXEC] > LIMIT_RECORD_MAX) {
		errno = ERANGE;
		return limit_tracer_fail(argv[0]);
	}
	return trace(record_len, argv + 1, argv[1 + LIMIT_CNT]);
}

static int empty_main(char **argv)
{
	static const __u32 record_len[LIMIT_CNT];

	return trace(record_len, NULL, argv[0]);
}

static int run(char **argv)
{
	int status, r;
	pid_t pid;

	r = posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ);
	if (r) {
		errno = r;
		return limit_tracer_fail(argv[0]);
	}
	if (waitpid(pid, &status, 0) < 0)
		return limit_tracer_fail("waitpid");
	return status ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int measure_main(char **argv)
{
	const pid_t pid = (pid_t)strtol(argv[0], NULL, 10);
	_cleanup_close_ int stats = -1;
	struct probe_bpf before, after;
	uint64_t cpu_ns, cpu_after_ns;

	probe_bpf(pid, &before);
	if (before.prog_cnt)
		stats = bpf_enable_stats(BPF_STATS_RUN_TIME);
	if (before.prog_cnt && stats < 0)
		return limit_tracer_fail("BPF_ENABLE_STATS");
	cpu_ns = probe_cpu_ns(pid);
	if (run(argv + 1))
		return EXIT_FAILURE;
	usleep(SETTLE_US);
	cpu_after_ns = probe_cpu_ns(pid);
	probe_bpf(pid, &after);
	if (!cpu_after_ns || before.prog_cnt != after.prog_cnt) {
		errno = ESRCH;
		return limit_tracer_fail(argv[0]);
	}
	for (unsigned int i = 0; i < after.prog_cnt; i++)
		printf("%s %ju\n", after.progs[i].name,
		       (uintmax_t)(after.progs[i].run_ns - before.progs[i].run_ns));
	printf("cpu %ju\n", (uintmax_t)(cpu_after_ns - cpu_ns));
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
