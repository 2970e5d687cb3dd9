// SPDX-License-Identifier: BSD-2-Clause
#include "ring.h"

#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/mman.h>

static size_t ring_page(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

/* The consumer's page, then the producer's, then the data. */
int ring_open(struct ring *r, int map_fd, size_t len)
{
	size_t page = ring_page();
	void *map;

	*r = (struct ring){ .len = len };
	map = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, map_fd, 0);
	if (map == MAP_FAILED)
		return -errno;
	r->consumer = map;
	map = mmap(NULL, page + len, PROT_READ, MAP_SHARED, map_fd, (off_t)page);
	if (map == MAP_FAILED) {
		int err = -errno;

		ring_close(r);
		return err;
	}
	r->producer = map;
	r->data = (const char *)map + page;
	return 0;
}

void ring_close(struct ring *r)
{
	size_t page = ring_page();

	if (r->consumer)
		munmap(r->consumer, page);
	if (r->producer)
		munmap((void *)r->producer, page + r->len);
	free(r->broken);
	*r = (struct ring){ 0 };
}

/* The len bytes at pos, in one piece. NULL if there is no memory for that. */
static const void *ring_piece(struct ring *r, uint64_t pos, size_t len)
{
	size_t off = pos & (r->len - 1), first = r->len - off;

	if (len <= first)
		return r->data + off;
	if (len > r->broken_len) {
		char *more = realloc(r->broken, len);

		if (!more)
			return NULL;
		r->broken = more;
		r->broken_len = len;
	}
	memcpy(r->broken, r->data + off, first);
	memcpy(r->broken + first, r->data, len - first);
	return r->broken;
}

bool ring_read(struct ring *r, ring_fn *fn, void *ctx)
{
	uint64_t pos = *r->consumer; /* nobody else writes it */
	uint64_t end = __atomic_load_n(r->producer, __ATOMIC_ACQUIRE);
	enum ring_next next = RING_MORE;

	while (next == RING_MORE && pos < end) {
		/* Eight bytes, aligned to eight: never broken. */
		const uint32_t *head = (const uint32_t *)(r->data + (pos & (r->len - 1)));
		uint32_t len = __atomic_load_n(head, __ATOMIC_ACQUIRE);
		const void *rec;

		if (len & BPF_RINGBUF_BUSY_BIT)
			break;
		if (!(len & BPF_RINGBUF_DISCARD_BIT)) {
			rec = ring_piece(r, pos + BPF_RINGBUF_HDR_SZ, len);
			if (!rec)
				break;
			next = fn(ctx, rec, len);
			if (next == RING_KEEP)
				break;
		}
		len &= ~(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT);
		pos += (len + BPF_RINGBUF_HDR_SZ + 7) & ~7u;
		/* The kernel may write there from now on. */
		__atomic_store_n(r->consumer, pos, __ATOMIC_RELEASE);
		if (pos >= end)
			end = __atomic_load_n(r->producer, __ATOMIC_ACQUIRE);
	}
	return next == RING_MORE;
}
