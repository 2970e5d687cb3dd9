// SPDX-License-Identifier: BSD-2-Clause
#include "reader.h"

#include <errno.h>
#include <linux/capability.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>

#include "../caps.h"
#include "../clock.h"
#include "../procfs.h"
#include "../thread.h"
#include "../util.h"
#include "cn_socket.h"

/* Ignored by default, so nobody means anything by it; here it has a handler, which ends a wait. */
#define WAKE_SIGNAL SIGURG

enum {
	JOIN_NS = 5 * 1000 * 1000, /* between two tries to wake the thread */
	WAIT_MS = 1000,
	RCVBUF_LEN = 2 << 20, /* some thousand execs */
	STACK_LEN = 256 * 1024,
	/* From the exec to a reading of which is said that nothing came between; usual are 20 to 100 us. */
	PROMPT_NS = 500 * 1000,
	PROMPT_READINGS =
		10, /* or for how long so many readings take, on a machine slower than that */
	CALIBRATIONS = 3,
	QUEUE_MAX = 64 << 20, /* bytes of records that wait to be taken */
};

struct reader {
	pthread_t thread;
	int cpu;
	int fd;
	uint32_t max_argv;
	int64_t *boot_offset_ns; /* of all, see clock_boot_offset_ns() */
	bool env;
	uint64_t prompt_ns;
	struct procfs *procfs;
	struct buf rec; /* the one being made */
	bool stop;
	bool busy; /* with a message that is no longer in the socket */
	bool gave_up; /* as it could not receive any more */

	pthread_mutex_t lock; /* of the two below; inherits priority */
	struct buf queue;
	uint64_t dropped;

	struct buf taken; /* the other of two buffers that the queue takes turns with */
};

/* Its CPU alone, for CPU_FREE(3); NULL if there is no memory. *len: bytes. */
static cpu_set_t *reader_cpu(const struct reader *r, size_t *len)
{
	cpu_set_t *set = CPU_ALLOC(r->cpu + 1);

	*len = CPU_ALLOC_SIZE(r->cpu + 1);
	if (!set)
		return NULL;
	CPU_ZERO_S(*len, set);
	CPU_SET_S((size_t)r->cpu, *len, set);
	return set;
}

void reader_pin(struct reader *r)
{
	size_t len;
	cpu_set_t *set = reader_cpu(r, &len);

	if (!set)
		return;
	pthread_setaffinity_np(r->thread, len, set);
	CPU_FREE(set);
}

/* Hand over the record that was made. */
static void reader_queue(struct reader *r)
{
	pthread_mutex_lock(&r->lock);
	if (r->rec.failed || r->queue.len + r->rec.len > QUEUE_MAX)
		r->dropped++;
	else
		buf_put_span(&r->queue, buf_span(&r->rec));
	r->dropped += TAKE(r->queue.failed, false);
	pthread_mutex_unlock(&r->lock);
	r->rec.failed = false;
}

static void reader_exec(void *ctx, const struct cn_msg_proc *msg)
{
	struct reader *r = ctx;
	const struct wire_head head = {
		.kind = WIRE_EXEC,
		.cpu = (__u16)r->cpu,
		.time_ns =
			msg->event.timestamp_ns + (uint64_t)clock_boot_offset_ns(r->boot_offset_ns),
	};
	struct reader_head before = { 0 };

	if (msg->event.what != PROC_EVENT_EXEC)
		return;
	__atomic_store_n(&r->busy, true, __ATOMIC_RELAXED);
	buf_empty(&r->rec);
	buf_put(&r->rec, &before, sizeof(before));
	procfs_exec(r->procfs, &head, (uint32_t)msg->event.event_data.exec.process_tgid,
		    r->max_argv, r->env, &r->rec, &before.look);
	before.len = r->rec.len - sizeof(before);
	before.prompt = sched_getcpu() == r->cpu &&
			before.look.begin_ns < head.time_ns + r->prompt_ns &&
			before.look.state == 'R' && before.look.cpu == (uint32_t)r->cpu;
	buf_align(&r->rec);
	if (!r->rec.failed)
		memcpy(r->rec.ptr, &before, sizeof(before));
	reader_queue(r);
	__atomic_store_n(&r->busy, false, __ATOMIC_RELEASE);
}

bool reader_gave_up(const struct reader *r)
{
	return __atomic_load_n(&r->gave_up, __ATOMIC_ACQUIRE);
}

bool reader_is_idle(const struct reader *r)
{
	struct pollfd p = { .fd = r->fd, .events = POLLIN };

	return poll(&p, 1, 0) == 0 && !__atomic_load_n(&r->busy, __ATOMIC_ACQUIRE);
}

/*
 * How slow is this machine? An emulated one may take a millisecond from the exec to the reading. Its programs are
 * as slow: none comes to its next exec in the time of some readings.
 */
static uint64_t reader_prompt_ns(struct reader *r)
{
	const struct wire_head head = { .kind = WIRE_EXEC,
					.time_ns = clock_now_ns(CLOCK_BOOTTIME) };
	struct procfs_look look = { 0 };
	uint64_t least = UINT64_MAX, took;

	for (int i = 0; i < CALIBRATIONS; i++) {
		r->rec.len = 0;
		procfs_exec(r->procfs, &head, (uint32_t)getpid(), r->max_argv, r->env, &r->rec,
			    &look);
		took = look.end_ns - look.begin_ns;
		least = took < least ? took : least;
	}
	return least * PROMPT_READINGS > PROMPT_NS ? least * PROMPT_READINGS : PROMPT_NS;
}

