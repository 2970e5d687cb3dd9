// SPDX-License-Identifier: BSD-2-Clause
#include "workload.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "../clock.h"
#include "../log.h"
#include "child.h"
#include "stop.h"
#include "usage.h"
#include "user/bench/true.inc"

#ifndef MFD_EXEC
#define MFD_EXEC 0x10u /* since Linux 6.3 */
#endif

enum {
	NAP_NS = 100000000, /* how late a spawner hears that it shall end */
	MARK_LEN = 96,
	ARGS_MAX = 5 + WORKLOAD_ARGV_MAX / WORKLOAD_ARG_LEN + 1,
};

/* What a spawner tells, in memory shared with it. */
struct spawner {
	pid_t pid; /* 0: not started */
	uint64_t cnt;
	uint64_t end_ns;
	double cpu_ns;
	int err; /* errno */
	struct hist life;
};

struct shared {
	atomic_bool stop;
	uint64_t start_ns;
	struct spawner spawners[];
};

int workload_image(void)
{
	int fd = memfd_create("execsnoop-c-bench", MFD_CLOEXEC | MFD_EXEC);

	if (fd < 0 && errno == EINVAL)
		fd = memfd_create("execsnoop-c-bench", MFD_CLOEXEC);
	if (fd < 0)
		return log_err(-errno, "the workload's program (sysctl vm.memfd_noexec?)");
	if (write(fd, bench_true, sizeof(bench_true)) != (ssize_t)sizeof(bench_true)) {
		close(fd);
		return log_err(-EIO, "the workload's program");
	}
	return fd;
}

void workload_tail(struct buf *b, size_t argv_len)
{
	/* argv[0] and the mark, about. */
	const size_t other =
		sizeof("true") + MARK_LEN / 3 + sizeof(WORKLOAD_FLAG WORKLOAD_LAST) + 1;

	if (workload_is_small(argv_len))
		return;
	buf_put(b, WORKLOAD_FLAG, sizeof(WORKLOAD_FLAG));
	for (size_t left = argv_len > other ? argv_len - other : 0; left > 1;) {
		size_t len = left < WORKLOAD_ARG_LEN ? left : WORKLOAD_ARG_LEN;
		char *at = buf_room(b, len);

		if (!at)
			return;
		memset(at, 'x', len - 1);
		at[len - 1] = '\0';
		b->len += len;
		left -= len;
	}
	buf_put(b, WORKLOAD_LAST, sizeof(WORKLOAD_LAST));
}

/* ---- a spawner ---- */

/* Pin to the nth CPU of those this process may use: spawners shall not chase each other. */
static int spawner_pin(unsigned int nth)
{
	cpu_set_t may, one;

	if (sched_getaffinity(0, sizeof(may), &may) < 0)
		return -errno;
	nth %= (unsigned int)CPU_COUNT(&may);
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, &may) || nth--)
			continue;
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		return sched_setaffinity(0, sizeof(one), &one) < 0 ? -errno : 0;
	}
	return -EINVAL;
}

/* One program's life. */
static int spawner_once(const char *image, char **argv)
{
	char *env[] = { NULL };
	int r, status;
	pid_t pid;

	r = posix_spawn(&pid, image, NULL, NULL, argv, env);
	if (r)
		return r;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return errno;
	return status ? ECHILD : 0;
}

/* Sleep until due_ns of CLOCK_MONOTONIC; false if it shall end before. */
static bool spawner_sleep(const struct shared *s, uint64_t due_ns, uint64_t end_ns)
{
	uint64_t now;

	if (due_ns > end_ns)
		due_ns = end_ns;
	while ((now = clock_now_ns(CLOCK_MONOTONIC)) < due_ns) {
		uint64_t until = due_ns - now < NAP_NS ? due_ns : now + NAP_NS;
		const struct timespec ts = { (time_t)(until / NSEC_PER_SEC),
					     (long)(until % NSEC_PER_SEC) };

		if (atomic_load_explicit(&s->stop, memory_order_relaxed))
			return false;
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
	}
	return now < end_ns && !atomic_load_explicit(&s->stop, memory_order_relaxed);
}

