// SPDX-License-Identifier: BSD-2-Clause
/* What no scene of tests/golden shows. */
#include "unit.h"

#include "field.h"
#include "sink/sink.h"

/* At this moment, with nothing known but its kind. */
static struct event at(enum event_kind kind)
{
	return (struct event){
		.kind = kind,
		.time_ns = 1007,
		.wall_offset_ns = 1709210096000000000ll - 1000,
	};
}

static struct sink *open_sink(const char *name, struct sink_conf conf)
{
	struct sink *s;

	assert_non_null(sink_find(name));
	assert_int_equal(sink_find(name)->open(&s, &conf), 0);
	return s;
}

/* Every column that can be asked for, for every kind, with nothing known and with all. */
static void every_column_has_a_cell(void **state)
{
	_cleanup_(buf_done) struct buf b = { 0 };

	(void)state;
	for (size_t i = 0; i < field_cnt; i++) {
		struct sink_conf conf = { .kinds = ~0u,
					  .view = { .columns = { &fields[i] }, .column_cnt = 1 } };
		struct sink *s;

		if (!fields[i].heading)
			continue;
		s = open_sink("table", conf);
		for (enum event_kind k = EVENT_EXEC; k < EVENT_SNAPSHOT; k++) {
			struct event ev = at(k);

			s->ops->event(s, &b, &ev);
			ev.has = ~0ull;
			ev.argv_cut = ARGV_CUT_LIMIT;
			ev.argv_missing = ARGV_GONE;
			s->ops->event(s, &b, &ev);
			assert_int_equal(b.ptr[b.len - 1], '\n');
		}
		s->ops->close(s);
	}
}

/* One that was asked for is not added again, and the most that can be asked for fit. */
static void options_add_columns(void **state)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	struct sink_conf conf = {
		.view = { .wall = true, .since = true, .user = true, .cwd = true, .ancestry = true }
	};
	struct event ev = at(EVENT_START);
	struct sink *s;

	(void)state;
	conf.view.column_cnt = 2;
	conf.view.columns[0] = field_find("user");
	conf.view.columns[1] = field_find("command");
	s = open_sink("table", conf);
	s->ops->event(s, &b, &ev);
	assert_buf(&b, "TIME           SECONDS USER     CWD                      "
		       "ANCESTRY                 COMMAND\n");
	s->ops->close(s);

	conf.view.column_cnt = VIEW_COLUMNS_MAX;
	for (size_t i = 0; i < VIEW_COLUMNS_MAX; i++)
		conf.view.columns[i] = field_find("pid");
	s = open_sink("tree", conf);
	s->ops->event(s, &b, &ev);
	assert_memory_equal(b.ptr, "TIME           SECONDS     PID", 30);
	s->ops->close(s);
}

/* The line of an event up to the number in it, which is 0 in the first of a sink, and behind it. */
static void assert_same_line(const struct buf *seen, const struct buf *first)
{
	static const char name[] = "\"sequence\":";
	const char *a = memmem(seen->ptr, seen->len, name, strlen(name));
	const char *b = memmem(first->ptr, first->len, name, strlen(name));

	assert_true(a && b && a - seen->ptr == b - first->ptr);
	assert_memory_equal(seen->ptr, first->ptr, (size_t)(a - seen->ptr));
	a += strlen(name);
	b += strlen(name) + 1;
	a += strspn(a, "0123456789");
	assert_int_equal(seen->ptr + seen->len - a, first->ptr + first->len - b);
	assert_memory_equal(a, b, (size_t)(first->ptr + first->len - b));
}

/* A line is the same whatever was known of those before: more kinds of lines than a sink keeps. */
static void json_line_is_its_own(void **state)
{
	_cleanup_(buf_done) struct buf seen = { 0 }, first = { 0 };
	struct sink *all = open_sink("json", (struct sink_conf){ 0 });

	(void)state;
	for (uint64_t i = 0; i < 200; i++) {
		struct sink *one = open_sink("json", (struct sink_conf){ 0 });
		struct event ev = at(i % 3 ? EVENT_EXEC : EVENT_EXIT);

		/* A few at a time, and all of them again and again. */
		ev.has = (i / 7 + i % 5) * 0x9e37 & (HAS_RUN - 1) & ~(uint64_t)HAS_LOST;
		ev.pid = (uint32_t)i;
		ev.filename = i % 4 ? (struct span){ "good", 4 } :
				      (struct span){ "b\xff"
						     "d",
						     3 };
		seen.len = first.len = 0;
		all->ops->event(all, &seen, &ev);
		one->ops->event(one, &first, &ev);
		assert_same_line(&seen, &first);
		one->ops->close(one);
	}
	all->ops->close(all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_column_has_a_cell),
		cmocka_unit_test(options_add_columns),
		cmocka_unit_test(json_line_is_its_own),
	};

	setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests_name("sink", tests, NULL, NULL);
}
