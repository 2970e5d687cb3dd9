/* SPDX-License-Identifier: BSD-2-Clause */
/* A byte buffer that grows. Layer 0. */
#ifndef BUF_H
#define BUF_H

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include "util.h"

enum {
	BUF_KEEP = 128 << 10, /* bytes that an emptied buffer may have: each CPU has three */
};

/* All zero is an empty buffer. */
struct buf {
	char *ptr;
	size_t len;
	size_t cap;
	bool failed; /* memory ran out: what was put since then is missing */
};

void buf_done(struct buf *b);

/* Empty it for what comes next; after a burst its memory is given back. */
static inline void buf_empty(struct buf *b)
{
	b->len = 0;
	if (b->cap > BUF_KEEP)
		buf_done(b);
}

/* Make room for len more bytes; false, and b->failed, if there is no memory. */
bool buf_grow(struct buf *b, size_t len);

/* Append formatted text. For what is rare: the hot paths use the functions below. */
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Append n in decimal. */
void buf_put_u64(struct buf *b, uint64_t n);

/* Append n in decimal with leading zeros up to width digits; higher digits are not cut. */
void buf_put_padded(struct buf *b, uint64_t n, unsigned int width);

/* Where the next len bytes go; NULL if there is no memory. */
static inline char *buf_room(struct buf *b, size_t len)
{
	if (b->cap - b->len < len && !buf_grow(b, len))
		return NULL;
	return b->ptr + b->len;
}

static inline void buf_put(struct buf *b, const void *ptr, size_t len)
{
	char *at = ptr && len ? buf_room(b, len) : NULL;

	if (at) {
		memcpy(at, ptr, len);
		b->len += len;
	}
}

/* Append zeros until the next record is aligned: its length becomes a multiple of 8. */
static inline void buf_align(struct buf *b)
{
	buf_put(b, "\0\0\0\0\0\0\0", -b->len & 7);
}

static inline void buf_put_char(struct buf *b, char c)
{
	char *at = buf_room(b, 1);

	if (at) {
		*at = c;
		b->len++;
	}
}

static inline void buf_put_span(struct buf *b, struct span s)
{
	buf_put(b, s.ptr, s.len);
}

static inline void buf_puts(struct buf *b, const char *s)
{
	buf_put(b, s, strlen(s));
}

static inline struct span buf_span(const struct buf *b)
{
	return (struct span){ b->ptr, b->len };
}

#endif
