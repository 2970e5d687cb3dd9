/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Wins the race for argv: a thread pinned to one CPU, with the lowest real-time priority, and with
 * a socket that takes only the execs of that CPU. The kernel sends the message from inside
 * exec, so the thread is woken on the CPU that runs it and preempts the new program before its
 * first instruction. Layer 4.
 *
 * It cannot starve the host: after each exec it sleeps until the next one on its CPU, for which
 * other programs must have run there.
 */
#ifndef SOURCE_READER_H
#define SOURCE_READER_H

#include "../buf.h"
#include "../procfs.h"
#include "source.h"

struct reader;

/*
 * Start one for this CPU. 0, or -errno and *why filled in. boot_offset_ns is what it converts times
 * with (clock_boot_offset_ns()): the same for all, and it must outlive it.
 */
int reader_start(struct reader **out, int cpu, const struct source_conf *conf,
		 int64_t *boot_offset_ns, struct source_why *why);

/* End it; r may be NULL. */
void reader_stop(struct reader *r);

/*
 * Pin it to its CPU again: the kernel takes that from a thread whose CPU goes down, or leaves its
 * cpuset. Nothing happens while that is so.
 */
void reader_pin(struct reader *r);

/* Can it receive no more? What it has made before that can still be taken. */
bool reader_gave_up(const struct reader *r);

/* Had it nothing to do a moment ago? */
bool reader_is_idle(const struct reader *r);

/* Before each record. */
struct reader_head {
	uint64_t len; /* of the record; it is padded to 8 */
	struct procfs_look look;
	/*
	 * The program cannot have run since its exec: it was read about right after that, and waits for
	 * the CPU that the reader has.
	 */
	uint64_t prompt;
};

/*
 * Take over the records it has made: they are appended to out, each a struct reader_head and a struct
 * wire_exec. If out has no memory for them (out->failed), they are kept for the next call. Returns how many there
 * was no memory or room for since the last call.
 */
uint64_t reader_take(struct reader *r, struct buf *out);

#endif
