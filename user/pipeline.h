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

#include <stdbool.h>

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

/*
 * Shall SIGHUP wait until pipeline_run() can hear it? So where it is about files. Not while a pipe's other end
 * is waited for, which may take its time, nor for a command, which starts with the signals as they were.
 */
bool pipeline_holds_hangup(const struct opts *opts, const struct notify *notify);

#endif
