/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A command that runs under the tracer, as if it had been started without it: it has the same
 * terminal, process group, descriptors, limits and signal dispositions. Layer 4.
 */
#ifndef COMMAND_H
#define COMMAND_H

#include <stdbool.h>
#include <stdint.h>

struct command;

/*
 * Make a process that will become argv (borrowed, looked up in PATH), and let it wait. To be called
 * before anything is changed that it must not inherit, and before there are threads. From here on
 * signals are held back. follow: what counts is the end of its last descendant, so
 * orphans become children of this process. 0 and *out set, ended with command_end(); or -errno,
 * logged.
 */
int command_start(struct command **out, char *const *argv, bool follow);

/*
 * Start to pass on to the command the signals that a process sends to this one, those since
 * command_start() too; those of the terminal have reached it already. 0, or -errno, logged.
 */
int command_watch(struct command *c);

/* In this process's pid namespace, which is the initial one. */
uint32_t command_pid(const struct command *c);

/* Readable when the tracing should end; stays the command's. */
int command_fd(const struct command *c);

/* Let it go. What cannot be run says so, and ends with 127 (not found) or 126. */
void command_release(struct command *c);

/*
 * Wait for its end; what was not released never runs. Returns its exit status, 128 and the number
 * of the signal that killed it, or EXIT_FAILURE. c may be NULL and is gone.
 */
int command_end(struct command *c);

#endif
