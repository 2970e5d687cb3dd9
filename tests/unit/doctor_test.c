// SPDX-License-Identifier: BSD-2-Clause
#include "unit.h"

#include <stdio.h>

#include "doctor.h"
#include "opts.h"
#include "version.h"

/* A report on a host where the connector alone works. */
static void fill(struct doctor_report *r)
{
	*r = (struct doctor_report){
		.kernel = "5.4.0",
		.arch = "s390x",
		.sources = {
			{ .ops = source_list[0],
			  .why = { "the kernel has no BTF", "use another" },
			  .findings = {
				{ "call", true, DOCTOR_YES, "there", "" },
				{ "types", true, DOCTOR_NO, "none", "use another" },
				{ "extra", false, DOCTOR_NO, "a \"word\"", "" },
				{ "ring", true, DOCTOR_UNKNOWN, "not tried", "" },
			  },
			  .finding_cnt = 4 },
			{ .ops = source_list[1], .usable = true, .note = "slow" },
		},
		.source_cnt = 2,
		.reason = "bpf: the kernel has no BTF (use another)",
	};
	r->best = &r->sources[1];
}

static const char text_head[] =
	"execsnoop-c " VERSION " on Linux 5.4.0, s390x\n"
	"\n"
	"bpf does not work here\n"
	"  ok  call                   there\n"
	"  no  types                  none\n"
	"                             -> use another\n"
	"  --  extra                  a \"word\"\n"
	"  --  ring                   not tried\n"
	"\n"
	"connector works: slow\n"
	"\n"
	"Without --backend it takes connector, since bpf: the kernel has no BTF (use another).\n";

static void text_says_all(void **state)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	struct doctor_report r;

	(void)state;
	fill(&r);
	doctor_text(&b, &r, false);
	assert_true(b.len > sizeof(text_head) - 1);
	b.len = sizeof(text_head) - 1;
	assert_buf(&b, text_head);
}

static void text_is_narrow(void **state)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	struct doctor_report r;
	size_t at = 0;

	(void)state;
	fill(&r);
	for (size_t i = 0; i < DOCTOR_TEXT_LEN - 1; i++)
		r.sources[0].findings[0].found[i] = i % 7 ? 'x' : ' ';
	doctor_text(&b, &r, false);
	buf_put_char(&b, '\0');
	while (b.ptr[at]) {
		size_t len = strcspn(b.ptr + at, "\n");

		assert_true(len <= 100);
		assert_int_equal(b.ptr[at + len], '\n');
		at += len + 1;
	}
}

static void text_has_colour_if_asked(void **state)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	struct doctor_report r;

	(void)state;
	fill(&r);
	doctor_text(&b, &r, false);
	assert_null(memchr(b.ptr, '\033', b.len));
	doctor_text(&b, &r, true);
	assert_non_null(memchr(b.ptr, '\033', b.len));
}

static void text_if_nothing_works(void **state)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	struct doctor_report r;

	(void)state;
	fill(&r);
	r.best = NULL;
	r.sources[1].usable = false;
	r.sources[1].note[0] = '\0';
	strcpy(r.sources[1].why.cause, "no memory");
	doctor_text(&b, &r, false);
	buf_put_char(&b, '\0');
	/* No finding tells the cause, so it is told here. */
	assert_non_null(strstr(b.ptr, "\nconnector does not work here: no memory\n"));
	assert_non_null(strstr(b.ptr, "\nIt cannot trace here.\n"));
}

static const char json_head[] =
	"{\"version\":\"" VERSION
	"\",\"kernel\":\"5.4.0\",\"architecture\":\"s390x\",\"backends\":["
	"{\"name\":\"bpf\",\"usable\":false,\"cause\":\"the kernel has no BTF\",\"note\":\"\","
	"\"checks\":["
	"{\"name\":\"call\",\"needed\":true,\"ok\":true,\"found\":\"there\",\"remedy\":\"\"},"
	"{\"name\":\"types\",\"needed\":true,\"ok\":false,\"found\":\"none\","
	"\"remedy\":\"use another\"},"
	"{\"name\":\"extra\",\"needed\":false,\"ok\":false,\"found\":\"a \\\"word\\\"\","
	"\"remedy\":\"\"},"
	"{\"name\":\"ring\",\"needed\":true,\"ok\":null,\"found\":\"not tried\",\"remedy\":\"\"}]},"
	"{\"name\":\"connector\",\"usable\":true,\"cause\":\"\",\"note\":\"slow\",\"checks\":[]}],"
	"\"auto\":\"connector\",\"reason\":\"bpf: the kernel has no BTF (use another)\","
	"\"fields\":[\"@timestamp\",";