static void *reader_run(void *arg)
{
	struct reader *r = arg;
	const int files[] = { r->fd, procfs_fd(r->procfs) };
	int err = 0;

	thread_own_files(files, ARRAY_LEN(files));
	r->prompt_ns = reader_prompt_ns(r);
	while (err == 0 && !__atomic_load_n(&r->stop, __ATOMIC_RELAXED))
		err = cn_socket_wait(r->fd, reader_exec, r);
	__atomic_store_n(&r->gave_up, true, __ATOMIC_RELEASE);
	/* Of a thread that has ended glibc would pin the caller instead: see reader_pin(). */
	while (!__atomic_load_n(&r->stop, __ATOMIC_RELAXED))
		poll(NULL, 0, WAIT_MS);
	return NULL;
}

static void reader_woken(int sig)
{
	(void)sig;
}

/* The thread is made pinned and real-time, or not at all. */
static int reader_thread(struct reader *r)
{
	const struct sched_param param = { .sched_priority = sched_get_priority_min(SCHED_FIFO) };
	pthread_attr_t attr;
	size_t len;
	cpu_set_t *set = reader_cpu(r, &len);
	int err;

	if (!set)
		return -ENOMEM;
	pthread_attr_init(&attr);
	pthread_attr_setaffinity_np(&attr, len, set);
	pthread_attr_setinheritsched(&attr, PTHREAD_EXPLICIT_SCHED);
	pthread_attr_setschedpolicy(&attr, SCHED_FIFO);
	pthread_attr_setschedparam(&attr, &param);
	pthread_attr_setstacksize(&attr, STACK_LEN);
	/* Signals are the main thread's, but for the one that ends a receive. */
	err = thread_start(&r->thread, &attr, reader_run, r, BIT(CAP_SYS_PTRACE), WAKE_SIGNAL);
	pthread_attr_destroy(&attr);
	CPU_FREE(set);
	return err;
}

static void reader_free(struct reader *r)
{
	if (r->fd >= 0)
		cn_socket_ignore(r->fd);
	cn_socket_close(r->fd);
	procfs_close(r->procfs);
	buf_done(&r->rec);
	buf_done(&r->queue);
	buf_done(&r->taken);
	pthread_mutex_destroy(&r->lock);
	free(r);
}

static void reader_init_lock(struct reader *r)
{
	pthread_mutexattr_t attr;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT);
	pthread_mutex_init(&r->lock, &attr);
	pthread_mutexattr_destroy(&attr);
}

static const char *reader_refused(int err)
{
	if (err != -EPERM)
		return strerror(-err);
	return thread_may_be_realtime(caps_effective()) ?
		       "its cpu cgroup allows no real-time priority (cpu.rt_runtime_us)" :
		       "no right to real-time priority (CAP_SYS_NICE)";
}

int reader_start(struct reader **out, int cpu, const struct source_conf *conf,
		 int64_t *boot_offset_ns, struct source_why *why)
{
	const struct cn_socket_conf cn = {
		.mask = PROC_EVENT_EXEC,
		.cpu = cpu,
		.rcvbuf = RCVBUF_LEN,
	};
	const struct sigaction woken = { .sa_handler = reader_woken };
	struct reader *r = calloc(1, sizeof(*r));
	int err;

	if (!r)
		return -ENOMEM;
	r->cpu = cpu;
	r->fd = -1;
	r->max_argv = conf->max_argv;
	r->boot_offset_ns = boot_offset_ns;
	r->env = conf->env;
	reader_init_lock(r);
	r->procfs = procfs_open("/proc");
	err = r->procfs ? cn_socket_open(&r->fd, &cn, why) : -errno;
	if (err == 0) {
		sigaction(WAKE_SIGNAL, &woken, NULL);
		err = reader_thread(r);
	}
	if (err < 0) {
		if (!*why->cause)
			snprintf(why->cause, sizeof(why->cause), "%s", reader_refused(err));
		reader_free(r);
		return err;
	}
	*out = r;
	return 0;
}

void reader_stop(struct reader *r)
{
	int err;

	if (!r)
		return;
	__atomic_store_n(&r->stop, true, __ATOMIC_RELAXED);
	/*
	 * The signal may come right before the thread waits, so it is sent until the thread ends.
	 * Not pthread_cancel(): that loads a library, which a static program has not.
	 */
	do {
		const struct timespec until = clock_until(CLOCK_REALTIME, JOIN_NS);

		pthread_kill(r->thread, WAKE_SIGNAL);
		err = pthread_timedjoin_np(r->thread, NULL, &until);
	} while (err == ETIMEDOUT);
	reader_free(r);
}

uint64_t reader_take(struct reader *r, struct buf *out)
{
	struct buf empty = r->taken;
	uint64_t dropped;

	pthread_mutex_lock(&r->lock);
	if (!r->taken.len)
		r->taken = TAKE(r->queue, empty);
	dropped = TAKE(r->dropped, 0);
	pthread_mutex_unlock(&r->lock);
	buf_put_span(out, buf_span(&r->taken));
	if (!out->failed)
		buf_empty(&r->taken);
	return dropped;
}
