/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The file that a capture is written to: flushed each second, rotated, and kept whole when the disk
 * is full. Layer 4.
 */
#ifndef RECORD_H
#define RECORD_H

#include "capture.h"

struct record_conf {
	const char *path; /* "-": standard output; NULL: no capture. Borrowed */
	uint64_t
		rotate_len; /* a file grows to at most so many bytes, but for a single block; 0: any */
	uint64_t rotate_ns; /* and for so long; 0: for ever */
	unsigned int keep; /* files beside the one that is written to */
};

/* Is there a set of files, not one? */
static inline bool record_rotates(const struct record_conf *conf)
{
	return conf->rotate_len || conf->rotate_ns;
}

struct record;

/*
 * Make the file, or open the one that is there. stop_fd: readable when a reader that does not read must not be waited for. 0, or
 * -errno, logged.
 */
int record_open(struct record **out, const struct record_conf *conf, int stop_fd);

/*
 * Empty the file and write the start: part->run is copied, part->part is ours. 0, or -errno, logged: it cannot be
 * emptied.
 */
int record_start(struct record *r, const struct capture_part *part);

/* While a reader does not read, meanwhile is called each second, which must leave r alone but for record_stop(). */
void record_meanwhile(struct record *r, void (*meanwhile)(void *ctx), void *ctx);

/* From here on such a reader is waited for only as long as out_flush() says. */
void record_stop(struct record *r);

/*
 * Record an event. What cannot be written is counted, and said once. Events of before the start,
 * which is a snapshot of the processes, wait for it in memory.
 */
void record_event(struct record *r, const struct event *ev);

/* When record_flush() is due (CLOCK_MONOTONIC); UINT64_MAX: not before the next event. */
uint64_t record_due(const struct record *r);

/* Write what is due by now_ns. */
void record_flush(struct record *r, uint64_t now_ns);

/*
 * Write what waits and go on in the file that path names now, made if it is not there. One that is not
 * empty is not ours: then it goes on with what is open, and says so.
 */
void record_reopen(struct record *r);

/* Write the rest. 0, or -errno, logged, also if events are missing or the last rotation failed. r may be NULL. */
int record_close(struct record *r);

#endif
