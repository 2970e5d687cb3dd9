/* SPDX-License-Identifier: BSD-2-Clause */
/* Small things that every file may use. Layer 0. */
#ifndef UTIL_H
#define UTIL_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define BIT(n) (1ull << (n))
#define NSEC_PER_SEC 1000000000ull
#define NSEC_PER_MSEC 1000000ull

/* Bytes that belong to somebody else. May hold any byte, NUL too; ptr may be NULL if len is 0. */
struct span {
	const char *ptr;
	size_t len;
};

/* A string literal as a span. */
#define SPAN(literal) ((struct span){ literal, sizeof(literal) - 1 })

/* Resources that end with their scope; TAKE_PTR and TAKE_FD hand them over. */
#define _cleanup_(fn) __attribute__((cleanup(fn)))

static inline void util_free(void *p)
{
	free(*(void **)p);
}

static inline void util_close(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void util_fclose(FILE **f)
{
	if (*f)
		fclose(*f);
}

#define _cleanup_free_ _cleanup_(util_free)
#define _cleanup_close_ _cleanup_(util_close)
#define _cleanup_fclose_ _cleanup_(util_fclose)

#define TAKE(var, empty)                  \
	({                                \
		__typeof__(var) _v = var; \
		(var) = empty;            \
		_v;                       \
	})
#define TAKE_PTR(var) TAKE(var, NULL)
#define TAKE_FD(var) TAKE(var, -1)

#endif
