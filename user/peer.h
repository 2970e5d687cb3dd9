/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Somebody who reads at a stream socket in the file system (unix(7)), as a log shipper does. Layer 4.
 *
 * What send(2) took is not read yet, and gone if the reader ends before. So the lines that may be
 * unread are kept, and sent again to the next reader: as long as there may be one, each line is delivered at
 * least once. These are known from two facts: SIOCOUTQ is 0 when all was read, which a reader that is gone does not
 * tell any more; and what is unread fits the socket's buffer.
 */
#ifndef PEER_H
#define PEER_H

#include <stdbool.h>
#include <sys/un.h>

#include "buf.h"

struct peer {
	struct sockaddr_un address;
	int fd; /* does not block; -1: nobody is there */
	struct buf lines; /* that may be unread, whole, and behind them those to be sent */
	size_t sent; /* bytes of these, on this connection */
	size_t farthest; /* and on any */
	size_t unread_max; /* bytes that can be sent and not read */
};

enum {
	PEER_PATH_MAX = sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1,
};

/* Nobody is there yet. path: of 1 to PEER_PATH_MAX bytes; copied. */
void peer_init(struct peer *p, const char *path);
void peer_done(struct peer *p);

/*
 * Connect anew, leaving the reader that there is, if any. All that it may not have read is to
 * be sent again. 0, or -errno, and then the old connection goes on.
 */
int peer_connect(struct peer *p);

/* Has the reader that was there closed its end? poll(2) of fd shows POLLHUP as soon as it has. */
bool peer_is_gone(const struct peer *p);

/* Nobody is there any more. */
void peer_leave(struct peer *p);

/* Append whole lines to what is to be sent. 0 or -ENOMEM: then they are not. */
int peer_add(struct peer *p, struct span lines);

/*
 * Send of that what the reader has room for. How many bytes that were, 0 if nothing is left; -EAGAIN if it
 * has no room, or -errno: it is gone, or has never been there (-ENOTCONN).
 */
ssize_t peer_send(struct peer *p);

/* What is to be sent. */
struct span peer_rest(const struct peer *p);

#endif
