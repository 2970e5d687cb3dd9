/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Capabilities of the calling thread: each thread has its own. By system call, as that is all there
 * is to it: capabilities(7), capget(2). Layer 0.
 */
#ifndef CAPS_H
#define CAPS_H

#include <stdbool.h>
#include <stdint.h>

struct buf;

/* BIT(CAP_...) of those that count now; 0 if there are none. */
uint64_t caps_effective(void);

/*
 * Give up all but those of keep that are held, for good: permitted, inheritable and ambient, and where
 * CAP_SETPCAP is held the bounding set as a whole. Of these only now have effect. 0, or -errno.
 */
int caps_limit(uint64_t keep, uint64_t now);

/*
 * From here on a change of the user changes no capabilities of this thread, nor of those that it
 * starts. 0, or -errno: it needs CAP_SETPCAP.
 */
int caps_outlive_user(void);

/* Append their names: "net_admin,sys_nice", or "none". */
void caps_put(struct buf *b, uint64_t caps);

#endif
