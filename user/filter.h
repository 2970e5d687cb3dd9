/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which events are shown: the same on each source and in replay. It looks at the events that went
 * through the process table, and knows no other state than the trees of processes that it follows.
 * What a source can leave out in the kernel by the same rules, it may; never more. Pure. Layer 3.
 */
#ifndef FILTER_H
#define FILTER_H

#include "buf.h"
#include "event.h"

enum filter_status {
	FILTER_STATUS_ANY,
	FILTER_STATUS_CODE, /* exit code equals code */
	FILTER_STATUS_NONZERO, /* exit code above 0, or a signal */
	FILTER_STATUS_SIGNAL,
};

enum {
	/*
	 * Bytes of a command line that are matched; an expression sees no more of it. The text is
	 * the traced programs' choice, and matching takes time and memory in proportion.
	 */
	FILTER_LINE_MAX = 64 * 1024,
	FILTER_PATTERN_MAX = 4096, /* a longer expression is refused */
	/*
	 * Processes of which it is remembered that they are not in the tree of conf.pid. Further ones become
	 * members if a member adopts them.
	 */
	FILTER_OUT_MAX = 65536,
};

/*
 * All zero shows everything. Strings are borrowed. What an event does not tell, and what is not
 * known from those before it, meets no condition.
 *
 * Expressions are matched byte by byte, as in the C locale: bytes that are no UTF-8 match `.` too.
 */
struct filter_conf {
	uint32_t pid; /* this process and its descendants; 0: all */
	uint32_t ppid; /* children of this process; 0: all */
	uint32_t self; /* without this process and its descendants; 0: none is left out */
	uint32_t uid; /* real or effective, if by_uid */
	bool by_uid;
	const char *name; /* POSIX extended regular expression on the program's name; NULL: all */
	const char *line; /* and on the whole command line: arguments with a space between them */
	const char *
		cgroup; /* path of a cgroup as in /proc/PID/cgroup, with those below it; NULL: all */
	const char *container; /* id, or the start of one; NULL: all */
	enum filter_status status; /* of exits, and without other events unless this is any */
	uint32_t code;
	uint64_t min_duration_ns; /* of exits, and without other events unless this is 0 */
};

struct filter;

/*
 * NULL if there is no memory, or if a regular expression does not compile: then wrong (not NULL) gets
 * one line that says where. conf is borrowed.
 */
struct filter *filter_new(const struct filter_conf *conf, struct buf *wrong);
void filter_free(struct filter *f);

/*
 * Note what the event says of processes, and tell whether it is to be shown. What a snapshot
 * (events of one time) says of descendants counts from the first event after it.
 *
 * A process is a descendant if the parent that it had when it was made is one, or that
 * process; whatever becomes of the parent, and whoever adopts it. If its making was not seen, the parent
 * that is told first counts. If pid is below self or self below pid, the nearer one counts. If
 * pid was not there in a snapshot, the first process of that number counts.
 */
bool filter_pass(struct filter *f, const struct event *ev);

/*
 * The kinds that must come from the source so that it can tell of those shown, whether they are
 * shown themselves or not.
 */
unsigned int filter_kinds(const struct filter_conf *conf, unsigned int shown);

/* What the process table must keep for it. */
bool filter_needs_command(const struct filter_conf *conf);
bool filter_needs_cgroup(const struct filter_conf *conf);

/* Takes a pid. */
typedef void filter_fn(void *ctx, uint32_t pid);

/* Call fn with conf.pid and each descendant. */
void filter_each(const struct filter *f, filter_fn *fn, void *ctx);

/*
 * From now on watch for descendants that were made before time_ns (CLOCK_BOOTTIME) and become
 * known only later; is there one?
 */
void filter_watch(struct filter *f, uint64_t time_ns);
bool filter_found(const struct filter *f);

/*
 * From now on the source leaves out what is not in the tree, also the ends of processes: forget which
 * were not in it, as their pids will come again unseen.
 */
void filter_narrowed(struct filter *f);

#endif
