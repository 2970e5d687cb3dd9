/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The output: standard output, standard error, a file, or a reader at a socket. A reader that does
 * not read must not stop the tracer from hearing a signal, so what can block is written without
 * blocking. Layer 4.
 */
#ifndef OUT_H
#define OUT_H

#include <stdbool.h>

#include "buf.h"

struct peer;

struct out {
	int fd;
	bool socket;
	bool append; /* to be set before it is opened: a file is not emptied */
	bool late; /* to be set before it is opened: out_begin() is called, before the first out_flush() */
	bool fresh; /* to be set before it is opened: nothing may be there */
	bool linked; /* there was a symbolic link when it was opened */
	const char *path; /* of the file or, in peer, the socket; borrowed; NULL: a standard one */
	struct peer *peer; /* NULL: no reader at a socket */
	const char *name; /* for messages; borrowed */
	int stop_fd; /* readable when the program shall end; -1: none */
	bool stopping; /* end rather than wait for a reader for long */
	uint64_t stuck_ns; /* CLOCK_MONOTONIC: when that is too long; 0: not yet known */
	uint64_t unwritten; /* lines; with a peer these may be some that it has read */
	uint64_t written; /* bytes that stayed: of a file without the line that a full disk cut */
	int closed; /* -errno of the first file that could not be closed, and so may lack its end */
	void (*meanwhile)(void *ctx); /* NULL, or called each second while a reader is waited for */
	void *ctx;
};

/*
 * Write to path, made or emptied, mode 0640, or if it is "unix:PATH" to who listens there; or if path is NULL
 * to fd, which is STDOUT_FILENO or STDERR_FILENO and stays open. 0, or -errno, logged. out_close()
 * is due either way; path is borrowed.
 */
int out_open(struct out *o, const char *path, int fd);

/*
 * Empty the file, or with append end its last line. To be called when what else may fail has not: out_open() leaves
 * a late one as it was. 0, also if it is no regular file, or -errno, logged.
 */
int out_begin(struct out *o);

/*
 * The path of a socket in an output's name: NULL if it is none, "" if it cannot be one.
 */
const char *out_socket_path(const char *name);

/*
 * Open the file anew, made if it is not there and not emptied, through a link only if there was one before; or
 * connect anew. 0, also if it is none
 * of both; or -errno, logged: then it goes on with what is open. Between two out_flush() alone.
 */
int out_reopen(struct out *o);

/*
 * Go on in a file that is made at the same path, where nothing may be, as it was renamed. 0; or -errno, not
 * logged: then it goes on with what is open. Between two out_flush() alone.
 */
int out_make(struct out *o);

/*
 * Write all of b, which is whole lines, and empty it. While the reader does not read, wait: without an
 * end, but once stop_fd is readable or stopping is set for at most OUT_GRACE_MS
 * without progress. A reader at a socket may also go away and come back: it is waited for in the same
 * way, and gets again what it may not have read. 0, or -errno, and then o->unwritten has grown by the
 * lines that were not written, and a file ends with a whole line. -EPIPE: nobody will ever read.
 */
int out_flush(struct out *o, struct buf *b);

/* Hangs up (POLLHUP, with no events asked for) when the reader at a socket goes away; -1: there is no such thing. */
int out_peer_fd(const struct out *o);

/* If it has, wait for another one as out_flush() does, and send it what the other may not have read. As that. */
int out_regain(struct out *o);

/* Is it a file that has no room now, as out_flush() said with err, and may have some later? */
bool out_is_full(const struct out *o, int err);

/*
 * Close. 0, or -errno, logged, also of a file that was left for another one: the last chance for a file system to
 * report a failed write.
 */
int out_close(struct out *o);

/* A terminal? */
bool out_is_tty(const struct out *o);

enum {
	OUT_GRACE_MS = 2000,
};

#endif
