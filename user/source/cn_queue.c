// SPDX-License-Identifier: BSD-2-Clause
#include "cn_queue.h"

enum {
	ITEMS_KEEP =
		2048, /* places that an empty queue may have; after a burst more are given back */
};

void cn_queue_done(struct cn_queue *q)
{
	free(q->items);
	buf_done(&q->arena);
	pidmap_done(&q->next);
	*q = (struct cn_queue){ 0 };
}

struct cn_item *cn_queue_add(struct cn_queue *q)
{
	if (q->cnt == q->cap) {
		size_t cap = q->cap ? 2 * q->cap : 1024;
		struct cn_item *items = realloc(q->items, cap * sizeof(*items));

		if (!items)
			return NULL;
		q->items = items;
		q->cap = cap;
	}
	q->items[q->cnt] = (struct cn_item){ .order = (uint32_t)q->cnt };
	return &q->items[q->cnt++];
}

size_t cn_queue_align(struct cn_queue *q)
{
	buf_align(&q->arena);
	return q->arena.len;
}

bool cn_queue_keep(struct cn_queue *q, struct cn_item *item, size_t off)
{
	bool ok = !TAKE(q->arena.failed, false);

	if (!ok)
		q->arena.len = off;
	item->off = off;
	item->len = q->arena.len - off;
	return ok;
}

static int cn_queue_compare(const void *a, const void *b)
{
	const struct cn_item *x = a, *y = b;

	if (x->time_ns != y->time_ns)
		return x->time_ns < y->time_ns ? -1 : 1;
	return (x->order > y->order) - (x->order < y->order);
}

/* From the last to the first: the one that was seen last is the next. A twin is the same exec. */
static bool cn_queue_link(struct cn_queue *q)
{
	bool ok = true;

	for (size_t i = q->cnt; i-- > 0;) {
		struct cn_item *item = &q->items[i];
		uint32_t next;

		if (item->kind != WIRE_EXEC)
			continue;
		next = pidmap_get(&q->next, item->pid);
		while (next && q->items[next].time_ns == item->time_ns)
			next = q->items[next].next;
		item->next = next;
		ok = ok && (!i || pidmap_set(&q->next, item->pid, (uint32_t)i));
	}
	for (size_t i = 0; i < q->cnt; i++)
		if (q->items[i].kind == WIRE_EXEC)
			pidmap_set(&q->next, q->items[i].pid, 0);
	return ok;
}

bool cn_queue_sort(struct cn_queue *q)
{
	if (q->cnt)
		qsort(q->items, q->cnt, sizeof(*q->items), cn_queue_compare);
	q->linked = cn_queue_link(q);
	return q->linked;
}

size_t cn_queue_twin(const struct cn_queue *q, size_t i)
{
	const struct cn_item *item = &q->items[i];

	for (size_t j = i + 1; j < q->cnt && q->items[j].time_ns == item->time_ns; j++)
		if (q->items[j].kind == WIRE_EXEC && q->items[j].pid == item->pid &&
		    !q->items[j].len != !item->len)
			return j;
	return SIZE_MAX;
}

bool cn_queue_ends_later(const struct cn_queue *q, size_t i)
{
	for (size_t j = i + 1; j < q->cnt; j++) {
		if (q->items[j].pid != q->items[i].pid)
			continue;
		if (q->items[j].kind == WIRE_EXIT || q->items[j].kind == WIRE_FORK)
			return q->items[j].kind == WIRE_EXIT;
	}
	return false;
}

enum cn_verdict cn_queue_judge(const struct cn_queue *q, size_t i, uint32_t drops)
{
	const struct cn_item *item = &q->items[i];
	uint64_t next_ns = item->next ? q->items[item->next].time_ns : UINT64_MAX;

	if (!q->linked)
		return CN_STALE;
	if (item->prompt)
		return next_ns < item->look.end_ns + CN_PROMPT_NS ? CN_STALE : CN_RIGHT;
	if (item->proven_ns && item->drops == drops)
		return next_ns < item->proven_ns ? CN_STALE : CN_RIGHT;
	/* The next exec is known, or its message may be among those dropped. */
	return item->next || item->drops != drops ? CN_STALE : CN_OPEN;
}

void cn_queue_shift(struct cn_queue *q, size_t cnt)
{
	struct buf arena = { 0 };
	size_t kept = 0, need = 0;
	bool move;

	if (cnt == q->cnt) {
		q->cnt = 0;
		buf_empty(&q->arena);
		if (q->cap > ITEMS_KEEP) {
			free(TAKE_PTR(q->items));
			q->cap = 0;
		}
		return;
	}
	/* What is left moves to an arena of its own: few, and young. */
	for (size_t i = cnt; i < q->cnt; i++)
		need += (q->items[i].len + 7) & ~7ull;
	move = !need || buf_room(&arena, need);
	for (size_t i = cnt; i < q->cnt; i++) {
		struct cn_item item = q->items[i];

		if (move) {
			buf_align(&arena);
			if (item.len) /* with claims alone there is no arena */
				buf_put(&arena, q->arena.ptr + item.off, item.len);
			item.off = arena.len - item.len;
		}
		item.order = (uint32_t)kept;
		q->items[kept++] = item;
	}
	q->cnt = kept;
	if (!move)
		return;
	buf_done(&q->arena);
	q->arena = arena;
}