/* The nth of the spawners starts every w->cpus-th program, from number nth on. */
static void spawner_loop(const struct workload *w, struct shared *s, unsigned int nth, char **argv)
{
	struct spawner *me = &s->spawners[nth];
	const uint64_t end_ns = s->start_ns + w->duration_ns;
	const double gap_ns = isinf(w->rate) ? 0 : 1e9 / w->rate;
	uint64_t n = nth;

	for (; !me->err; n += w->cpus) {
		uint64_t due_ns = s->start_ns + (uint64_t)((double)n * gap_ns), start_ns;

		if (!spawner_sleep(s, due_ns, end_ns))
			break;
		snprintf(argv[1], MARK_LEN, "%s-%ju", w->mark, (uintmax_t)n);
		start_ns = clock_now_ns(CLOCK_MONOTONIC);
		me->err = spawner_once(w->image, argv);
		hist_add(&me->life, clock_now_ns(CLOCK_MONOTONIC) - start_ns);
		me->cnt++;
	}
}

/* User and system time of this process and of all that it has waited for, ns. */
static double spawner_cpu_ns(void)
{
	struct rusage self, children;

	getrusage(RUSAGE_SELF, &self);
	getrusage(RUSAGE_CHILDREN, &children);
	return usage_cpu_ns(&self) + usage_cpu_ns(&children);
}

/* In the child: does not return. It starts once gate can be read, and dies with parent. */
static void spawner_main(const struct workload *w, struct shared *s, unsigned int nth, int gate,
			 pid_t parent)
{
	struct buf tail = { 0 };
	char name[] = "true", small[] = "t", mark[MARK_LEN], go;
	char *argv[ARGS_MAX + 1] = { workload_is_small(w->argv_len) ? small : name, mark };
	double cpu_ns;
	size_t args = 2;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	workload_tail(&tail, w->argv_len);
	for (char *at = tail.ptr; at && at < tail.ptr + tail.len && args < ARGS_MAX;
	     at += strlen(at) + 1)
		argv[args++] = at;
	s->spawners[nth].err = tail.failed ? ENOMEM : -spawner_pin(nth);
	if (getppid() != parent || read(gate, &go, 1) != 1)
		_exit(1);
	cpu_ns = spawner_cpu_ns();
	spawner_loop(w, s, nth, argv);
	s->spawners[nth].end_ns = clock_now_ns(CLOCK_MONOTONIC);
	s->spawners[nth].cpu_ns = spawner_cpu_ns() - cpu_ns;
	_exit(0);
}

/* ---- all of them ---- */

/* Start them; they wait at the gate, and have `done` open for as long as they live. */
static int programs_fork(const struct workload *w, struct shared *s, int gate[2], int done[2])
{
	pid_t parent = getpid();

	for (unsigned int i = 0; i < w->cpus; i++) {
		pid_t pid = fork();

		if (pid < 0)
			return log_err(-errno, "fork");
		if (!pid) {
			close(gate[1]);
			close(done[0]);
			spawner_main(w, s, i, gate[0], parent);
		}
		s->spawners[i].pid = pid;
	}
	return 0;
}

/* Open the gate and wait for all. -EINTR if the user wants an end, which they are told. */
static int programs_wait(const struct workload *w, struct shared *s, int gate, int done,
			 struct stop *stop)
{
	int r = stop_wait(stop, -1, 20); /* all reach the gate: their own start does not count */

	s->start_ns = clock_now_ns(CLOCK_MONOTONIC);
	for (unsigned int i = 0; i < w->cpus && r == 0; i++)
		if (write(gate, "", 1) != 1)
			r = log_err(-EIO, "starting the workload");
	if (r == 0)
		r = stop_wait(stop, done, -1);
	atomic_store(&s->stop, true);
	return r < 0 ? r : 0;
}

