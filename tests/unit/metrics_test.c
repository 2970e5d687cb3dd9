// SPDX-License-Identifier: BSD-2-Clause
#include "unit.h"

#include <stdio.h>

#include "metrics.h"

/* The text has this line. */
static void assert_line(const struct buf *b, const char *line)
{
	char want[512];
	int len = snprintf(want, sizeof(want), "\n%s\n", line);

	if (!memmem(b->ptr, b->len, want, (size_t)len))
		fail_msg("no line %s in:\n%.*s", line, (int)b->len, b->ptr);
}

static void assert_no(const struct buf *b, const char *text)
{
	assert_null(memmem(b->ptr, b->len, text, strlen(text)));
}

static void values(void **state)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	struct run run = {
		.backend = "bpf",
		.version = "1",
		.kernel = "6",
		.kinds = BIT(EVENT_EXEC) | BIT(EVENT_EXIT),
		.totals = { .events = { [EVENT_EXEC] = 7, [EVENT_FORK] = 9 },
			    .lost = { [LOST_RING] = 3 },
			    .argv_cut = { [ARGV_CUT_LIMIT] = 2 },
			    .argv_missing = { [ARGV_GONE] = UINT64_MAX },
			    .filtered = 40 },
	};
	const struct metrics_state s = {
		.run = &run,
		.filtered = 42,
		.written = 12345,
		.cpu_ns = 1000000001,
		.source = { .buffer = "ring",
			    .buffer_len = 4096,
			    .buffer_used_max = 80,
			    .prog_cnt = 2,
			    .progs = { { "on_exec", 1, 5, 2500000000 }, { "on_exit", 0, 0, 0 } } },
	};

	(void)state;
	metrics_put(&b, &s);
	assert_false(b.failed);
	assert_line(&b, "# TYPE execsnoop_events_total counter");
	assert_line(&b, "execsnoop_events_total{action=\"exec\"} 7");
	assert_line(&b, "execsnoop_events_total{action=\"exit\"} 0");
	assert_no(&b, "action=\"fork\""); /* not asked for */
	assert_line(&b, "execsnoop_events_lost_total{reason=\"ring-full\"} 3");
	assert_line(&b, "execsnoop_events_filtered_total 42");
	assert_line(&b, "execsnoop_args_truncated_total{reason=\"limit\"} 2");
	assert_line(&b, "execsnoop_args_missing_total{reason=\"gone\"} 18446744073709551615");
	assert_line(&b, "execsnoop_written_bytes_total 12345");
	assert_line(&b, "execsnoop_process_cpu_seconds_total 1.000000001");
	assert_line(&b, "execsnoop_buffer_size_bytes{buffer=\"ring\"} 4096");
	assert_line(&b, "execsnoop_buffer_used_max_bytes{buffer=\"ring\"} 80");
	assert_line(&b, "execsnoop_bpf_runs_total{program=\"on_exec\"} 5");
	assert_line(&b, "execsnoop_bpf_run_seconds_total{program=\"on_exec\"} 2.500000000");
	assert_line(&b, "execsnoop_bpf_missed_total{program=\"on_exit\"} 0");
	assert_no(&b, "runs_total{program=\"on_exit\"}"); /* not counted */
}

/* What the source does not tell has no heading either. */
static void unknown(void **state)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	struct run run = { 0 };
	const struct metrics_state s = { .run = &run };

	(void)state;
	metrics_put(&b, &s);
	assert_no(&b, "buffer");
	assert_no(&b, "bpf_run");
	assert_no(&b, "events_total{");
	assert_line(&b, "execsnoop_processes 0");
}

static void hostile_labels(void **state)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	struct run run = {
		.backend = "a\"} 1\nx{",
		.version = "\\",
		.kernel = "\xff\xc3\xa9",
		.note = "\xe2\x82",
	};
	const struct metrics_state s = { .run = &run };

	(void)state;
	metrics_put(&b, &s);
	assert_line(&b,
		    "execsnoop_backend_info{backend=\"a\\\"} 1\\nx{\",fallback_reason=\"\","
		    "kernel=\"\xef\xbf\xbd\xc3\xa9\",note=\"\xef\xbf\xbd\",version=\"\\\\\"} 1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values),
		cmocka_unit_test(unknown),
		cmocka_unit_test(hostile_labels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
