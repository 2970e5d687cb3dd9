// SPDX-License-Identifier: BSD-2-Clause
#include "unit.h"

#include "proctab.h"

static void do_exec(struct proctab *t, uint32_t pid, uint64_t start_ns, const char *name)
{
	struct event ev = {
		.kind = EVENT_EXEC,
		.has = HAS_PID | HAS_START | HAS_FILENAME,
		.pid = pid,
		.start_ns = start_ns,
		.filename = { name, strlen(name) },
	};

	proctab_update(t, &ev);
}

/* The process's exit tells this file name; NULL: none. */
static void assert_exit(struct proctab *t, uint32_t pid, uint64_t start_ns, const char *want)
{
	struct event ev = {
		.kind = EVENT_EXIT,
		.has = HAS_PID | HAS_START,
		.pid = pid,
		.start_ns = start_ns,
	};

	proctab_update(t, &ev);
	assert_int_equal(event_has(&ev, HAS_FILENAME), want != NULL);
	if (!want)
		return;
	assert_int_equal(ev.filename.len, strlen(want));
	assert_memory_equal(ev.filename.ptr, want, ev.filename.len);
}

static void exit_tells_the_last_exec(void **state)
{
	struct proctab *t = proctab_new();

	(void)state;
	do_exec(t, 1, 100, "/bin/first");
	do_exec(t, 1, 100, "/bin/second");
	do_exec(t, 2, 100, "/bin/other");
	assert_int_equal(proctab_cnt(t), 2);
	assert_exit(t, 1, 100, "/bin/second");
	assert_exit(t, 1, 100, NULL); /* it is gone */
	assert_exit(t, 3, 100, NULL);
	assert_int_equal(proctab_cnt(t), 1);
	proctab_free(t);
}

static void a_pid_used_again_is_another_process(void **state)
{
	struct proctab *t = proctab_new();

	(void)state;
	do_exec(t, 1, 100, "/bin/old");
	assert_exit(t, 1, 200, NULL);
	do_exec(t, 1, 200, "/bin/new");
	assert_int_equal(proctab_cnt(t), 1);
	assert_exit(t, 1, 200, "/bin/new");
	proctab_free(t);
}

static void the_oldest_is_forgotten(void **state)
{
	struct proctab *t = proctab_new();

	(void)state;
	for (uint32_t pid = 1; pid <= PROCTAB_MAX; pid++)
		do_exec(t, pid, 1, "/bin/x");
	do_exec(t, 1, 1, "/bin/again"); /* touched: now 2 is the oldest */
	do_exec(t, PROCTAB_MAX + 1, 1, "/bin/y");
	assert_int_equal(proctab_cnt(t), PROCTAB_MAX);
	assert_exit(t, 2, 1, NULL);
	assert_exit(t, 1, 1, "/bin/again");
	assert_exit(t, 3, 1, "/bin/x");
	assert_exit(t, PROCTAB_MAX + 1, 1, "/bin/y");
	proctab_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exit_tells_the_last_exec),
		cmocka_unit_test(a_pid_used_again_is_another_process),
		cmocka_unit_test(the_oldest_is_forgotten),
	};

	return cmocka_run_group_tests_name("proctab", tests, NULL, NULL);
}