/* Reap all. What err says is of more interest than how they ended. */
static int programs_reap(const struct workload *w, const struct shared *s, int err)
{
	for (unsigned int i = 0; i < w->cpus && s->spawners[i].pid; i++) {
		int status = 0;

		while (waitpid(s->spawners[i].pid, &status, 0) < 0 && errno == EINTR)
			;
		if (err || !status)
			continue;
		if (WIFSIGNALED(status))
			log_err(0, "a spawner was killed by signal %d", WTERMSIG(status));
		else
			log_err(0, "a spawner ended with status %d", WEXITSTATUS(status));
		err = -ECHILD;
	}
	return err;
}

static int programs_sum(const struct workload *w, const struct shared *s, struct workload_result *r)
{
	for (unsigned int i = 0; i < w->cpus; i++) {
		const struct spawner *one = &s->spawners[i];

		if (one->err)
			return log_err(-one->err, "a program of the workload could not be run");
		r->cnt += one->cnt;
		r->cpu_ns += one->cpu_ns;
		hist_merge(&r->life, &one->life);
		if (one->cnt && (one->cnt - 1) * w->cpus + i >= r->number_end)
			r->number_end = (one->cnt - 1) * w->cpus + i + 1;
		if (one->end_ns - s->start_ns > r->wall_ns)
			r->wall_ns = one->end_ns - s->start_ns;
	}
	return 0;
}

static int programs_run_in(const struct workload *w, struct stop *stop, struct shared *s)
{
	int gate[2], done[2], r;

	if (pipe2(gate, O_CLOEXEC) < 0)
		return log_err(-errno, "pipe");
	if (pipe2(done, O_CLOEXEC) < 0) {
		r = log_err(-errno, "pipe");
	} else {
		r = programs_fork(w, s, gate, done);
		close(done[1]);
		if (r == 0)
			r = programs_wait(w, s, gate[1], done[0], stop);
		close(done[0]);
	}
	close(gate[0]);
	close(gate[1]);
	return programs_reap(w, s, r);
}

static int programs_run(const struct workload *w, struct stop *stop, struct workload_result *r)
{
	const size_t len = sizeof(struct shared) + w->cpus * sizeof(struct spawner);
	struct shared *s =
		mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int err;

	if (s == MAP_FAILED)
		return log_err(-ENOMEM, "the workload");
	err = programs_run_in(w, stop, s);
	if (err == 0)
		err = programs_sum(w, s, r);
	munmap(s, len);
	return err;
}

/* ---- the user's command, and nothing at all ---- */

static int command_run(const struct workload *w, struct stop *stop, struct workload_result *r)
{
	_cleanup_close_ int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	uint64_t start_ns = clock_now_ns(CLOCK_MONOTONIC);
	struct child c = { 0, -1 };
	int status, err;

	err = child_start(&c, w->command, null, STDERR_FILENO);
	if (err < 0)
		return log_err(err, "cannot run %s", w->command[0]);
	err = child_wait(&c, stop, -1, &status, &r->cpu_ns);
	child_end(&c);
	if (err < 0)
		return err;
	r->wall_ns = clock_now_ns(CLOCK_MONOTONIC) - start_ns;
	if (WIFSIGNALED(status))
		log_err(0,
			"%s was killed by signal %d; only a command that succeeds can be measured",
			w->command[0], WTERMSIG(status));
	else if (WEXITSTATUS(status))
		log_err(0, "%s exited with status %d; only a command that succeeds can be measured",
			w->command[0], WEXITSTATUS(status));
	return status ? -ECHILD : 0;
}

static int idle_run(const struct workload *w, struct stop *stop, struct workload_result *r)
{
	uint64_t start_ns = clock_now_ns(CLOCK_MONOTONIC);
	int err = stop_wait(stop, -1, (int)(w->duration_ns / NSEC_PER_MSEC));

	r->wall_ns = clock_now_ns(CLOCK_MONOTONIC) - start_ns;
	return err;
}

int workload_run(const struct workload *w, struct stop *stop, struct workload_result *r)
{
	*r = (struct workload_result){ 0 };
	if (w->command)
		return command_run(w, stop, r);
	if (w->rate <= 0)
		return idle_run(w, stop, r);
	return programs_run(w, stop, r);
}
