// SPDX-License-Identifier: BSD-2-Clause
#include "record_sync.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "thread.h"
#include "clock.h"
#include "util.h"

enum {
	PAUSE_NS = 400 * 1000 * 1000, /* after one, so that a storm does not keep the disk busy */
	FILES_MAX = 16, /* that wait: the one that is written to, and those rotated away */
};

struct record_sync {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t asked;
	int fds[FILES_MAX]; /* to bring to the disk, of a file each */
	unsigned int cnt;
	bool stop;
	int err;
};

/* Wait a while, with the lock, unless the end comes or many files wait. */
static void sync_pause(struct record_sync *s)
{
	const struct timespec until = clock_until(CLOCK_MONOTONIC, PAUSE_NS);

	while (!s->stop && s->cnt < FILES_MAX / 2 &&
	       pthread_cond_timedwait(&s->asked, &s->lock, &until) == 0)
		;
}

/* Bring those to the disk that wait, with the lock, which is given up meanwhile. */
static void sync_files(struct record_sync *s)
{
	unsigned int cnt = s->cnt;
	int fds[FILES_MAX], err = 0;

	memcpy(fds, s->fds, sizeof(fds));
	s->cnt = 0;
	pthread_mutex_unlock(&s->lock);
	for (unsigned int i = 0; i < cnt; i++) {
		if (fdatasync(fds[i]) < 0 && !err)
			err = -errno;
		close(fds[i]);
	}
	pthread_mutex_lock(&s->lock);
	s->err = s->err ? s->err : err;
}

static void *sync_run(void *arg)
{
	struct record_sync *s = arg;

	pthread_mutex_lock(&s->lock);
	while (!s->stop || s->cnt) {
		if (!s->cnt) {
			pthread_cond_wait(&s->asked, &s->lock);
			continue;
		}
		sync_files(s);
		sync_pause(s);
	}
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

struct record_sync *record_sync_new(void)
{
	struct record_sync *s = calloc(1, sizeof(*s));
	pthread_condattr_t attr;

	if (!s)
		return NULL;
	pthread_mutex_init(&s->lock, NULL);
	/* Who sets the clock does not make a pause longer. */
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&s->asked, &attr);
	pthread_condattr_destroy(&attr);
	if (thread_start(&s->thread, NULL, sync_run, s, 0, 0) < 0) {
		free(s);
		return NULL;
	}
	return s;
}

static bool sync_is_same(int a, int b)
{
	struct stat x, y;

	return fstat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_dev == y.st_dev &&
	       x.st_ino == y.st_ino;
}

/* Does the file wait already? Only the last one can be the one that is still written to. */
static bool sync_waits(const struct record_sync *s, int fd)
{
	return s->cnt && sync_is_same(s->fds[s->cnt - 1], fd);
}

void record_sync_ask(struct record_sync *s, int fd)
{
	int own = -1, err = 0;

	pthread_mutex_lock(&s->lock);
	if (!sync_waits(s, fd)) {
		/* Of its own, since the writer may close the file before the thread comes to it. */
		own = s->cnt < FILES_MAX ? fcntl(fd, F_DUPFD_CLOEXEC, 0) : -1;
		if (own >= 0)
			s->fds[s->cnt++] = own;
		else /* the disk is slower than the events */
			err = fdatasync(fd) < 0 ? -errno : 0;
		s->err = s->err ? s->err : err;
	}
	pthread_cond_signal(&s->asked);
	pthread_mutex_unlock(&s->lock);
}

int record_sync_free(struct record_sync *s)
{
	int err;

	if (!s)
		return 0;
	pthread_mutex_lock(&s->lock);
	s->stop = true;
	pthread_cond_signal(&s->asked);
	pthread_mutex_unlock(&s->lock);
	pthread_join(s->thread, NULL);
	err = s->err;
	pthread_cond_destroy(&s->asked);
	pthread_mutex_destroy(&s->lock);
	free(s);
	return err;
}
