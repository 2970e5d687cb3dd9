// SPDX-License-Identifier: BSD-2-Clause
#include "unit.h"

#include "sink/sink.h"

static const struct run run = {
	.version = "9.9",
	.backend = "bpf",
	.options = "-e all",
	.ephemeral_id = "e-id",
	.host_name = "box",
	.host_id = "h-id",
	.boot_id = "01234567-89ab-cdef-0123-456789abcdef",
	.kernel = "6.1",
	.arch = "x86_64",
	.totals = { .events = { [EVENT_EXEC] = 3 }, .lost = { [LOST_RING] = 2 } },
};

#define TAIL                                                                                   \
	",\"agent\":{\"type\":\"execsnoop-c\",\"version\":\"9.9\",\"ephemeral_id\":\"e-id\"}," \
	"\"host\":{\"name\":\"box\",\"id\":\"h-id\",\"boot\":{\"id\":"                         \
	"\"01234567-89ab-cdef-0123-456789abcdef\"}},\"ecs\":{\"version\":\"9.5.0-dev\"}}\n"

#define HEAD(type, action, seq)                                                             \
	"{\"@timestamp\":\"2024-02-29T12:34:56.000000007Z\",\"event\":{\"kind\":\"event\"," \
	"\"category\":[\"process\"],\"type\":[\"" type "\"],\"action\":\"" action           \
	"\",\"sequence\":" seq

/* At this moment, with nothing known but its kind. */
static struct event at(enum event_kind kind)
{
	return (struct event){
		.kind = kind,
		.time_ns = 1007,
		.wall_offset_ns = 1709210096000000000ll - 1000,
	};
}

static struct event exec_event(struct span argv, uint32_t argc)
{
	struct event ev = at(EVENT_EXEC);

	ev.has = HAS_PID | HAS_PPID | HAS_EUID | HAS_COMM | HAS_ARGV | HAS_START;
	ev.pid = 42;
	ev.ppid = 7;
	ev.euid = 1000;
	ev.start_ns = 1000;
	ev.comm = SPAN("ls");
	ev.argv = argv;
	ev.argv_len = argv.len;
	ev.argc = argc;
	return ev;
}

static struct sink *open_sink(const char *name, struct sink_conf conf)
{
	struct sink *s;

	assert_non_null(sink_find(name));
	assert_int_equal(sink_find(name)->open(&s, &conf), 0);
	return s;
}

static void json_start_exec_lost_end(void **state)
{
	struct sink *s = open_sink("json", (struct sink_conf){ 0 });
	_cleanup_(buf_done) struct buf b = { 0 };
	struct event ev = at(EVENT_START);

	(void)state;
	ev.has = HAS_RUN;
	ev.run = &run;
	s->ops->event(s, &b, &ev);
	assert_buf(&b, HEAD("info", "start",
			    "0") "},\"execsnoop\":{\"backend\":\"bpf\",\"kernel\":\"6.1\","
				 "\"architecture\":\"x86_64\","
				 "\"options\":\"-e all\"}" TAIL);

	ev = exec_event(BYTES("ls\0a b\0"), 2);
	s->ops->event(s, &b, &ev);
	assert_buf(
		&b,
		HEAD("start", "exec",
		     "1") "},\"process\":{\"pid\":42,"
			  "\"entity_id\":\"01234567-89ab-cdef-42-0\",\"name\":\"ls\","
			  "\"args\":[\"ls\",\"a b\"],\"args_count\":2,"
			  "\"start\":\"2024-02-29T12:34:56.000000000Z\",\"user\":{\"id\":\"1000\"},"
			  "\"parent\":{\"pid\":7}},\"execsnoop\":{\"args_bytes\":7,"
			  "\"args_captured\":7}" TAIL);

	ev = at(EVENT_LOST);
	ev.has = HAS_LOST;
	ev.lost_cnt = 5;
	ev.lost_kind = EVENT_FORK;
	ev.lost_exact = true;
	s->ops->event(s, &b, &ev);
	assert_buf(&b,
		   HEAD("info", "lost",
			"2") "},\"execsnoop\":{\"lost\":{\"count\":5,"
			     "\"event\":\"fork\",\"reason\":\"ring-full\",\"exact\":true}}" TAIL);

	ev = at(EVENT_END);
	ev.has = HAS_RUN;
	ev.run = &run;
	s->ops->event(s, &b, &ev);
	assert_buf(
		&b,
		HEAD("info", "end",
		     "3") "},\"execsnoop\":{\"backend\":\"bpf\",\"kernel\":\"6.1\","
			  "\"architecture\":\"x86_64\","
			  "\"options\":\"-e all\",\"totals\":{\"events\":{\"start\":0,\"exec\":3,"
			  "\"fork\":0,\"thread\":0,\"exit\":0,\"comm\":0,\"uid\":0,\"gid\":0,"
			  "\"session\":0,\"ptrace\":0,\"core\":0,\"snapshot\":0,\"lost\":0,\"end\":"
			  "0},\"lost\":{"
			  "\"ring-full\":2,\"socket-full\":0,"
			  "\"recursion\":0,\"decode\":0,\"capture\":0},\"lost_exact\":true,\"args_"
			  "truncated\":{"
			  "\"limit\":0,\"ring-full\":0,\"fault\":0},\"args_missing\":{\"gone\":0,"
			  "\"denied\":0,\"zombie\":0,\"failed\":0}}}" TAIL);
	s->ops->close(s);
}

