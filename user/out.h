/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The output: standard output, standard error or a file. A reader that does not read must not
 * stop the tracer from hearing a signal, so what can block is written without
 * blocking. Layer 4.
 */
#ifndef OUT_H
#define OUT_H

#include <stdbool.h>

#include "buf.h"

struct out {
	int fd;
	bool socket;
	const char *name; /* for messages; borrowed */
	int stop_fd; /* readable when the program shall end; -1: none */
	bool stopping; /* end rather than wait for a reader for long */
	uint64_t unwritten; /* lines */
};

/*
 * Write to path, made or emptied, mode 0640; or if path is NULL to fd, which is STDOUT_FILENO or
 * STDERR_FILENO and stays open. 0, or -errno, logged. out_close() is due either way; path is
 * borrowed.
 */
int out_open(struct out *o, const char *path, int fd);

/*
 * Write all of b and empty it. While the reader does not read, wait: without an
 * end, but once stop_fd is readable or stopping is set for at most OUT_GRACE_MS
 * without progress. 0, or -errno, and then o->unwritten has grown by the lines that
 * were not written. -EPIPE: nobody will ever read.
 */
int out_flush(struct out *o, struct buf *b);

/* Close. 0, or -errno, logged: the last chance for a file system to report a failed write. */
int out_close(struct out *o);

/* A terminal? */
bool out_is_tty(const struct out *o);

enum {
	OUT_GRACE_MS = 2000,
};

#endif
