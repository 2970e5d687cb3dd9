/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The program's own messages: one line each on stderr, "execsnoop-c: ...".
 * The function that knows the context logs, once; its callers pass the code on.
 */
#ifndef LOG_H
#define LOG_H

#include <stdbool.h>

/* Show log_debug() lines as well. The one mutable variable of file scope. */
void log_set_verbose(bool verbose);
bool log_is_verbose(void);

/* An error; returns err, a negative errno, whose text is appended unless err is 0. */
int log_err(int err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* A message for the user that is not an error. */
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Shown with --verbose only. */
void log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
