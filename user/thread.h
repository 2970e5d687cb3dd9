/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Threads that are born with no more rights than they need: capabilities are a thread's own, and those
 * of a thread that is running already cannot be taken from it. Layer 1.
 */
#ifndef THREAD_H
#define THREAD_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * pthread_create(3), whose attr may be NULL; with all signals held back but open (0: none). It
 * keeps only those of caps (BIT(CAP_...)) that the caller has, and has given up the others, and the ways
 * to gain any, when this returns. 0, or -errno.
 */
int thread_start(pthread_t *thread, const pthread_attr_t *attr, void *(*fn)(void *), void *arg,
		 uint64_t caps, int open);

/*
 * Is the right to real-time priority there: CAP_SYS_NICE among caps, which are effective in the first user namespace,
 * or RLIMIT_RTPRIO? A thread that has it, and EPERM nevertheless, is in a cpu cgroup without real-time budget
 * (cpu.rt_runtime_us), as a new one is where the kernel has CONFIG_RT_GROUP_SCHED. Source: sched(7),
 * Documentation/scheduler/sched-rt-group.rst.
 */
bool thread_may_be_realtime(uint64_t caps);

/*
 * Let the calling thread have a table of open files of its own, in which there are no others than those of keep.
 * So it waits for no other thread when it opens and closes files, and holds nothing open that the
 * others close. What it opens then is known to it alone. False if the kernel cannot do that (before Linux 5.9): it
 * goes on with the table of all. Source: close_range(2), CLOSE_RANGE_UNSHARE.
 */
bool thread_own_files(const int *keep, size_t cnt);

#endif
