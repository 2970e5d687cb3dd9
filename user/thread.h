/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Threads that are born with no more rights than they need: capabilities are a thread's own, and those
 * of a thread that is running already cannot be taken from it. Layer 1.
 */
#ifndef THREAD_H
#define THREAD_H

#include <pthread.h>
#include <stdint.h>

/*
 * pthread_create(3), whose attr may be NULL; with all signals held back but open (0: none). It
 * keeps only those of caps (BIT(CAP_...)) that the caller has, and has given up the others, and the ways
 * to gain any, when this returns. 0, or -errno.
 */
int thread_start(pthread_t *thread, const pthread_attr_t *attr, void *(*fn)(void *), void *arg,
		 uint64_t caps, int open);

#endif
