/* SPDX-License-Identifier: BSD-2-Clause */
/* Waiting, until the user wants an end: SIGINT, SIGTERM or SIGHUP. */
#ifndef BENCH_STOP_H
#define BENCH_STOP_H

#include <stdbool.h>

struct stop {
	int fd; /* readable once an end is wanted, and from then on */
};

/* Block the signals and have them come through s->fd. 0, or -errno, logged. */
int stop_open(struct stop *s);

void stop_close(struct stop *s);

/* Wait for fd (-1: none) to be readable or closed, for ms (-1: no limit). 1 if it is, 0 if not, -EINTR if an end is wanted. */
int stop_wait(const struct stop *s, int fd, int ms);

#endif
