/* SPDX-License-Identifier: BSD-2-Clause */
/* How large a POSIX extended regular expression becomes. Layer 0. */
#ifndef PATTERN_H
#define PATTERN_H

#include "util.h"

enum {
	PATTERN_SIZE_MAX = 2000,
};

/*
 * How many nodes the C library makes of it, about, at most PATTERN_SIZE_MAX. glibc copies what stands
 * before a + or a {m,n} (parse_dup_op() in posix/regcomp.c), so a repetition of a repetition doubles:
 * forty + one after the other would take all memory, and forty * as good as for ever. More than four,
 * one around the other, count as the most. An expression that is none is as large as what can be read
 * of it.
 */
size_t pattern_size(const char *pattern);

#endif
