// SPDX-License-Identifier: BSD-2-Clause
/* The connector's queue: items of hostile times and pids come, are sorted, asked about, and go. */
#include "fuzz.h"
#include "source/cn_queue.h"

enum {
	ITEM_MAX = 40,
};

/* Bytes that tell whose record it is. */
static void add(struct cn_queue *q, struct input *in)
{
	unsigned int bits = (unsigned int)input_number(in, 1);
	struct cn_item *item = cn_queue_add(q);

	must(item);
	item->kind = bits & 1 ? WIRE_EXEC : WIRE_FORK;
	item->prompt = bits & 2;
	item->proven_ns = bits & 4 ? input_number(in, 1) : 0;
	item->drops = bits >> 3 & 1;
	item->time_ns = input_number(in, bits & 16 ? 8 : 1);
	item->look.end_ns = item->time_ns + (bits & 32);
	item->pid = (uint32_t)input_number(in, bits & 64 ? 4 : 1);
	item->off = cn_queue_align(q);
	must(item->off % 8 == 0);
	if (bits & 128) {
		buf_put(&q->arena, &item->pid, sizeof(item->pid));
		item->len = sizeof(item->pid);
	}
}

static void check_next(const struct cn_queue *q, size_t i)
{
	const struct cn_item *item = &q->items[i], *next;

	if (item->kind != WIRE_EXEC || !item->next)
		return;
	must(item->next > i && item->next < q->cnt);
	next = &q->items[item->next];
	must(next->kind == WIRE_EXEC && next->pid == item->pid && next->time_ns > item->time_ns);
}

static void check_sorted(const struct cn_queue *q)
{
	for (size_t i = 0; i < q->cnt; i++) {
		const struct cn_item *item = &q->items[i];
		size_t twin = cn_queue_twin(q, i);

		must(!i || item[-1].time_ns < item->time_ns ||
		     (item[-1].time_ns == item->time_ns && item[-1].order < item->order));
		must(!item->len ||
		     !memcmp(q->arena.ptr + item->off, &item->pid, sizeof(item->pid)));
		check_next(q, i);
		must(twin == SIZE_MAX ||
		     (twin > i && twin < q->cnt && q->items[twin].time_ns == item->time_ns));
		must(cn_queue_judge(q, i, 0) <= CN_STALE);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct cn_queue q; /* kept: its memory is large */
	struct input in = { data, size };

	while (in.len) {
		for (size_t n = (size_t)input_number(&in, 1) % 16; n && q.cnt < ITEM_MAX; n--)
			add(&q, &in);
		must(cn_queue_sort(&q));
		must(q.next.cnt == 0);
		check_sorted(&q);
		cn_queue_shift(&q, q.cnt ? (size_t)input_number(&in, 1) % (q.cnt + 1) : 0);
	}
	cn_queue_shift(&q, q.cnt);
	return 0;
}
