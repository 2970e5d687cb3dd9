/* SPDX-License-Identifier: BSD-2-Clause */
/* A socket of the proc connector. Layer 4. */
#ifndef SOURCE_CN_SOCKET_H
#define SOURCE_CN_SOCKET_H

#include "../cn.h"
#include "source.h"

struct cn_socket_conf {
	uint32_t mask; /* kinds wanted: enum what of linux/cn_proc.h, or'ed */
	bool threads; /* forks that make threads, too */
	int cpu; /* only the messages of this CPU; -1: all */
	int rcvbuf; /* bytes; the kernel's limit is passed over if the rights allow */
};

/*
 * Open a socket and subscribe: 0 and *fd set, or -errno and *why filled in. Unwanted messages are
 * dropped in the kernel: by its own event mask from Linux 6.6 on, and by a socket filter. The
 * acknowledgement is waited for: outside the first user and pid namespaces the kernel ignores the
 * request without a word.
 */
int cn_socket_open(int *fd, const struct cn_socket_conf *conf, struct source_why *why);

/*
 * End the subscription: what was sent before can still be received. Once for each socket: before
 * Linux 6.6 the kernel counts its listeners by these requests alone.
 */
void cn_socket_ignore(int fd);

/* Close, after cn_socket_ignore(); fd may be -1. */
void cn_socket_close(int fd);

/*
 * Receive what waits, up to some dozens, and call fn for each message that the kernel sent. 1 if
 * there may be more, 0 if not; an overrun of the buffer is no error, see cn_socket_drops().
 */
int cn_socket_recv(int fd, cn_fn *fn, void *ctx);

/* Wait for one message, or a signal. 0, or -errno if none will come. */
int cn_socket_wait(int fd, cn_fn *fn, void *ctx);

/* Messages that passed the filter and found no room in the receive buffer, since the socket was opened. */
uint32_t cn_socket_drops(int fd);

/* How full the receive buffer is, in the kernel's count of its bytes. False if it does not tell. */
bool cn_socket_used(int fd, uint64_t *used, uint64_t *len);

#endif
