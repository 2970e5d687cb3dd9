// SPDX-License-Identifier: BSD-2-Clause
#include "unit.h"

#include "filter.h"

static struct filter *open_filter(const struct filter_conf *conf)
{
	_cleanup_(buf_done) struct buf wrong = { 0 };
	struct filter *f = filter_new(conf, &wrong);

	assert_non_null(f);
	assert_int_equal(wrong.len, 0);
	return f;
}

/* What one event comes to with these conditions alone. */
static bool passes(const struct filter_conf *conf, const struct event *ev)
{
	struct filter *f = open_filter(conf);
	bool pass = filter_pass(f, ev);

	filter_free(f);
	return pass;
}

#define PASSES(ev, ...) passes(&(struct filter_conf){ __VA_ARGS__ }, ev)

static bool does(struct filter *f, enum event_kind kind, uint32_t ppid, uint32_t pid)
{
	const struct event ev = {
		.kind = kind, .has = HAS_PID | HAS_PPID, .pid = pid, .ppid = ppid, .time_ns = 100
	};

	return filter_pass(f, &ev);
}

static void snapshot(struct filter *f, uint64_t time_ns, uint32_t ppid, uint32_t pid,
		     uint64_t start_ns)
{
	const struct event ev = { .kind = EVENT_SNAPSHOT,
				  .has = HAS_PID | HAS_PPID | HAS_START,
				  .pid = pid,
				  .ppid = ppid,
				  .start_ns = start_ns,
				  .time_ns = time_ns };

	assert_false(filter_pass(f, &ev));
}

static void without_conditions_all_passes(void **state)
{
	struct event ev = { .kind = EVENT_EXEC, .has = HAS_PID, .pid = 1 };

	(void)state;
	assert_true(PASSES(&ev, 0));
	ev = (struct event){ .kind = EVENT_LOST, .has = HAS_LOST };
	assert_true(PASSES(&ev, .pid = 1, .name = "x", .status = FILTER_STATUS_NONZERO));
}

static void a_tree_is_followed(void **state)
{
	const struct filter_conf conf = { .pid = 10 };
	struct filter *f = open_filter(&conf);

	(void)state;
	assert_true(does(f, EVENT_EXEC, 1, 10));
	assert_false(does(f, EVENT_EXEC, 1, 11));
	assert_true(does(f, EVENT_FORK, 10, 20));
	assert_true(does(f, EVENT_FORK, 20, 30));
	assert_true(does(f, EVENT_EXIT, 10, 20));
	assert_true(does(f, EVENT_EXEC, 1, 30)); /* adopted: it belongs to it nevertheless */
	assert_false(does(f, EVENT_FORK, 1, 20)); /* the pid of one that ended */
	assert_true(does(f, EVENT_EXEC, 10, 40)); /* its fork was lost */
	assert_false(does(f, EVENT_FORK, 11, 30)); /* its exit was lost */
	assert_false(does(f, EVENT_EXEC, 11, 30));
	assert_true(does(f, EVENT_EXIT, 10, 50)); /* all but its end was lost */
	assert_true(does(f, EVENT_EXIT, 1, 10));
	assert_false(does(f, EVENT_FORK, 1, 10));
	filter_free(f);
}

/* In a replay the root may be made after the start; the next of its pid is another. */
static void a_root_is_made(void **state)
{
	const struct filter_conf conf = { .pid = 10 };
	struct filter *f = open_filter(&conf);

	(void)state;
	snapshot(f, 1, 1, 5, 1);
	assert_true(does(f, EVENT_FORK, 5, 10));
	assert_true(does(f, EVENT_FORK, 10, 20));
	assert_true(does(f, EVENT_EXIT, 5, 10));
	assert_false(does(f, EVENT_FORK, 5, 10));
	filter_free(f);
}

