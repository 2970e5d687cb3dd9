/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Learns at once that a CPU came up. Layer 4.
 *
 * Source: lib/kobject_uevent.c; device_online() in drivers/base/core.c sends it before the write to the
 * CPU's "online" returns.
 */
#ifndef SOURCE_CPUS_H
#define SOURCE_CPUS_H

#include <stdbool.h>

/* A file descriptor that is readable when the kernel told of some device, the caller's; or -errno. */
int cpus_watch(void);

/* Take what waits there: has a CPU come up, or may one have? fd may be negative. */
bool cpus_came_up(int fd);

#endif
