/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From a source to a sink, in one thread with one poll(). Layer 5.
 *
 *	source --> enrich --> capture file
 *	                 \--> process table --> filter --> sink --> output
 *	replay ---------/
 */
#ifndef PIPELINE_H
#define PIPELINE_H

struct command;
struct notify;
struct opts;

/*
 * Trace or replay as opts say, until SIGINT, SIGTERM or SIGHUP, or the time is over; then read
 * what waits, and write the end. With files to write to or a service manager, SIGHUP opens these anew instead, unless the
 * kernel sent it. With a command (else NULL) it is released once all is traced, and
 * what ends the tracing is the command's, not a signal. notify hears when it traces, that it goes on
 * doing so, and when it ends. 0, also if the reader closed its pipe; or -errno,
 * logged.
 */
int pipeline_run(const struct opts *opts, struct command *command, struct notify *notify);

#endif
