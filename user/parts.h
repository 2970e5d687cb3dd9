/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The files of a rotated set: PATH is written to, PATH.1, PATH.2, ... are older ones, the highest
 * number the youngest. Layer 0.
 */
#ifndef PARTS_H
#define PARTS_H

#include <stdbool.h>

#include "buf.h"

/* Append the numbers there are, in ascending order, as uint64_t. 0 or -errno. */
int parts_list(const char *path, struct buf *numbers);

/* Append PATH.NUMBER and a NUL. */
void parts_name(struct buf *b, const char *path, uint64_t number);

/*
 * Rename PATH to the next number, over nothing. 0, also if there is no PATH; or -errno, and then it is where it
 * was: -ENAMETOOLONG if a file has the highest number there is, which anybody may have made.
 */
int parts_shift(const char *path);

/* Remove the oldest, so that keep with a number are left. 0 or -errno. */
int parts_keep(const char *path, unsigned int keep);

#endif