/* Bytes that are not UTF-8 are there exactly as well, and only then. */
static void json_exact_bytes(void **state)
{
	struct sink *s = open_sink("json", (struct sink_conf){ 0 });
	_cleanup_(buf_done) struct buf b = { 0 };
	struct event ev = exec_event(BYTES("x\0\xff\0"), 2);

	(void)state;
	ev.has |= HAS_FILENAME;
	ev.filename = SPAN("/bin/x");
	s->ops->event(s, &b, &ev);
	buf_put_char(&b, '\0');
	assert_non_null(strstr(b.ptr, "\"args\":[\"x\",\"\xef\xbf\xbd\"]"));
	assert_non_null(strstr(b.ptr, "\"args_base64\":\"eAD/AA==\""));
	assert_null(strstr(b.ptr, "filename_base64"));

	b.len = 0;
	ev = exec_event(BYTES(""), 0); /* argc 0, as old kernels allow */
	ev.has |= HAS_FILENAME;
	ev.filename = SPAN("/bin/\xfe");
	s->ops->event(s, &b, &ev);
	buf_put_char(&b, '\0');
	assert_non_null(strstr(b.ptr, "\"args\":[],\"args_count\":0"));
	assert_non_null(strstr(b.ptr, "\"filename_base64\":\"L2Jpbi/+\""));
	assert_null(strstr(b.ptr, "args_base64"));
	s->ops->close(s);
}

static void json_exit(void **state)
{
	struct sink *s = open_sink("json", (struct sink_conf){ 0 });
	_cleanup_(buf_done) struct buf b = { 0 };
	struct event ev = at(EVENT_EXIT);

	(void)state;
	ev.has = HAS_PID | HAS_EXIT_SIGNAL | HAS_CORE | HAS_DURATION;
	ev.pid = 42;
	ev.exit_signal = 11;
	ev.duration_ns = 12345;
	s->ops->event(s, &b, &ev);
	assert_buf(&b, HEAD("end", "exit",
			    "0") ",\"duration\":12345},\"process\":{\"pid\":42,"
				 "\"end\":\"2024-02-29T12:34:56.000000007Z\"},\"execsnoop\":{"
				 "\"exit_signal\":11,\"core_dumped\":true}}\n");
	s->ops->close(s);
}

static void table_lines(void **state)
{
	struct sink *s = open_sink("table", (struct sink_conf){ .kinds = BIT(EVENT_EXEC) });
	_cleanup_(buf_done) struct buf b = { 0 };
	struct event ev = at(EVENT_START);

	(void)state;
	ev.has = HAS_RUN;
	ev.run = &run;
	s->ops->event(s, &b, &ev);
	assert_buf(&b, "TIME         USER         PID    PPID COMM            COMMAND\n");
	ev = exec_event(BYTES("ls\0-l\0a\nb\0"), 3);
	s->ops->event(s, &b, &ev);
	assert_buf(&b, "12:34:56.000 1000          42       7 ls              ls -l $'a\\nb'\n");
	ev.has |= HAS_USER | HAS_ARGV_CUT;
	ev.user = SPAN("ann");
	ev.argv_len = 5000;
	ev.argv_cut = ARGV_CUT_RING;
	ev.comm = SPAN("\033[2J\n");
	s->ops->event(s, &b, &ev);
	assert_buf(&b, "12:34:56.000 ann           42       7 $'\\033[2J\\n'    ls -l $'a\\nb' "
		       "# cut: 10 of 5000 bytes (ring-full)\n");
	ev = at(EVENT_LOST);
	ev.has = HAS_LOST;
	ev.lost_cnt = 5;
	ev.lost_kind = EVENT_EXEC;
	s->ops->event(s, &b, &ev);
	assert_buf(&b, "12:34:56.000 LOST about 5 exec events (ring-full)\n");
	s->ops->close(s);
}

static void table_exits_and_unknowns(void **state)
{
	struct sink *s = open_sink("table", (struct sink_conf){ .kinds = BIT(EVENT_EXIT) });
	_cleanup_(buf_done) struct buf b = { 0 };
	struct event ev = at(EVENT_EXIT);

	(void)state;
	ev.has = HAS_PID | HAS_EXIT_SIGNAL | HAS_CORE | HAS_DURATION;
	ev.pid = 1;
	ev.exit_signal = 6;
	ev.duration_ns = 2000000;
	s->ops->event(s, &b, &ev);
	assert_buf(&b, "12:34:56.000 exit  -              1       - -               "
		       "SIGABRT (core dumped) after 2.0ms\n");
	ev.has = HAS_PID | HAS_EXIT_SIGNAL;
	ev.exit_signal = 35;
	s->ops->event(s, &b, &ev);
	assert_buf(&b, "12:34:56.000 exit  -              1       - -               signal 35\n");
	s->ops->close(s);
}

static void table_colours_only_when_asked(void **state)
{
	struct sink *s =
		open_sink("table", (struct sink_conf){ .color = true, .kinds = BIT(EVENT_EXIT) });
	_cleanup_(buf_done) struct buf b = { 0 };
	struct event ev = at(EVENT_START);

	(void)state;
	ev.has = HAS_RUN;
	ev.run = &run;
	s->ops->event(s, &b, &ev);
	assert_memory_equal(b.ptr, "\033[1mTIME", 8);
	s->ops->close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_start_exec_lost_end),
		cmocka_unit_test(json_exact_bytes),
		cmocka_unit_test(json_exit),
		cmocka_unit_test(table_lines),
		cmocka_unit_test(table_exits_and_unknowns),
		cmocka_unit_test(table_colours_only_when_asked),
	};

	setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests_name("sink", tests, NULL, NULL);
}
