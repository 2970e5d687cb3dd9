/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the service manager is told: sd_notify(3), by hand. Layer 4.
 *
 * One datagram of VARIABLE=value lines to the socket of $NOTIFY_SOCKET; without that, nothing is done.
 */
#ifndef NOTIFY_H
#define NOTIFY_H

#include <stdint.h>

struct notify {
	int fd; /* connected: the filter of system calls lets nobody else be written to. -1: nobody wants to know */
	uint64_t
		every_ns; /* between two signs of life: half of what the manager allows; 0: none wanted */
	uint64_t due_ns; /* of the next one, CLOCK_MONOTONIC; UINT64_MAX: never */
};

/*
 * See who wants to know, and take $NOTIFY_SOCKET, $WATCHDOG_USEC and $WATCHDOG_PID out of the
 * environment: they are not for those that this process starts. Logs if the socket makes no sense.
 */
void notify_open(struct notify *n);
void notify_close(struct notify *n);

/* It traces, and from now on gives signs of life. What it does, in words; NULL: as was said before. */
void notify_ready(struct notify *n, const char *status);

/* SIGHUP came, and is being acted upon; notify_ready() ends that. */
void notify_reloading(struct notify *n);

/* It ends: no sign of life comes any more. */
void notify_stopping(struct notify *n);

/* It could not do its work, with this negative errno. */
void notify_failed(struct notify *n, int err);

/* Give a sign of life if it is due. For the main loop, and while it waits for its reader: so one that is stuck gives none. Never waits. */
void notify_alive(struct notify *n, uint64_t now_ns);

#endif
