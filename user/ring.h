/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The reader's side of a BPF ring buffer. Layer 2.
 *
 * Format and memory order: Documentation/bpf/ringbuf.rst and kernel/bpf/ringbuf.c.
 * libbpf's reader maps the data twice, so that no record is ever broken in two, and
 * the kernel counts both as resident memory. This one maps it once, and copies the
 * one record a round that goes over the end.
 */
#ifndef RING_H
#define RING_H

#include <stdbool.h>

#include "util.h"

struct ring {
	uint64_t *consumer; /* position up to which was read; ours to write */
	const uint64_t *producer; /* position up to which was written */
	const char *data;
	size_t len; /* of data: a power of two */
	char *broken; /* a copy of a record that goes over the end; made when needed */
	size_t broken_len;
};

enum ring_next {
	RING_MORE,
	RING_STOP, /* after this one */
	RING_KEEP, /* stop before this one: it comes again the next time */
};

/* Takes a record of len bytes, valid until it returns. */
typedef enum ring_next ring_fn(void *ctx, const void *rec, size_t len);

/* Map the ring buffer of this map and of so many bytes. 0, or -errno. */
int ring_open(struct ring *r, int map_fd, size_t len);

/* All zero and closed already are fine. What was not read can be read after the next open. */
void ring_close(struct ring *r);

/* Bytes that wait to be read. */
static inline size_t ring_waiting(const struct ring *r)
{
	return __atomic_load_n(r->producer, __ATOMIC_RELAXED) - *r->consumer;
}

/* Where the first of these is, counted from the ring's beginning. */
static inline uint64_t ring_pos(const struct ring *r)
{
	return *r->consumer;
}

/*
 * Call fn for each record that waits, in order. False if fn asked to stop before the
 * end. A record under way in the kernel ends it like the end of the buffer. What comes meanwhile
 * is read as well: it is fn's to see that this has an end.
 */
bool ring_read(struct ring *r, ring_fn *fn, void *ctx);

#endif
