/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * In which namespaces this process is, and what follows for numbers of the kernel. Layer 0.
 *
 * Source: namespaces(7), pid_namespaces(7), time_namespaces(7).
 */
#ifndef NAMESPACE_H
#define NAMESPACE_H

#include <stdbool.h>

/*
 * Is that of this process the first one? So it is on a kernel that has no others. In another pid namespace
 * the pids of getpid(2), of arguments and of /proc are not those of the events.
 */
bool namespace_first_user(void);
bool namespace_first_pid(void);

/* What to say of a pid that is named, or known of a command, elsewhere. */
#define NAMESPACE_PIDS                                                                         \
	"from the initial pid namespace only, where its pid is the one in the events; run it " \
	"outside of the container"

/*
 * The clocks of a time namespace, and the start times in its /proc, differ from the kernel's own, which the
 * events have. If there is a difference, go where there is none: into a time namespace made for that. 0,
 * or -errno: -EPERM without CAP_SYS_ADMIN and CAP_SYS_TIME. While there is one thread; all that was read from
 * CLOCK_MONOTONIC and CLOCK_BOOTTIME before is void. What was forked before stays where it is.
 */
int namespace_leave_time(void);

#endif
