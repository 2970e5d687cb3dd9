/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The processes that are alive, as far as the events tell. What an event lacks and an earlier one
 * said is added to it: to an exit what program it was and whose, to all the parent's name. Pure.
 * Layer 3.
 *
 * Kept are at most PROCTAB_MAX processes, and at most PROCTAB_BYTES of names, command lines and
 * paths in all. When there is more, those are forgotten that were touched longest ago: by an event of
 * their own, or of a child. A command line that is larger than all that is not kept.
 *
 * The parent is the one that the event names, so after the death of a parent the one that adopted
 * the orphan, once an event of its own tells. A process made with CLONE_PARENT is its parent's child,
 * as the kernel has it, not that of the one that called clone(2).
 */
#ifndef PROCTAB_H
#define PROCTAB_H

#include "event.h"

enum {
	PROCTAB_MAX = 32768,
	PROCTAB_BYTES = 16 << 20,
	PROCTAB_DEPTH_MAX =
		256, /* ancestors that are looked for, whatever /proc or an event says */
};

/* What to keep beyond names, ids and times: memory and time are spent on what is asked for. */
struct proctab_conf {
	/*
	 * The last argv of each: for HAS_COMMAND and HAS_PARENT_COMMAND. A process that ran no
	 * program has the command line of its parent, as in /proc, but no HAS_EXEC_TIME.
	 */
	bool command;
	bool ancestry; /* every process, also without program: HAS_DEPTH and HAS_ANCESTRY */
	/*
	 * Path and container, for events that do not tell: a child has its parent's. To an event that
	 * tells the id of a cgroup, only what is of that.
	 */
	bool cgroup;
	/*
	 * HAS_DEPTH counts from this process, which has 0 itself; 0: from the first ancestor that is
	 * known. What descends from it has 1 at least, whoever adopted it: its own tree is counted on
	 * from there.
	 */
	uint32_t root;
};

struct proctab;

/* NULL if there is no memory. */
struct proctab *proctab_new(const struct proctab_conf *conf);
void proctab_free(struct proctab *t);

/*
 * Take note of an event, and add to it what is known from those before. What is added stays valid
 * until the next call.
 */
void proctab_update(struct proctab *t, struct event *ev);

/* Processes in the table, and the bytes of their texts. */
size_t proctab_cnt(const struct proctab *t);
size_t proctab_bytes(const struct proctab *t);

#endif
