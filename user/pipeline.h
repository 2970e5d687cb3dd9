/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From a source to a sink, in one thread with one poll(). Layer 5.
 *
 *	source --> enrich --> capture file
 *	                 \--> process table --> sink --> output
 *	replay ---------/
 */
#ifndef PIPELINE_H
#define PIPELINE_H

struct opts;

/*
 * Trace or replay as opts say, until SIGINT, SIGTERM or SIGHUP, or the time is over; then read
 * what waits, and write the end. 0, also if the reader closed its pipe; or -errno,
 * logged.
 */
int pipeline_run(const struct opts *opts);

#endif
