/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The program's own messages: one line each on stderr, "execsnoop-c: ...".
 * The function that knows the context logs, once; its callers pass the code on.
 *
 * Where stderr is the journal (JOURNAL_STREAM, systemd.exec(5)), "<N>" before a line is its
 * syslog level: sd-daemon(3). All functions may be called from any thread.
 */
#ifndef LOG_H
#define LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Show log_debug() lines as well. What log.c keeps is the only mutable state of file scope. */
void log_set_verbose(bool verbose);
bool log_is_verbose(void);

/*
 * From now on at most burst lines of each format string in any interval; 0: no limit. What is more is
 * counted, and said with the last of it when the interval is over: "... (7 more like this)".
 * log_debug() has no limit.
 */
void log_limit(unsigned int burst, uint64_t interval_ns);

/* Say what was counted: of the intervals that are over, or all. To be called now and then, */
void log_catch_up(bool all);

/* and at this time at the latest (CLOCK_MONOTONIC); UINT64_MAX: nothing was counted. */
uint64_t log_due(void);

/* Lines that were counted instead of shown. */
uint64_t log_suppressed(void);

/* An error; returns err, a negative errno, whose text is appended unless err is 0. */
int log_err(int err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* A message for the user that is not an error. */
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*
 * What was asked for, in whole lines of which the first is a message as above and the others stay as they
 * are, with the level of log_info() each; nothing comes between them, and no limit holds.
 */
void log_answer(const char *text, size_t len);

/* Shown with --verbose only. */
void log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
