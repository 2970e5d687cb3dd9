// SPDX-License-Identifier: BSD-2-Clause
/*
 * How little tracing with the proc connector can cost: for tests/bench/limit.
 *
 *   limit_cn EXEC_LINE FORK_LINE EXIT_LINE FILE
 *	makes only the system calls without which what execsnoop-c tells cannot be known, and
 *	keeps nothing of what they say. For each CPU a thread with the lowest real-time priority
 *	and a socket of its own: for each exec there argv, environment and file name, stat, the
 *	owner, and the binary's path. Beside them one socket for all that happens; each message
 *	is written, filled up to a line of so many bytes, into FILE, as late as the tracer does.
 *	FILE begins with an empty line, when all is attached. Ends on SIGINT and prints how many
 *	"EXECS FORKS EXITS" there were.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include "limit_tracer.h"
#include "source/cn_socket.h"
#include "util.h"
#include "wire.h"

enum {
	RCVBUF_LEN = 32 << 20, /* as in user/source/connector.c */
	READER_RCVBUF_LEN = 2 << 20, /* as in user/source/reader.c */
	STAT_LEN = 1024,
	LINK_LEN = 4096,
	MEMORY_LEN = 128 * 1024, /* of argv, environment and file name as much as goes into it */
	MISSED_PERCENT = 1, /* of execs whose program was gone: more is not a limit */
};

struct reader {
	pthread_t thread;
	int fd;
	int proc_fd; /* its own: to share one costs */
	uint64_t cnt; /* execs of which all was read */
	char memory[MEMORY_LEN];
};

struct limit_cn {
	struct limit_tracer tracer;
	int fd;
	struct reader *readers[CPU_SETSIZE]; /* NULL where there is none */
};

/* Of the numbers at the end of stat: arg_start, arg_end, env_start, env_end, exit_code; proc(5). */
static bool reader_parse(const char *stat, size_t len, uint64_t *arg_start, uint64_t *env_end)
{
	const char *numbers[5], *at = stat + len;

	for (size_t i = ARRAY_LEN(numbers); i-- > 0;) {
		at = memrchr(stat, ' ', (size_t)(at - stat));
		if (!at)
			return false;
		numbers[i] = at;
	}
	*arg_start = strtoull(numbers[0], NULL, 10);
	*env_end = strtoull(numbers[3], NULL, 10);
	return *arg_start && *env_end >= *arg_start;
}

static bool reader_stat(const struct reader *r, const char *path, uint64_t *arg_start,
			uint64_t *env_end)
{
	_cleanup_close_ int fd = openat(r->proc_fd, path, O_RDONLY | O_CLOEXEC);
	char text[STAT_LEN];
	ssize_t len = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (len < 0)
		return false;
	text[len] = '\0';
	return reader_parse(text, (size_t)len, arg_start, env_end);
}

/* Whatever can be read up to where the file name ends at the latest, with one range: it lies together. */
static bool reader_memory(struct reader *r, pid_t pid, uint64_t arg_start, uint64_t env_end)
{
	const size_t len = env_end - arg_start + WIRE_NAME_MAX;
	const struct iovec here = { r->memory, len < MEMORY_LEN ? len : MEMORY_LEN };
	const struct iovec there = { (void *)arg_start, here.iov_len };

	return process_vm_readv(pid, &here, 1, &there, 1, 0) > 0;
}

