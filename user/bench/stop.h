/* SPDX-License-Identifier: BSD-2-Clause */
/* Waiting, until the user wants an end: SIGINT, SIGTERM or SIGHUP, if they are not ignored. */
#ifndef BENCH_STOP_H
#define BENCH_STOP_H

#include <stdbool.h>

struct stop {
	int fd; /* signalfd(2) */
	bool wanted; /* from now on */
};

/* Block the signals and have them come through s->fd. 0, or -errno, logged. */
int stop_open(struct stop *s);

void stop_close(struct stop *s);

/*
 * Wait for fd (-1: none) to be readable or closed, for ms (-1: no limit), whatever signals come. 1 if it is,
 * 0 if not, -EINTR if an end is wanted, which is said the first time. s may be NULL.
 */
int stop_wait(struct stop *s, int fd, int ms);

#endif
