// SPDX-License-Identifier: BSD-2-Clause
/*
 * The load of tests/bench/listeners.
 *
 *   storm [-j JOBS] [-n COUNT] [-g GAP_US] -m MARK PROGRAM
 *	starts PROGRAM COUNT times from JOBS spawners (one per CPU), each of them
 *	pinned to a CPU and waiting for what it started. Every program gets an
 *	argument of its own, MARK-<n>. -g sleeps after each. Prints "WALL_NS
 *	WALL_NS_PER_EXEC CPU_NS_PER_EXEC", the last from the programs' rusage.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define NS_PER_SEC 1000000000ULL

struct storm {
	unsigned long jobs;
	unsigned long count;
	unsigned long gap_us;
	const char *mark;
	char **operands;
};

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * NS_PER_SEC + (uint64_t)ts.tv_nsec;
}

static int fail(const char *what)
{
	fprintf(stderr, "storm: %s: %s\n", what, strerror(errno));
	return EXIT_FAILURE;
}

/* Pin to the @nth CPU of those this process may use: spawners shall not chase each other. */
static int pin(unsigned long nth)
{
	cpu_set_t may, one;

	if (sched_getaffinity(0, sizeof(may), &may))
		return -errno;
	nth %= (unsigned long)CPU_COUNT(&may);
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, &may) || nth--)
			continue;
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		return sched_setaffinity(0, sizeof(one), &one) ? -errno : 0;
	}
	return -EINVAL;
}

static int run_once(char **argv)
{
	char *env[] = { NULL };
	int r, status;
	pid_t pid;

	r = posix_spawn(&pid, argv[0], NULL, NULL, argv, env);
	if (r)
		return -r;
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return -errno;
	}
	return status ? -ECHILD : 0;
}

/* One spawner: every JOBSth number from @job on, so that no two programs get the same. */
static int spawner(const struct storm *s, unsigned long job)
{
	char mark[256], flag[] = "-la", file[] = "/etc/hostname";
	char *argv[] = { s->operands[0], mark, flag, file, NULL };

	for (unsigned long n = job; n < s->count; n += s->jobs) {
		int r;

		snprintf(mark, sizeof(mark), "%s-%lu", s->mark, n);
		r = run_once(argv);
		if (r) {
			errno = -r;
			return fail(argv[0]);
		}
		if (s->gap_us)
			usleep((useconds_t)s->gap_us);
	}
	return EXIT_SUCCESS;
}

/* The child of start_jobs(): waits for its byte of @gate, and dies with @parent. */
static int job_main(const struct storm *s, unsigned long job, int gate, pid_t parent)
{
	char go;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent || pin(job) || read(gate, &go, 1) != 1)
		return EXIT_FAILURE;
	return spawner(s, job);
}

static int start_jobs(const struct storm *s, int gate)
{
	pid_t parent = getpid();

	for (unsigned long job = 0; job < s->jobs; job++) {
		pid_t pid = fork();

		if (pid < 0)
			return -errno;
		if (!pid)
			_exit(job_main(s, job, gate, parent));
	}
	return 0;
}

static int wait_jobs(const struct storm *s)
{
	int status, worst = EXIT_SUCCESS;

	for (unsigned long job = 0; job < s->jobs; job++) {
		if (wait(&status) < 0)
			return fail("wait");
		if (status)
			worst = EXIT_FAILURE;
	}
	return worst;
}

/* What the waited-for children and theirs used, ns. */
static double cpu_used(void)
{
	struct rusage u;

	getrusage(RUSAGE_CHILDREN, &u);
	return ((double)u.ru_utime.tv_sec + (double)u.ru_stime.tv_sec) * 1e9 +
	       ((double)u.ru_utime.tv_usec + (double)u.ru_stime.tv_usec) * 1e3;
}

static int storm_run(const struct storm *s)
{
	uint64_t start, wall;
	int gate[2];

	if (pipe2(gate, O_CLOEXEC))
		return fail("pipe");
	if (start_jobs(s, gate[0]))
		return fail("fork");
	/* Let all of them reach the gate: their own start is not part of the storm. */
	usleep(20000);
	start = now_ns();
	for (unsigned long job = 0; job < s->jobs; job++) {
		if (write(gate[1], "", 1) != 1)
			return fail("write");
	}
	if (wait_jobs(s))
		return EXIT_FAILURE;
	wall = now_ns() - start;
	printf("%llu %llu %.0f\n", (unsigned long long)wall, (unsigned long long)(wall / s->count),
	       cpu_used() / (double)s->count);
	return EXIT_SUCCESS;
}

static int usage(void)
{
	fputs("usage: storm [-j JOBS] [-n COUNT] [-g GAP_US] -m MARK PROGRAM\n", stderr);
	return 2;
}

static int parse(struct storm *s, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "jobs", required_argument, NULL, 'j' },
		{ "count", required_argument, NULL, 'n' },
		{ "gap", required_argument, NULL, 'g' },
		{ "mark", required_argument, NULL, 'm' },
		{ NULL, 0, NULL, 0 },
	};
	const struct {
		int opt;
		unsigned long *number;
		const char **text;
	} table[] = {
		{ 'j', &s->jobs, NULL },
		{ 'n', &s->count, NULL },
		{ 'g', &s->gap_us, NULL },
		{ 'm', NULL, &s->mark },
	};
	int opt;

	/* '+': what follows the first operand belongs to COMMAND. */
	while ((opt = getopt_long(argc, argv, "+j:n:g:m:", longs, NULL)) != -1) {
		size_t i;

		for (i = 0; i < ARRAY_SIZE(table) && table[i].opt != opt; i++)
			;
		if (i == ARRAY_SIZE(table))
			return -EINVAL;
		if (table[i].text)
			*table[i].text = optarg;
		else
			*table[i].number = strtoul(optarg, NULL, 10);
	}
	s->operands = argv + optind;
	return 0;
}

int main(int argc, char **argv)
{
	struct storm s = { .jobs = (unsigned long)sysconf(_SC_NPROCESSORS_ONLN), .count = 10000 };

	if (parse(&s, argc, argv))
		return usage();
	if (!s.operands[0] || !s.mark || !s.jobs || !s.count)
		return usage();
	return storm_run(&s);
}
