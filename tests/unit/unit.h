/* SPDX-License-Identifier: BSD-2-Clause */
/* What every unit test includes: cmocka, and what it needs before it. */
#ifndef UNIT_H
#define UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "buf.h"

/* What is in b equals the string; b is emptied. */
static inline void assert_buf(struct buf *b, const char *want)
{
	buf_put_char(b, '\0');
	assert_false(b->failed);
	assert_string_equal(b->ptr, want);
	b->len = 0;
}

/* A span over a string literal that may hold NULs. */
#define BYTES(literal) ((struct span){ literal, sizeof(literal) - 1 })

#endif
