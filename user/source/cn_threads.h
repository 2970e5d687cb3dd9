/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which end of a thread is that of its process. The connector tells each, and a process ends with its last
 * one, so they are counted: from those alive at the start on. Pure. Layer 4.
 *
 * While they are looked up at the start, threads begin and end. A thread begins before its message, and
 * ends before its message; so of one it is known by its tid, not by the time, whether it was counted.
 * That is kept in mind until no such message can come any more.
 */
#ifndef SOURCE_CN_THREADS_H
#define SOURCE_CN_THREADS_H

#include "../pidmap.h"

/* All zero has counted none, and wants to know of none any more. */
struct cn_threads {
	struct pidmap cnt; /* of a process: how many are alive; none: only one is known */
	struct pidmap
		known; /* of a thread: its process, if it is alive and counted; at the start only */
	uint64_t until_ns; /* that long it is the start; 0: no more */
	bool blind; /* some that are alive are not in known */
};

enum cn_end {
	CN_GOES_ON,
	CN_LAST,
	CN_UNSEEN, /* all its threads ended before they were looked up: the last of these messages is its end */
};

enum {
	CN_START_NS =
		1000 * 1000 * 1000, /* no thread waits so long to tell that it began or ended */
};

void cn_threads_done(struct cn_threads *t);

/* At the start: this thread is alive. It may be added more than once. */
void cn_threads_add(struct cn_threads *t, uint32_t pid, uint32_t tid);

/* All are added that are alive, or with blind not all. time_ns: of now, as those of the messages. */
void cn_threads_added(struct cn_threads *t, uint64_t time_ns, bool blind);

/* Before each message: its time. They come in order. */
void cn_threads_time(struct cn_threads *t, uint64_t time_ns);

/* A process began. */
void cn_threads_fork(struct cn_threads *t, uint32_t pid);

/* It has one thread from here on, with the tid of the first; the ends of the others have come. */
void cn_threads_exec(struct cn_threads *t, uint32_t pid);

/* It has one more. */
void cn_threads_begin(struct cn_threads *t, uint32_t pid, uint32_t tid);

/* One ended. */
enum cn_end cn_threads_end(struct cn_threads *t, uint32_t pid, uint32_t tid);

#endif
