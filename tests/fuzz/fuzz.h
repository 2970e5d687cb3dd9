/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What every fuzz target includes. A target is one function that takes hostile bytes and must not
 * abort: clang's libFuzzer calls it with bytes that it makes up, replay.c with those that are kept
 * in corpus/.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <string.h>

#include "util.h"

/* Always 0. data has exactly size bytes. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What holds whatever the input; else the input is a finding. Also if stderr is not the terminal's. */
#define must(cond)                                                                          \
	do {                                                                                \
		if (!(cond)) {                                                              \
			dprintf(STDERR_FILENO, "%s:%d: not true: %s\n", __FILE__, __LINE__, \
				#cond);                                                     \
			abort();                                                            \
		}                                                                           \
	} while (0)

/* The bytes that were not taken yet. */
struct input {
	const uint8_t *ptr;
	size_t len;
};

/* Take a number of so many bytes, at most 8, the lowest first; what the input lacks is 0. */
static inline uint64_t input_number(struct input *in, size_t bytes)
{
	uint64_t n = 0;

	for (size_t i = 0; i < bytes && in->len; i++, in->ptr++, in->len--)
		n |= (uint64_t)*in->ptr << 8 * i;
	return n;
}

/* Take len bytes, or what there is. They stay the input's. */
static inline struct span input_take(struct input *in, size_t len)
{
	struct span s = { (const char *)in->ptr, len < in->len ? len : in->len };

	in->ptr += s.len;
	in->len -= s.len;
	return s;
}

/* Memory of the very length of what it holds, so that the sanitizer sees each byte beyond it. */
struct blocks {
	void *ptr[256];
	size_t cnt;
};

static inline void blocks_free(struct blocks *b)
{
	while (b->cnt)
		free(b->ptr[--b->cnt]);
}

/* A copy that lives as long as b; an empty span once b has no room. */
static inline struct span blocks_copy(struct blocks *b, struct span s)
{
	char *copy = b->cnt < ARRAY_LEN(b->ptr) ? malloc(s.len ? s.len : 1) : NULL;

	if (!copy)
		return (struct span){ 0 };
	if (s.len)
		memcpy(copy, s.ptr, s.len);
	b->ptr[b->cnt++] = copy;
	return (struct span){ copy, s.len };
}

/* Read each byte, so that the sanitizer sees those that are not ours. */
static inline void touch(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		__asm__ volatile("" : : "r"(s.ptr[i]));
}

#endif
