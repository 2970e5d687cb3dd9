// SPDX-License-Identifier: BSD-2-Clause
#include "unit.h"

#include <stdio.h>

#include "stats.h"

static struct stats *stats;

static int setup(void **state)
{
	(void)state;
	stats = stats_new();
	return !stats;
}

static int teardown(void **state)
{
	(void)state;
	stats_free(stats);
	return 0;
}

/* Count cnt execs of a program. */
static void execs(struct span filename, uint32_t ppid, unsigned int cnt)
{
	const struct event ev = {
		.kind = EVENT_EXEC,
		.has = HAS_FILENAME | HAS_PPID | HAS_PARENT_COMM | HAS_COMM,
		.filename = filename,
		.comm = SPAN("comm"),
		.ppid = ppid,
		.parent_comm = SPAN("sh"),
	};

	while (cnt--)
		stats_count(stats, &ev);
}

static void most_first(void **state)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	const struct event fork = { .kind = EVENT_FORK, .has = HAS_PPID, .ppid = 9 };

	(void)state;
	stats_put(stats, &b);
	assert_int_equal(b.len, 0);
	execs(SPAN("/bin/b\n"), 7, 2);
	execs(SPAN("/bin/a"), 7, 3);
	execs(SPAN("/bin/c"), 8, 2);
	stats_count(stats, &fork);
	stats_put(stats, &b);
	assert_buf(&b, "   EXECS  PROGRAM\n"
		       "       3  /bin/a\n"
		       "       2  $'/bin/b\\n'\n"
		       "       2  /bin/c\n"
		       "   EXECS  BY PARENT\n"
		       "       5  7 sh\n"
		       "       2  8 sh\n");
}

/* What is not known: the next best. */
static void unknowns(void **state)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	struct event ev = { .kind = EVENT_EXEC, .has = HAS_COMM, .comm = SPAN("x") };

	(void)state;
	stats_count(stats, &ev);
	ev.has |= HAS_EXECUTABLE | HAS_PPID;
	ev.executable = SPAN("/x");
	ev.ppid = 1;
	stats_count(stats, &ev);
	stats_put(stats, &b);
	assert_buf(&b, "   EXECS  PROGRAM\n"
		       "       1  x\n"
		       "       1  /x\n"
		       "   EXECS  BY PARENT\n"
		       "       1  1\n");
}

/* Long names differ beyond what is kept of them. */
static void long_names(void **state)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	char name[4000];
	char *line;

	(void)state;
	memset(name, 'x', sizeof(name));
	execs((struct span){ name, sizeof(name) }, 1, 2);
	name[sizeof(name) - 1] = 'y';
	execs((struct span){ name, sizeof(name) }, 1, 1);
	stats_put(stats, &b);
	buf_put_char(&b, '\0');
	line = strchr(b.ptr, '\n') + 1;
	assert_memory_equal(line, "       2  xxx", 13);
	assert_memory_equal(strchr(line, '\n') - 4, "x...\n       1  xxx", 18);
}

/* With more names than there is room for, a frequent one stays, and what is inexact says so. */
static void more_names_than_room(void **state)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	static const char want[] = "   EXECS  PROGRAM\n     100  /often\n       5~ /rare/";
	char name[32];

	(void)state;
	execs(SPAN("/often"), 1, 100);
	for (unsigned int i = 0; i < 4 * STATS_MAX; i++) {
		int len = snprintf(name, sizeof(name), "/rare/%u", i);

		execs((struct span){ name, (size_t)len }, 1, 1);
	}
	stats_put(stats, &b);
	buf_put_char(&b, '\0');
	assert_ptr_equal(strstr(b.ptr, want), b.ptr);
	assert_non_null(strstr(b.ptr, "and at least 1014 others\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(most_first, setup, teardown),
		cmocka_unit_test_setup_teardown(unknowns, setup, teardown),
		cmocka_unit_test_setup_teardown(long_names, setup, teardown),
		cmocka_unit_test_setup_teardown(more_names_than_room, setup, teardown),
	};

	return cmocka_run_group_tests_name("stats", tests, NULL, NULL);
}
