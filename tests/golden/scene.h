/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A scene: events as text, one a line, for tests and tools.
 *
 *	exec pid=42 ppid=7 comm=ls argv=ls\0-l\0a\sb\0 cwd=/tmp thread tid=43
 *
 * First its kind as --events calls it, also start, exec-failed, snapshot, lost and end; then the
 * members of struct event that are known, each by its name, and names of bits that have no member.
 * Bytes are as they are, but \s (space), \n, \\, \0 and \xHH. Names stand for enums: argv_cut=limit.
 * run.NAME=... sets a string of struct run from then on. Lines that are empty or start with # are
 * none.
 *
 * What a line need not say: time_ns is a millisecond after the line before (the first: 1 s);
 * argv_len and argc are those of argv.
 */
#ifndef SCENE_H
#define SCENE_H

#include <stdio.h>

#include "event.h"

/* In scenes CLOCK_BOOTTIME 1 s is 2024-02-29 12:34:56 UTC. */
#define SCENE_WALL_OFFSET_NS (1709210096000000000ll - (int64_t)NSEC_PER_SEC)

/*
 * Read a scene and pass its events on; each with run, whose strings start as they are. 0; or the
 * number of the line that makes no sense, which is then told on standard error.
 */
int scene_read(FILE *f, struct run *run, event_fn *fn, void *ctx);

#endif