static void a_tree_from_snapshots(void **state)
{
	const struct filter_conf conf = { .pid = 10 };
	struct filter *f = open_filter(&conf);

	(void)state;
	snapshot(f, 1, 8, 5, 1); /* before its parent, which has a larger pid */
	snapshot(f, 1, 10, 8, 1);
	snapshot(f, 1, 1, 9, 1);
	snapshot(f, 1, 10, 12, 1);
	snapshot(f, 1, 1, 10, 1);
	snapshot(f, 1, 10, 13, 1);
	/* 8 has ended, so 5 has another parent; 12 is another process now, 13 too. */
	snapshot(f, 2, 1, 5, 1);
	snapshot(f, 2, 1, 12, 2);
	snapshot(f, 2, 10, 13, 2);
	assert_true(does(f, EVENT_EXEC, 1, 5));
	assert_false(does(f, EVENT_EXEC, 1, 9));
	assert_false(does(f, EVENT_EXEC, 1, 12));
	assert_true(does(f, EVENT_EXEC, 1, 13));
	assert_true(does(f, EVENT_FORK, 8, 6)); /* before it ended */
	filter_free(f);
}

/* 1, its child 5, and the root of the tree. */
static struct filter *open_tree(const struct filter_conf *conf)
{
	struct filter *f = open_filter(conf);

	snapshot(f, 1, 0, 1, 1);
	snapshot(f, 1, 1, 5, 1);
	snapshot(f, 1, 5, 7, 1);
	snapshot(f, 1, 1, 10, 1);
	return f;
}

/* As the first process of a pid namespace adopts what nsenter(1) lets in. */
static void who_is_adopted_is_no_member(void **state)
{
	const struct filter_conf conf = { .pid = 10 };
	struct filter *f = open_tree(&conf);

	(void)state;
	assert_false(does(f, EVENT_FORK, 5, 20));
	assert_false(does(f, EVENT_FORK, 20, 30));
	assert_false(does(f, EVENT_EXIT, 5, 20));
	assert_false(does(f, EVENT_EXEC, 10, 30));
	assert_false(does(f, EVENT_FORK, 30, 31));
	assert_false(does(f, EVENT_EXEC, 10, 7)); /* it was there before */
	assert_true(does(f, EVENT_FORK, 10, 40));
	assert_true(does(f, EVENT_EXEC, 10, 50)); /* its fork was lost */
	assert_false(does(f, EVENT_EXIT, 10, 30));
	assert_true(does(f, EVENT_EXEC, 10, 30)); /* as was that of another, which got the pid */
	assert_false(does(f, EVENT_FORK, 90, 60)); /* nobody knows whose child 90 is... */
	assert_true(does(f, EVENT_EXEC, 10, 90)); /* ...until it says */
	assert_true(does(f, EVENT_EXEC, 90, 60));
	filter_free(f);

	f = open_tree(&conf); /* adopted between the snapshots */
	snapshot(f, 2, 0, 1, 1);
	snapshot(f, 2, 1, 10, 1);
	snapshot(f, 2, 10, 5, 1);
	snapshot(f, 2, 10, 7, 2); /* another of that pid */
	assert_false(does(f, EVENT_EXEC, 10, 5));
	assert_true(does(f, EVENT_EXEC, 10, 7));
	filter_free(f);
}

/* Where no end is told, what is remembered of others has a bound; and it can be forgotten. */
static void others_are_forgotten(void **state)
{
	const struct filter_conf conf = { .pid = 10 };
	const uint32_t first = 100, last = first + FILTER_OUT_MAX;
	struct filter *f = open_tree(&conf);

	(void)state;
	for (uint32_t pid = first; pid <= last; pid++)
		assert_false(does(f, EVENT_FORK, 1, pid));
	assert_false(does(f, EVENT_EXEC, 10, first));
	assert_false(does(f, EVENT_FORK, 1, first)); /* the pid came again */
	assert_false(does(f, EVENT_EXEC, 10, first));
	assert_true(does(f, EVENT_EXEC, 10, last));
	for (uint32_t pid = first; pid <= first + 9; pid++)
		assert_false(does(f, EVENT_EXIT, 1, pid));
	assert_false(does(f, EVENT_FORK, 1, last));
	assert_false(does(f, EVENT_EXEC, 10, last));

	assert_true(does(f, EVENT_FORK, 10, 20));
	filter_narrowed(f);
	assert_true(does(f, EVENT_EXEC, 10, last));
	assert_true(does(f, EVENT_EXEC, 1, 20));
	assert_true(does(f, EVENT_FORK, 20, 30));
	filter_free(f);
}

