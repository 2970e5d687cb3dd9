// SPDX-License-Identifier: BSD-2-Clause
#include "unit.h"

#include "source/cn_queue.h"

enum {
	US = 1000,
};

static struct cn_item *add(struct cn_queue *q, uint64_t time_us, uint32_t pid, const char *rec)
{
	struct cn_item *item = cn_queue_add(q);

	assert_non_null(item);
	item->time_ns = time_us * US;
	item->pid = pid;
	item->kind = WIRE_EXEC;
	item->off = cn_queue_align(q);
	item->len = strlen(rec);
	buf_put(&q->arena, rec, item->len);
	return item;
}

static void assert_item(const struct cn_queue *q, size_t i, const char *rec)
{
	assert_true(i < q->cnt);
	assert_int_equal(q->items[i].len, strlen(rec));
	assert_memory_equal(q->arena.ptr + q->items[i].off, rec, strlen(rec));
}

static void by_time(void **state)
{
	struct cn_queue q = { 0 };

	(void)state;
	add(&q, 30, 1, "third");
	add(&q, 10, 2, "first");
	add(&q, 30, 3, "fourth: of the same time, came later");
	add(&q, 20, 4, "second");
	assert_true(cn_queue_sort(&q));
	assert_item(&q, 0, "first");
	assert_item(&q, 1, "second");
	assert_item(&q, 2, "third");

	cn_queue_shift(&q, 2);
	assert_int_equal(q.cnt, 2);
	add(&q, 30, 5, "fifth");
	add(&q, 29, 6, "before them");
	assert_true(cn_queue_sort(&q));
	assert_item(&q, 0, "before them");
	assert_item(&q, 1, "third");
	assert_item(&q, 2, "fourth: of the same time, came later");
	assert_item(&q, 3, "fifth");
	cn_queue_shift(&q, 4);
	assert_int_equal(q.cnt, 0);
	cn_queue_done(&q);
}

/* Without a record there is no arena either. */
static void claims_alone(void **state)
{
	struct cn_queue q = { 0 };

	(void)state;
	add(&q, 10, 1, "");
	add(&q, 20, 2, "");
	assert_true(cn_queue_sort(&q));
	cn_queue_shift(&q, 1);
	assert_int_equal(q.cnt, 1);
	assert_int_equal(q.items[0].pid, 2);
	assert_item(&q, 0, "");
	cn_queue_done(&q);
}

static void twins(void **state)
{
	struct cn_queue q = { 0 };

	(void)state;
	add(&q, 10, 1, ""); /* a claim */
	add(&q, 10, 2, "of another process");
	add(&q, 10, 1, "its record");
	add(&q, 11, 1, "");
	add(&q, 11, 1, "");
	assert_true(cn_queue_sort(&q));
	assert_int_equal(cn_queue_twin(&q, 0), 2);
	assert_int_equal(cn_queue_twin(&q, 1), SIZE_MAX);
	assert_int_equal(cn_queue_twin(&q, 3), SIZE_MAX);
	/* Neither is a later exec of the other. */
	assert_int_equal(q.items[0].next, 3);
	assert_int_equal(q.items[2].next, 3);
	cn_queue_done(&q);
}

/* When the next exec of the process is told, and what that says of a reading that ended at 100 us. */
static enum cn_verdict judge(bool prompt, uint64_t next_us, uint64_t proven_us, uint32_t drops)
{
	struct cn_queue q = { 0 };
	struct cn_item *item = add(&q, 10, 7, "x");
	enum cn_verdict verdict;

	item->prompt = prompt;
	item->look.end_ns = 100 * US;
	item->proven_ns = proven_us * US;
	add(&q, 11, 8, "another process");
	if (next_us)
		add(&q, next_us, 7, "y");
	assert_true(cn_queue_sort(&q));
	verdict = cn_queue_judge(&q, 0, drops);
	cn_queue_done(&q);
	return verdict;
}

