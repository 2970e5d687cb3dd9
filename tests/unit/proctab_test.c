// SPDX-License-Identifier: BSD-2-Clause
#include "unit.h"

#include "proctab.h"

enum {
	TICK_NS = 10000000, /* nearer start times are taken for the same: /proc knows no better */
};

static void do_exec(struct proctab *t, uint32_t pid, uint64_t start_ns, const char *name)
{
	struct event ev = {
		.kind = EVENT_EXEC,
		.has = HAS_PID | HAS_START | HAS_FILENAME,
		.pid = pid,
		.start_ns = start_ns * TICK_NS,
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
		.start_ns = start_ns * TICK_NS,
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

/* The connector tells little of an exit: the rest is what was known of the process. */
static void a_poor_exit_is_made_rich(void **state)
{
	struct proctab *t = proctab_new();
	struct event parent = { .kind = EVENT_SNAPSHOT,
				.has = HAS_PID | HAS_COMM | HAS_START,
				.pid = 7,
				.start_ns = 5 * (uint64_t)TICK_NS,
				.comm = SPAN("mum") };
	struct event exec = { .kind = EVENT_EXEC,
			      .has = HAS_PID | HAS_START | HAS_COMM | HAS_PPID | HAS_EUID |
				     HAS_USER,
			      .pid = 8,
			      .ppid = 7,
			      .start_ns = 9 * (uint64_t)TICK_NS,
			      .comm = SPAN("kid"),
			      .user = SPAN("ann"),
			      .euid = 3 };
	struct event end = {
		.kind = EVENT_EXIT, .has = HAS_PID, .pid = 8, .time_ns = 11 * (uint64_t)TICK_NS
	};

	(void)state;
	proctab_update(t, &parent);
	proctab_update(t, &exec);
	assert_true(event_has(&exec, HAS_PARENT_COMM | HAS_PARENT_START));
	assert_memory_equal(exec.parent_comm.ptr, "mum", 3);
	proctab_update(t, &end);
	assert_true(event_has(&end, HAS_START | HAS_COMM | HAS_PPID | HAS_EUID | HAS_USER |
					    HAS_DURATION | HAS_PARENT_COMM));
	assert_memory_equal(end.comm.ptr, "kid", 3);
	assert_memory_equal(end.user.ptr, "ann", 3);
	assert_int_equal(end.euid, 3);
	assert_int_equal(end.duration_ns, 2 * TICK_NS);
	assert_int_equal(proctab_cnt(t), 1);
	proctab_free(t);
}

/* A fork without a start time says at least that the pid is another's now. */
static void a_fork_ends_what_was_there(void **state)
{
	struct proctab *t = proctab_new();
	struct event child = { .kind = EVENT_FORK, .has = HAS_PID | HAS_PPID, .pid = 1, .ppid = 2 };

	(void)state;
	do_exec(t, 1, 100, "/bin/old");
	proctab_update(t, &child);
	assert_exit(t, 1, 300, NULL);
	proctab_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exit_tells_the_last_exec),
		cmocka_unit_test(a_pid_used_again_is_another_process),
		cmocka_unit_test(the_oldest_is_forgotten),
		cmocka_unit_test(a_poor_exit_is_made_rich),
		cmocka_unit_test(a_fork_ends_what_was_there),
	};

	return cmocka_run_group_tests_name("proctab", tests, NULL, NULL);
}