static void circles_end(void **state)
{
	const struct filter_conf conf = { .pid = 10 };
	struct filter *f = open_filter(&conf);

	(void)state;
	snapshot(f, 1, 3, 2, 1);
	snapshot(f, 1, 2, 3, 1);
	snapshot(f, 1, 10, 10, 1);
	snapshot(f, 1, 4, 4, 1);
	snapshot(f, 1, 10, 0, 1); /* as only a capture that was made up has it */
	assert_false(does(f, EVENT_EXEC, 3, 2));
	assert_true(does(f, EVENT_EXEC, 10, 10));
	filter_free(f);
}

static void self_is_left_out(void **state)
{
	const struct filter_conf conf = { .self = 10 }, both = { .self = 10, .pid = 20 };
	struct filter *f = open_filter(&conf);

	(void)state;
	assert_false(does(f, EVENT_EXEC, 1, 10));
	assert_false(does(f, EVENT_FORK, 10, 20));
	assert_false(does(f, EVENT_EXEC, 20, 30));
	assert_true(does(f, EVENT_EXEC, 1, 40));
	filter_free(f);

	f = open_filter(&both); /* what it starts is shown, if that was asked for */
	assert_true(does(f, EVENT_EXEC, 10, 20));
	assert_true(does(f, EVENT_FORK, 20, 30));
	assert_false(does(f, EVENT_FORK, 10, 40));
	filter_free(f);
}

static void count_one(void *ctx, uint32_t pid)
{
	*(uint32_t *)ctx += pid;
}

static void members_are_told_and_watched(void **state)
{
	const struct filter_conf conf = { .pid = 10 };
	struct filter *f = open_filter(&conf);
	uint32_t sum = 0;

	(void)state;
	does(f, EVENT_FORK, 10, 20);
	does(f, EVENT_FORK, 1, 500);
	filter_each(f, count_one, &sum);
	assert_int_equal(sum, 30);
	filter_watch(f, 100); /* does() has this time: it is not before */
	does(f, EVENT_FORK, 20, 30);
	assert_false(filter_found(f));
	filter_watch(f, 101);
	assert_false(filter_found(f));
	does(f, EVENT_EXEC, 1, 500);
	assert_false(filter_found(f));
	does(f, EVENT_FORK, 30, 40);
	assert_true(filter_found(f));
	filter_free(f);
}

static void ids(void **state)
{
	struct event ev = { .kind = EVENT_EXEC,
			    .has = HAS_PID | HAS_PPID | HAS_UID | HAS_EUID,
			    .pid = 1,
			    .ppid = 2,
			    .uid = 3,
			    .euid = 4 };

	(void)state;
	assert_true(PASSES(&ev, .ppid = 2));
	assert_false(PASSES(&ev, .ppid = 1));
	assert_true(PASSES(&ev, .by_uid = true, .uid = 3));
	assert_true(PASSES(&ev, .by_uid = true, .uid = 4));
	assert_false(PASSES(&ev, .by_uid = true, .uid = 0));
	ev.has = HAS_PID; /* nothing is known */
	ev.uid = ev.euid = ev.ppid = 0;
	assert_false(PASSES(&ev, .by_uid = true, .uid = 0));
	assert_false(PASSES(&ev, .ppid = 2));
}

