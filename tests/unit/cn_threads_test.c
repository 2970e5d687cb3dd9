// SPDX-License-Identifier: BSD-2-Clause
#include "unit.h"

#include "source/cn_queue.h"
#include "source/cn_threads.h"

enum {
	NOW = 1000,
};

/* A process 7 with those threads, alive at the start. */
static struct cn_threads counted(const uint32_t *tids, size_t cnt)
{
	struct cn_threads t = { 0 };

	for (size_t i = 0; i < cnt; i++)
		cn_threads_add(&t, 7, tids[i]);
	cn_threads_added(&t, NOW, false);
	return t;
}

#define COUNTED(...)                               \
	counted((const uint32_t[]){ __VA_ARGS__ }, \
		sizeof((const uint32_t[]){ __VA_ARGS__ }) / sizeof(uint32_t))

static void end(struct cn_threads *t, uint32_t tid, enum cn_end want)
{
	assert_int_equal(cn_threads_end(t, 7, tid), want);
}

/* Long after the start: what is known of its threads is how many they are. */
static void later(struct cn_threads *t)
{
	cn_threads_time(t, NOW + CN_START_NS + 1);
	assert_int_equal(t->known.cap, 0);
}

static void since_its_fork(void **state)
{
	struct cn_threads t = { 0 };

	(void)state;
	cn_threads_fork(&t, 7);
	end(&t, 7, CN_LAST);
	cn_threads_fork(&t, 7);
	cn_threads_begin(&t, 7, 8);
	cn_threads_begin(&t, 7, 9);
	end(&t, 8, CN_GOES_ON);
	end(&t, 7, CN_GOES_ON);
	end(&t, 9, CN_LAST);
	/* The end of a thread that exec ends can come behind it. */
	cn_threads_begin(&t, 7, 8);
	cn_threads_exec(&t, 7);
	end(&t, 8, CN_GOES_ON);
	end(&t, 7, CN_LAST);
	cn_threads_done(&t);
}

static void alive_at_the_start(void **state)
{
	for (int late = 0; late < 2; late++) {
		struct cn_threads t = COUNTED(7, 8, 9, 8);

		(void)state;
		if (late)
			later(&t);
		end(&t, 7, CN_GOES_ON);
		end(&t, 9, CN_GOES_ON);
		end(&t, 8, CN_LAST);
		cn_threads_done(&t);

		t = COUNTED(7);
		if (late)
			later(&t);
		cn_threads_begin(&t, 7, 8);
		end(&t, 7, CN_GOES_ON);
		end(&t, 8, CN_LAST);
		cn_threads_done(&t);
	}
}

/* The first thread was a zombie; its end may have been told, or is yet. */
static void without_leader(void **state)
{
	struct cn_threads t = COUNTED(8);

	(void)state;
	end(&t, 7, CN_GOES_ON);
	end(&t, 8, CN_LAST);
	cn_threads_done(&t);

	t = COUNTED(8);
	later(&t);
	end(&t, 8, CN_LAST);
	cn_threads_done(&t);
}

/* Messages of what the count has seen already. */
static void counted_before_it_is_told(void **state)
{
	struct cn_threads t = COUNTED(7, 9);

	(void)state;
	cn_threads_begin(&t, 7, 8); /* gone again */
	cn_threads_begin(&t, 7, 9);
	end(&t, 8, CN_GOES_ON);
	end(&t, 6, CN_GOES_ON); /* had ended, and began before we listened */
	cn_threads_begin(&t, 7, 10); /* after the count */
	end(&t, 7, CN_GOES_ON);
	end(&t, 10, CN_GOES_ON);
	end(&t, 9, CN_LAST);
	cn_threads_done(&t);

	/* The process itself began meanwhile. */
	t = COUNTED(7, 9);
	cn_threads_fork(&t, 7);
	cn_threads_begin(&t, 7, 9);
	end(&t, 7, CN_GOES_ON);
	end(&t, 9, CN_LAST);
	/* and its pid again */
	cn_threads_fork(&t, 7);
	end(&t, 7, CN_LAST);
	cn_threads_done(&t);

	/* A thread that ran another program. */
	t = COUNTED(7, 9);
	end(&t, 7, CN_GOES_ON);
	cn_threads_exec(&t, 7);
	end(&t, 7, CN_LAST);
	cn_threads_done(&t);

	/* An exec before the count, which has a thread made since. */
	t = COUNTED(7, 9);
	cn_threads_exec(&t, 7);
	cn_threads_begin(&t, 7, 9);
	end(&t, 7, CN_GOES_ON);
	end(&t, 9, CN_LAST);
	cn_threads_done(&t);
}

/* The end of the first thread is told late, when that of the process would be next. */
static void told_late(void **state)
{
	struct cn_threads t = COUNTED(8);

	(void)state;
	cn_threads_begin(&t, 7, 8);
	end(&t, 7, CN_GOES_ON);
	end(&t, 8, CN_LAST);
	cn_threads_done(&t);
}

/* Nothing of it was there any more: who knows the messages that follow knows the last. */
static void gone_before_the_count(void **state)
{
	struct cn_threads t = { 0 };

	(void)state;
	cn_threads_added(&t, NOW, false);
	cn_threads_begin(&t, 7, 8);
	end(&t, 7, CN_UNSEEN);
	end(&t, 9, CN_UNSEEN);
	end(&t, 8, CN_UNSEEN);
	cn_threads_fork(&t, 7);
	cn_threads_begin(&t, 7, 8);
	end(&t, 7, CN_GOES_ON);
	end(&t, 8, CN_LAST);
	cn_threads_done(&t);

	/* Or it was, and hidden from us. */
	t = (struct cn_threads){ 0 };
	cn_threads_added(&t, NOW, true);
	end(&t, 9, CN_GOES_ON);
	cn_threads_begin(&t, 7, 8);
	end(&t, 8, CN_GOES_ON);
	end(&t, 7, CN_LAST);
	cn_threads_done(&t);
}

static void add(struct cn_queue *q, enum wire_kind kind, uint32_t pid)
{
	struct cn_item *item = cn_queue_add(q);

	assert_non_null(item);
	item->kind = (uint16_t)kind;
	item->pid = pid;
}

static void messages_that_follow(void **state)
{
	struct cn_queue q = { 0 };

	(void)state;
	add(&q, WIRE_EXIT, 7);
	add(&q, WIRE_EXIT, 8);
	add(&q, WIRE_THREAD, 7);
	add(&q, WIRE_EXIT, 7);
	add(&q, WIRE_FORK, 7);
	add(&q, WIRE_EXIT, 7);
	assert_true(cn_queue_ends_later(&q, 0));
	assert_false(cn_queue_ends_later(&q, 1));
	assert_false(cn_queue_ends_later(&q, 3)); /* another process */
	assert_false(cn_queue_ends_later(&q, 5));
	cn_queue_done(&q);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(since_its_fork),
		cmocka_unit_test(alive_at_the_start),
		cmocka_unit_test(without_leader),
		cmocka_unit_test(counted_before_it_is_told),
		cmocka_unit_test(told_late),
		cmocka_unit_test(gone_before_the_count),
		cmocka_unit_test(messages_that_follow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
