/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A thread that brings a file to the disk while its writer goes on: fdatasync(2) can take longer than
 * the kernel's buffers last. Layer 4.
 */
#ifndef RECORD_SYNC_H
#define RECORD_SYNC_H

struct record_sync;

/* NULL if there is no memory or no thread to be had. */
struct record_sync *record_sync_new(void);

/*
 * What was written to fd shall be on the disk soon, within half a second if that keeps up; fd may be closed
 * then. If many files wait, as when each is rotated away at once, this takes as long as the disk does.
 */
void record_sync_ask(struct record_sync *s, int fd);

/* Bring to the disk what was asked for, and end. 0, or -errno of the first that failed. */
int record_sync_free(struct record_sync *s);

#endif
