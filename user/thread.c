// SPDX-License-Identifier: BSD-2-Clause
#include "thread.h"

#include <errno.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "caps.h"
#include "util.h"

struct birth {
	void *(*fn)(void *);
	void *arg;
	uint64_t caps;
	int err;
	sem_t done; /* with the rest, which is gone then */
};

static void *thread_run(void *ctx)
{
	struct birth *birth = ctx;
	void *(*fn)(void *) = birth->fn;
	void *arg = birth->arg;
	int err = caps_limit(birth->caps, birth->caps);

	if (err == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		err = -errno;
	birth->err = err;
	sem_post(&birth->done);
	return err < 0 ? NULL : fn(arg);
}

int thread_start(pthread_t *thread, const pthread_attr_t *attr, void *(*fn)(void *), void *arg,
		 uint64_t caps, int open)
{
	struct birth birth = { .fn = fn, .arg = arg, .caps = caps };
	sigset_t all, old;
	int err;

	sem_init(&birth.done, 0, 0);
	sigfillset(&all);
	if (open)
		sigdelset(&all, open);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	err = pthread_create(thread, attr, thread_run, &birth);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	while (!err && sem_wait(&birth.done) < 0)
		; /* EINTR */
	sem_destroy(&birth.done);
	if (!err && birth.err < 0) { /* it kept what it must not have */
		pthread_join(*thread, NULL);
		return birth.err;
	}
	return -err;
}

bool thread_may_be_realtime(uint64_t caps)
{
	struct rlimit most;

	return caps & BIT(CAP_SYS_NICE) ||
	       (getrlimit(RLIMIT_RTPRIO, &most) == 0 && most.rlim_cur > 0);
}

static bool thread_keeps(const int *keep, size_t cnt, int fd)
{
	for (size_t i = 0; i < cnt; i++)
		if (keep[i] == fd)
			return true;
	return false;
}

bool thread_own_files(const int *keep, size_t cnt)
{
	int last = -1;

	for (size_t i = 0; i < cnt; i++)
		last = keep[i] > last ? keep[i] : last;
	if (syscall(SYS_close_range, (unsigned int)last + 1, UINT_MAX, CLOSE_RANGE_UNSHARE) < 0)
		return false;
	for (int fd = 0; fd < last; fd++)
		if (!thread_keeps(keep, cnt, fd))
			close(fd);
	return true;
}
