/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What /proc tells of a process, as a record of bpf/wire.h. Layer 2.
 *
 * Source: proc(5); fs/proc/array.c and fs/proc/base.c for what each read needs in rights.
 */
#ifndef PROCFS_H
#define PROCFS_H

#include <stdbool.h>

#include "../bpf/wire.h"
#include "buf.h"
#include "event.h"

struct procfs; /* /proc, opened once, with the buffers of one thread */

/* path: normally "/proc". NULL and errno set if it cannot be opened. */
struct procfs *procfs_open(const char *path);
void procfs_close(struct procfs *p);

/* The one file that stays open; p's. */
int procfs_fd(const struct procfs *p);

/* Is it mounted with hidepid=2, and are we not among those who see all? */
bool procfs_is_hidden(const struct procfs *p);

/* How a process was when it was read about. Times are CLOCK_BOOTTIME. */
struct procfs_look {
	uint64_t begin_ns, end_ns; /* of the reading */
	uint64_t start_ns; /* of the process; 0: it was not seen */
	uint64_t cpu_ns; /* it had run for so long */
	uint32_t cpu; /* where it ran last */
	char state; /* as in stat: R can run, S sleeps, t is stopped by a tracer, ... */
};

/*
 * Append a struct wire_exec for the program that process pid runs now to out: argv, file name,
 * binary, parent, ids and start time, with flags for what is known; with env also the environment. head is
 * given by the caller, with the event's time (CLOCK_BOOTTIME). argv is cut at max_argv bytes. If
 * the process is not there, or is another one that got its pid after the event, argv_missing says
 * why and the record has little but the pid.
 *
 * The record is as long as it is, without WIRE_ARGV pieces. look is filled in.
 */
void procfs_exec(struct procfs *p, const struct wire_head *head, uint32_t pid, uint32_t max_argv,
		 bool env, struct buf *out, struct procfs_look *look);

/*
 * The path of the binary of this exec, which must have HAS_START and HAS_INODE, into out, and into ev
 * HAS_EXE_DELETED and HAS_EXE_MEMFD. False if the process is gone or runs another file by now.
 */
bool procfs_binary(struct procfs *p, struct event *ev, struct buf *out);

/*
 * Is it certain that the process of that look is not within an exec, which gives it another argv before
 * the kernel tells of it? It is if it sleeps, is stopped, has ended, or has run for long since.
 */
bool procfs_is_settled(const struct procfs *p, uint32_t pid, const struct procfs_look *look);

/* Takes a record. */
typedef void procfs_fn(void *ctx, const struct wire_note *rec);

/*
 * Call fn with a WIRE_SNAPSHOT for each process that is there: parent, start time, name,
 * effective ids. time_ns: CLOCK_BOOTTIME.
 */
void procfs_snapshot(struct procfs *p, uint64_t time_ns, procfs_fn *fn, void *ctx);

/* Takes a thread. */
typedef void procfs_thread_fn(void *ctx, uint32_t pid, uint32_t tid);

/*
 * Call fn with each thread that is alive all the time, and with some of those that begin or end meanwhile; with
 * some more than once. Zombies are not alive. False if there may be more processes, which are hidden or could not be read.
 */
bool procfs_threads(const struct procfs *p, procfs_thread_fn *fn, void *ctx);

/*
 * Read a small file of a process, or, with link, where a link leads, into out. False if it is not to
 * be had, or if the process is not the one that was made at start_ns (CLOCK_BOOTTIME, by ticks).
 */
bool procfs_text(struct procfs *p, uint32_t pid, uint64_t start_ns, const char *name, bool link,
		 struct buf *out);

#endif
