/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages of the proc connector: bytes in, struct cn_msg out. Pure; trusts nothing.
 * Layer 2.
 *
 * Format: linux/cn_proc.h, linux/connector.h, drivers/connector/cn_proc.c,
 * Documentation/driver-api/connector.rst.
 */
#ifndef CN_H
#define CN_H

#include <linux/cn_proc.h>
#include <stdbool.h>

#include "util.h"

enum {
	/* Where a socket filter finds them: behind struct nlmsghdr (16) and struct cn_msg (20). */
	CN_OFF_WHAT = 36,
	CN_OFF_CPU = 40,
};

struct cn_msg_proc {
	uint32_t
		seq; /* rises by one with every message of this CPU, also those that a filter drops */
	uint32_t ack;
	struct proc_event event; /* timestamp_ns is CLOCK_MONOTONIC */
};

typedef void cn_fn(void *ctx, const struct cn_msg_proc *msg);

/*
 * Take a datagram apart. fn is called for each message of the proc connector in it; those of
 * other connectors and of unknown kinds are passed over. 0, or -EBADMSG if it is cut or makes
 * no sense: what came before was delivered.
 */
int cn_parse(const void *buf, size_t len, cn_fn *fn, void *ctx);

/*
 * Build a request to listen. mask: the kinds wanted, in the form that Linux 6.6 knows, or 0 for
 * the form that every kernel knows, which asks for all. ack: the acknowledgement will bear ack + 1.
 * Returns its length; buf has CN_REQUEST_MAX bytes, aligned to 4.
 */
size_t cn_request(void *buf, bool listen, uint32_t mask, uint32_t ack);

enum {
	CN_REQUEST_MAX = 64,
};

#endif