static void names_and_lines(void **state)
{
	struct event ev = { .kind = EVENT_EXEC,
			    .has = HAS_PID | HAS_COMM | HAS_ARGV,
			    .comm = SPAN("make"),
			    .argv = BYTES("/bin/make\0-j\0\0a\nb\xff"
					  "c\0") };

	(void)state;
	assert_true(PASSES(&ev, .name = "^ma"));
	assert_true(PASSES(&ev, .name = "^(make|gcc)$"));
	assert_false(PASSES(&ev, .name = "^ake"));
	assert_false(PASSES(&ev, .name = "j"));
	assert_true(PASSES(&ev, .line = "make -j  a"));
	assert_true(PASSES(&ev, .line = "^/bin.*c$")); /* neither newline nor bad UTF-8 stop it */
	assert_false(PASSES(&ev, .line = "^make"));
	assert_false(PASSES(&ev, .line = "^/bin", .name = "gcc"));
	assert_true(PASSES(&ev, .name = ""));
	ev.kind = EVENT_EXIT; /* of the program that it ran */
	ev.has = HAS_PID | HAS_COMMAND;
	ev.command = BYTES("sleep\0"
			   "9\0");
	assert_true(PASSES(&ev, .line = "^sleep 9$"));
	assert_false(PASSES(&ev, .name = "make"));
	ev.has = HAS_PID;
	assert_false(PASSES(&ev, .line = ""));
}

static void a_long_line_is_matched_so_far(void **state)
{
	struct event ev = { .kind = EVENT_EXEC, .has = HAS_PID | HAS_ARGV };
	char *argv = malloc(2 * FILTER_LINE_MAX);

	(void)state;
	assert_non_null(argv);
	memset(argv, 'x', 2 * FILTER_LINE_MAX);
	argv[FILTER_LINE_MAX - 1] = 'y';
	argv[FILTER_LINE_MAX] = 'z';
	ev.argv = (struct span){ argv, 2 * FILTER_LINE_MAX };
	assert_true(PASSES(&ev, .line = "y$"));
	assert_false(PASSES(&ev, .line = "z"));
	free(argv);
}

static void places(void **state)
{
	struct event ev = { .kind = EVENT_EXEC,
			    .has = HAS_PID | HAS_CGROUP_PATH | HAS_CONTAINER,
			    .cgroup_path = SPAN("/a/b/c"),
			    .container = SPAN("0123abc") };

	(void)state;
	assert_true(PASSES(&ev, .cgroup = "/a/b/c"));
	assert_true(PASSES(&ev, .cgroup = "/a/b/"));
	assert_true(PASSES(&ev, .cgroup = "/"));
	assert_false(PASSES(&ev, .cgroup = "/a/b/c/d"));
	assert_false(PASSES(&ev, .cgroup = "/a/bb"));
	assert_false(PASSES(&ev, .cgroup = "/a/b/cc"));
	ev.cgroup_path = SPAN("/a/bb");
	assert_false(PASSES(&ev, .cgroup = "/a/b"));
	assert_true(PASSES(&ev, .container = "0123"));
	assert_false(PASSES(&ev, .container = "123"));
	assert_false(PASSES(&ev, .container = "0123abcd"));
	ev.has = HAS_PID;
	assert_false(PASSES(&ev, .cgroup = "/"));
	assert_false(PASSES(&ev, .container = "0123"));
}