/* The whole of what the connector lacks: a row with a wrong name would not be in it. */
static const char json_tail[] =
	"\"missing_fields\":[\"event.outcome\",\"error.code\",\"container.id\",\"process.vpid\","
	"\"process.working_directory\",\"process.real_user.id\",\"process.real_user.name\","
	"\"process.real_group.id\",\"execsnoop.interpreter\","
	"\"execsnoop.executable_inode\",\"execsnoop.executable_device.major\","
	"\"execsnoop.executable_device.minor\",\"execsnoop.secure_exec\",\"execsnoop.errno\","
	"\"execsnoop.usage.cpu_user_ns\",\"execsnoop.usage.cpu_system_ns\","
	"\"execsnoop.usage.memory_max_bytes\",\"execsnoop.usage.read_bytes\","
	"\"execsnoop.usage.write_bytes\",\"execsnoop.usage.read_chars\","
	"\"execsnoop.usage.write_chars\",\"execsnoop.loginuid\",\"execsnoop.sessionid\","
	"\"execsnoop.cgroup_id\",\"execsnoop.cgroup\"],"
	"\"missing_in\":{\"exec\":[\"process.thread.id\"],"
	"\"fork\":[\"process.entity_id\",\"process.name\",\"process.start\",\"process.user.id\","
	"\"process.user.name\",\"process.group.id\",\"process.tty.char_device.major\","
	"\"process.tty.char_device.minor\"],"
	"\"exit\":[\"process.tty.char_device.major\",\"process.tty.char_device.minor\"]}}\n";

static void json_says_all(void **state)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	struct doctor_report r;

	(void)state;
	fill(&r);
	doctor_json(&b, &r);
	buf_put_char(&b, '\0');
	assert_memory_equal(b.ptr, json_head, sizeof(json_head) - 1);
	assert_non_null(strstr(b.ptr, json_tail));
	assert_string_equal(strstr(b.ptr, "\"missing_fields\""), json_tail);
}

/* What the better source lacks depends on the host. */
static void bpf_lacks_what_the_host_lacks(void **state)
{
	const struct field *loginuid = field_find("loginuid"), *tracer = field_find("tracer");
	struct doctor_report r;

	(void)state;
	fill(&r);
	r.best = &r.sources[0];
	assert_true(doctor_lacks(&r, loginuid, EVENT_EXEC));
	assert_false(doctor_lacks(&r, tracer, EVENT_PTRACE));
	r.audit = true;
	r.sources[1].usable = false;
	assert_false(doctor_lacks(&r, loginuid, EVENT_EXEC));
	assert_true(doctor_lacks(&r, tracer, EVENT_PTRACE));
	assert_false(doctor_lacks(&r, field_find("pid"), EVENT_EXEC));
	assert_true(doctor_lacks(&r, field_find("cwd"), EVENT_EXEC));
	r.context = true;
	assert_false(doctor_lacks(&r, field_find("cwd"), EVENT_EXEC));
	assert_true(doctor_lacks(&r, field_find("cwd"), EVENT_EXIT));
}

static void mount_options(void **state)
{
	static const struct {
		const char *line;
		const char *value;
	} lines[] = {
		{ "22 27 0:21 / /proc rw,relatime - proc proc rw\n", "" },
		{ "22 27 0:21 / /proc rw - proc proc rw,hidepid=invisible,gid=4\n", "invisible" },
		{ "22 27 0:21 / /proc rw shared:5 - proc proc hidepid=2\n", "2" },
		{ "22 27 0:21 / /proc rw,hidepid=2 - proc proc rw,xhidepid=1\n", "" },
		{ "22 27 0:21 / /process rw - proc proc rw,hidepid=2\n", NULL },
		{ "22 27 0:21 / / rw - ext4 /proc rw,hidepid=2\n", NULL },
		{ "22 27 0:21 / /proc rw", NULL },
		{ "22 27 - proc\n", NULL },
		{ " - ", NULL },
		{ "\n", NULL },
		{ "", NULL },
	};
	char line[128];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		const char *value;

		snprintf(line, sizeof(line), "%s", lines[i].line);
		value = doctor_mount_option(line, "/proc", "hidepid");
		if (!lines[i].value)
			assert_null(value);
		else
			assert_string_equal(value, lines[i].value);
	}
}

static void option(void **state)
{
	char *argv[] = { "execsnoop-c", "--doctor", "--json", NULL };
	struct opts o;

	(void)state;
	assert_int_equal(opts_parse(&o, 3, argv), 0);
	assert_true(o.doctor);
	assert_string_equal(o.sink->name, "json");
	assert_int_equal(opts_parse(&o, 1, argv), 0);
	assert_false(o.doctor);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_says_all),
		cmocka_unit_test(text_is_narrow),
		cmocka_unit_test(text_has_colour_if_asked),
		cmocka_unit_test(text_if_nothing_works),
		cmocka_unit_test(json_says_all),
		cmocka_unit_test(bpf_lacks_what_the_host_lacks),
		cmocka_unit_test(mount_options),
		cmocka_unit_test(option),
	};

	return cmocka_run_group_tests_name("doctor", tests, NULL, NULL);
}