static void prompt_readings(void **state)
{
	(void)state;
	assert_int_equal(judge(true, 0, 0, 0), CN_RIGHT);
	assert_int_equal(judge(true, 0, 0, 5), CN_RIGHT); /* the reader has a socket of its own */
	assert_int_equal(judge(true, 131, 0, 0), CN_RIGHT);
	/* The program ran elsewhere meanwhile, and was within its next exec. */
	assert_int_equal(judge(true, 90, 0, 0), CN_STALE);
	assert_int_equal(judge(true, 110, 0, 0), CN_STALE);
}

static void late_readings(void **state)
{
	(void)state;
	assert_int_equal(judge(false, 0, 0, 0), CN_OPEN);
	assert_int_equal(judge(false, 0, 5000, 0), CN_RIGHT);
	assert_int_equal(judge(false, 6000, 5000, 0), CN_RIGHT);
	assert_int_equal(judge(false, 90, 5000, 0), CN_STALE);
	/* It may have had its next argv long before that was told. */
	assert_int_equal(judge(false, 4000, 5000, 0), CN_STALE);
	assert_int_equal(judge(false, 4000, 0, 0), CN_STALE);
	/* The message of the next may be among those that were dropped. */
	assert_int_equal(judge(false, 0, 0, 1), CN_STALE);
	assert_int_equal(judge(false, 0, 5000, 1), CN_STALE);
}

/* There was no memory to find the next exec of each: it may be any. */
static void unlinked(void **state)
{
	struct cn_queue q = { 0 };
	struct cn_item *item = add(&q, 10, 7, "x");

	(void)state;
	item->prompt = true;
	assert_true(cn_queue_sort(&q));
	assert_int_equal(cn_queue_judge(&q, 0, 0), CN_RIGHT);
	q.linked = false;
	assert_int_equal(cn_queue_judge(&q, 0, 0), CN_STALE);
	cn_queue_done(&q);
}

/* So much that no more can be had, without trying. */
#define NO_ROOM (SIZE_MAX / 2 + 1)

static void no_memory_for_a_record(void **state)
{
	struct cn_queue q = { 0 };
	struct cn_item *item = cn_queue_add(&q);
	size_t off = cn_queue_align(&q);

	(void)state;
	assert_non_null(item);
	buf_put(&q.arena, "all of it", 9);
	assert_true(cn_queue_keep(&q, item, off));
	assert_item(&q, 0, "all of it");

	buf_done(&q.arena);
	q.arena = (struct buf){ .len = NO_ROOM, .cap = NO_ROOM };
	off = cn_queue_align(&q);
	buf_put(&q.arena, "none", 4);
	q.arena.len += 8; /* a part of it */
	assert_false(cn_queue_keep(&q, item, off));
	assert_int_equal(item->len, 0);
	assert_int_equal(q.arena.len, NO_ROOM);
	assert_false(q.arena.failed); /* it is for the next to try */
	q.arena = (struct buf){ 0 };
	cn_queue_done(&q);
}

/* What is left is kept where it is. */
static void no_memory_to_shift(void **state)
{
	struct cn_queue q = { 0 };

	(void)state;
	add(&q, 1, 1, "first");
	add(&q, 2, 2, "second");
	add(&q, 3, 3, "third");
	q.items[2].len = NO_ROOM + 1;
	cn_queue_shift(&q, 1);
	assert_int_equal(q.cnt, 2);
	q.items[1].len = strlen("third");
	assert_item(&q, 0, "second");
	assert_item(&q, 1, "third");
	cn_queue_shift(&q, 1);
	assert_int_equal(q.cnt, 1);
	assert_item(&q, 0, "third");
	assert_false(q.arena.failed);
	cn_queue_done(&q);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_time),
		cmocka_unit_test(claims_alone),
		cmocka_unit_test(twins),
		cmocka_unit_test(prompt_readings),
		cmocka_unit_test(late_readings),
		cmocka_unit_test(unlinked),
		cmocka_unit_test(no_memory_for_a_record),
		cmocka_unit_test(no_memory_to_shift),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