static void ends(void **state)
{
	struct event ev = { .kind = EVENT_EXIT,
			    .has = HAS_PID | HAS_EXIT_CODE | HAS_DURATION,
			    .exit_code = 3,
			    .duration_ns = 50 };

	(void)state;
	assert_true(PASSES(&ev, .status = FILTER_STATUS_CODE, .code = 3));
	assert_false(PASSES(&ev, .status = FILTER_STATUS_CODE, .code = 0));
	assert_true(PASSES(&ev, .status = FILTER_STATUS_NONZERO));
	assert_false(PASSES(&ev, .status = FILTER_STATUS_SIGNAL));
	assert_true(PASSES(&ev, .min_duration_ns = 50));
	assert_false(PASSES(&ev, .min_duration_ns = 51));
	ev.exit_code = 0;
	assert_true(PASSES(&ev, .status = FILTER_STATUS_CODE, .code = 0));
	assert_false(PASSES(&ev, .status = FILTER_STATUS_NONZERO));
	ev.has = HAS_PID | HAS_EXIT_SIGNAL;
	assert_true(PASSES(&ev, .status = FILTER_STATUS_NONZERO));
	assert_true(PASSES(&ev, .status = FILTER_STATUS_SIGNAL));
	assert_false(PASSES(&ev, .status = FILTER_STATUS_CODE, .code = 0));
	assert_false(PASSES(&ev, .min_duration_ns = 1)); /* not known */
	ev.kind = EVENT_EXEC;
	assert_false(PASSES(&ev, .status = FILTER_STATUS_NONZERO));
}

static void wrong_expressions_are_pointed_at(void **state)
{
	static const struct {
		struct filter_conf conf;
		const char *option, *at;
	} rows[] = {
		{ { .name = "a(b" }, "--name", "at '(b'" },
		{ { .line = "x[a" }, "--line", "at '[a'" },
		{ { .name = "ok", .line = "(a|b" }, "--line", "at '(a|b'" },
		{ { .line = "a{1,0}" }, "--line", "at '" },
	};
	_cleanup_(buf_done) struct buf wrong = { 0 };
	_cleanup_free_ char *text = calloc(1, FILTER_PATTERN_MAX + 2);
	const struct filter_conf conf = { .name = text };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_null(filter_new(&rows[i].conf, &wrong));
		buf_put_char(&wrong, '\0');
		assert_non_null(strstr(wrong.ptr, rows[i].option));
		assert_non_null(strstr(wrong.ptr, rows[i].at));
		assert_null(strchr(wrong.ptr, '\n'));
		wrong.len = 0;
	}
	memset(text, 'a', FILTER_PATTERN_MAX + 1);
	assert_null(filter_new(&conf, &wrong));
	assert_true(wrong.len > 0);
}

static void kinds_that_it_needs(void **state)
{
	const unsigned int exec = BIT(EVENT_EXEC), comm = BIT(EVENT_COMM);
	const unsigned int tree = BIT(EVENT_FORK) | BIT(EVENT_EXIT);

	(void)state;
	assert_int_equal(filter_kinds(&(struct filter_conf){ .self = 1, .ppid = 2 }, comm), 0);
	assert_int_equal(filter_kinds(&(struct filter_conf){ .pid = 1 }, exec), tree);
	assert_int_equal(filter_kinds(&(struct filter_conf){ .line = "x" }, exec), 0);
	assert_int_equal(filter_kinds(&(struct filter_conf){ .line = "x" }, comm), tree | exec);
	assert_int_equal(filter_kinds(&(struct filter_conf){ .cgroup = "/" }, comm), tree | exec);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_conditions_all_passes),
		cmocka_unit_test(a_tree_is_followed),
		cmocka_unit_test(a_root_is_made),
		cmocka_unit_test(a_tree_from_snapshots),
		cmocka_unit_test(who_is_adopted_is_no_member),
		cmocka_unit_test(others_are_forgotten),
		cmocka_unit_test(circles_end),
		cmocka_unit_test(self_is_left_out),
		cmocka_unit_test(members_are_told_and_watched),
		cmocka_unit_test(ids),
		cmocka_unit_test(names_and_lines),
		cmocka_unit_test(a_long_line_is_matched_so_far),
		cmocka_unit_test(places),
		cmocka_unit_test(ends),
		cmocka_unit_test(wrong_expressions_are_pointed_at),
		cmocka_unit_test(kinds_that_it_needs),
	};

	return cmocka_run_group_tests_name("filter", tests, NULL, NULL);
}
