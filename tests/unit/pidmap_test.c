// SPDX-License-Identifier: BSD-2-Clause
#include "unit.h"

#include "pidmap.h"

static void keeps_and_forgets(void **state)
{
	struct pidmap m = { 0 };

	(void)state;
	assert_int_equal(pidmap_get(&m, 1), 0);
	assert_true(pidmap_set(&m, 1, 0));
	assert_true(pidmap_set(&m, 1, 5));
	assert_true(pidmap_set(&m, 1, 6));
	assert_int_equal(pidmap_get(&m, 1), 6);
	assert_int_equal(m.cnt, 1);
	assert_true(pidmap_set(&m, 1, 0));
	assert_int_equal(pidmap_get(&m, 1), 0);
	assert_int_equal(m.cnt, 0);
	pidmap_done(&m);
}

/* It marks what is free: kept, its number would be found for another pid. */
static void pid_0_has_none(void **state)
{
	struct pidmap m = { 0 };

	(void)state;
	assert_true(pidmap_set(&m, 0, 5));
	assert_int_equal(m.cnt, 0);
	assert_true(pidmap_set(&m, 1, 6));
	assert_true(pidmap_set(&m, 0, 5));
	assert_int_equal(m.cnt, 1);
	for (uint32_t pid = 2; pid < 1000; pid++)
		assert_int_equal(pidmap_get(&m, pid), 0);
	assert_int_equal(pidmap_get(&m, 0), 0);
	pidmap_done(&m);
}

/* Against a plain array, with many pids that share their home. */
static void agrees_with_an_array(void **state)
{
	enum {
		PIDS = 5000,
		STEPS = 200000
	};
	static uint32_t want[PIDS];
	struct pidmap m = { 0 };
	size_t cnt = 0;

	(void)state;
	srandom(1);
	for (int i = 0; i < STEPS; i++) {
		uint32_t pid = 1 + (uint32_t)(random() % (PIDS - 1));
		uint32_t value = random() % 3 ? (uint32_t)random() % 9 : 0;

		assert_int_equal(pidmap_get(&m, pid), want[pid]);
		assert_true(pidmap_set(&m, pid, value));
		cnt += (value != 0) - (size_t)(want[pid] != 0);
		want[pid] = value;
		assert_int_equal(m.cnt, cnt);
	}
	for (uint32_t pid = 1; pid < PIDS; pid++)
		assert_int_equal(pidmap_get(&m, pid), want[pid]);
	pidmap_done(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_and_forgets),
		cmocka_unit_test(pid_0_has_none),
		cmocka_unit_test(agrees_with_an_array),
	};

	return cmocka_run_group_tests_name("pidmap", tests, NULL, NULL);
}