static void reader_exec(void *ctx, const struct cn_msg_proc *msg)
{
	struct reader *r = ctx;
	const pid_t pid = msg->event.event_data.exec.process_tgid;
	uint64_t arg_start, env_end;
	char path[32], link[LINK_LEN];
	char *name = path + snprintf(path, sizeof(path), "%d", pid);
	struct stat st;

	if (msg->event.what != PROC_EVENT_EXEC)
		return;
	stpcpy(name, "/stat");
	if (!reader_stat(r, path, &arg_start, &env_end))
		return;
	*name = '\0';
	if (fstatat(r->proc_fd, path, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
	    !reader_memory(r, pid, arg_start, env_end))
		return;
	stpcpy(name, "/exe");
	if (readlinkat(r->proc_fd, path, link, sizeof(link)) > 0)
		__atomic_store_n(&r->cnt, r->cnt + 1, __ATOMIC_RELAXED);
}

static void *reader_run(void *arg)
{
	struct reader *r = arg;

	while (cn_socket_wait(r->fd, reader_exec, r) == 0)
		;
	return NULL;
}

/* 0, or errno. It ends with the program. */
static int reader_start(struct reader *r, int cpu)
{
	const struct cn_socket_conf conf = {
		.mask = PROC_EVENT_EXEC,
		.cpu = cpu,
		.rcvbuf = READER_RCVBUF_LEN,
	};
	const struct sched_param param = { .sched_priority = sched_get_priority_min(SCHED_FIFO) };
	struct source_why why = { 0 };
	cpu_set_t one;
	int err;

	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	r->proc_fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	err = r->proc_fd < 0 ? errno : -cn_socket_open(&r->fd, &conf, &why);
	if (!err)
		err = pthread_create(&r->thread, NULL, reader_run, r);
	if (!err)
		err = pthread_setaffinity_np(r->thread, sizeof(one), &one);
	if (!err)
		err = pthread_setschedparam(r->thread, SCHED_FIFO, &param);
	return err;
}

static void message(void *ctx, const struct cn_msg_proc *msg)
{
	struct limit_tracer *t = ctx;
	const struct proc_event *ev = &msg->event;

	switch ((uint32_t)ev->what) {
	case PROC_EVENT_EXEC:
		limit_tracer_line(t, LIMIT_EXEC, ev, sizeof(*ev));
		break;
	case PROC_EVENT_FORK:
		if (ev->event_data.fork.child_pid == ev->event_data.fork.child_tgid)
			limit_tracer_line(t, LIMIT_FORK, ev, sizeof(*ev));
		break;
	case PROC_EVENT_EXIT:
		if (ev->event_data.exit.process_pid == ev->event_data.exit.process_tgid)
			limit_tracer_line(t, LIMIT_EXIT, ev, sizeof(*ev));
		break;
	default:
		break;
	}
}

static void take(void *ctx)
{
	struct limit_cn *l = ctx;

	while (cn_socket_recv(l->fd, message, &l->tracer) > 0)
		;
}

static int attach(struct limit_cn *l)
{
	const struct cn_socket_conf conf = {
		.mask = PROC_EVENT_FORK | PROC_EVENT_EXEC | PROC_EVENT_EXIT,
		.threads = true, /* the tracer must count them, to know a process's last */
		.cpu = -1,
		.rcvbuf = RCVBUF_LEN,
	};
	struct source_why why = { 0 };
	cpu_set_t may;
	int r = cn_socket_open(&l->fd, &conf, &why);

	if (r < 0) {
		errno = -r;
		return limit_tracer_fail(why.cause);
	}
	if (sched_getaffinity(0, sizeof(may), &may) < 0)
		return limit_tracer_fail("CPUs");
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, &may))
			continue;
		l->readers[cpu] = calloc(1, sizeof(struct reader));
		errno = l->readers[cpu] ? reader_start(l->readers[cpu], cpu) : ENOMEM;
		if (errno)
			return limit_tracer_fail("reader");
	}
	return EXIT_SUCCESS;
}

/* End what the kernel counts, see cn_socket_ignore(). False if readers had not what they should have. */
static bool detach(struct limit_cn *l)
{
	const uint64_t execs = l->tracer.cnt[LIMIT_EXEC];
	uint64_t cnt = 0;

	cn_socket_ignore(l->fd);
	for (size_t i = 0; i < ARRAY_LEN(l->readers); i++) {
		if (!l->readers[i])
			continue;
		cn_socket_ignore(l->readers[i]->fd);
		cnt += __atomic_load_n(&l->readers[i]->cnt, __ATOMIC_RELAXED);
	}
	if (cnt * 100 >= execs * (100 - MISSED_PERCENT))
		return true;
	fprintf(stderr, "limit_cn: of %ju execs only %ju were read\n", (uintmax_t)execs,
		(uintmax_t)cnt);
	return false;
}

int main(int argc, char **argv)
{
	static struct limit_cn l;
	int r;

	if (argc != 2 + LIMIT_CNT) {
		fputs("usage: limit_cn EXEC_LINE FORK_LINE EXIT_LINE FILE\n", stderr);
		return 2;
	}
	r = limit_tracer_open(&l.tracer, argv + 1, argv[1 + LIMIT_CNT]);
	if (!r)
		r = attach(&l);
	if (!r)
		r = limit_tracer_run(&l.tracer, l.fd, take, &l);
	/* As the program ends anyway, nothing else is given back. */
	return r || !detach(&l) ? EXIT_FAILURE : EXIT_SUCCESS;
}
