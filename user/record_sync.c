// SPDX-License-Identifier: BSD-2-Clause
#include "record_sync.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <time.h>

#include "thread.h"
#include "clock.h"
#include "util.h"

enum {
	PAUSE_NS = 400 * 1000 * 1000, /* after one, so that a storm does not keep the disk busy */
};

struct record_sync {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t asked;
	int fd; /* to bring to the disk; -1: none */
	bool stop;
	int err;
};

/* Wait a while, with the lock, unless the end comes. */
static void sync_pause(struct record_sync *s)
{
	const struct timespec until = clock_until(PAUSE_NS);

	while (!s->stop && pthread_cond_timedwait(&s->asked, &s->lock, &until) == 0)
		;
}

static void *sync_run(void *arg)
{
	struct record_sync *s = arg;

	pthread_mutex_lock(&s->lock);
	while (!s->stop || s->fd >= 0) {
		int fd = TAKE_FD(s->fd), err;

		if (fd < 0) {
			pthread_cond_wait(&s->asked, &s->lock);
			continue;
		}
		pthread_mutex_unlock(&s->lock);
		err = fdatasync(fd) < 0 ? -errno : 0;
		close(fd);
		pthread_mutex_lock(&s->lock);
		s->err = s->err ? s->err : err;
		sync_pause(s);
	}
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

struct record_sync *record_sync_new(void)
{
	struct record_sync *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->fd = -1;
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->asked, NULL);
	if (thread_start(&s->thread, NULL, sync_run, s, 0, 0) < 0) {
		free(s);
		return NULL;
	}
	return s;
}

void record_sync_ask(struct record_sync *s, int fd)
{
	int old;

	/* Of its own, since the writer may close the file before the thread comes to it. */
	fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	pthread_mutex_lock(&s->lock);
	old = TAKE(s->fd, fd);
	pthread_cond_signal(&s->asked);
	pthread_mutex_unlock(&s->lock);
	util_close(&old);
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
