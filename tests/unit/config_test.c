// SPDX-License-Identifier: BSD-2-Clause
/* The configuration file: its lines, and what becomes of them as options. */
#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config.h"
#include "opts.h"
#include "opts_table.h"

enum {
	ARGS_MAX = 8,
	SAID_MAX = 8192,
};

static char said[SAID_MAX]; /* what opts_parse() logged, with F for the file */

/* Replace each name of the file. */
static void shorten(const char *path)
{
	char *at;

	while ((at = strstr(said, path))) {
		*at = 'F';
		memmove(at + 1, at + strlen(path), strlen(at + strlen(path)) + 1);
	}
}

/* Parse a file of these bytes and the words up to the first NULL, as a command line after it. */
static int parse(struct opts *o, struct span text, const char *const *words)
{
	static char *argv[ARGS_MAX + 4], path[32];
	_cleanup_close_ int fd = memfd_create("config", MFD_CLOEXEC);
	FILE *err = stderr, *saying = fmemopen(said, sizeof(said), "w");
	int argc = 3, r;

	assert_non_null(saying);
	*said = '\0';
	assert_int_equal(write(fd, text.ptr, text.len), (ssize_t)text.len);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	memset(argv, 0, sizeof(argv));
	argv[0] = "execsnoop-c";
	argv[1] = "--config";
	argv[2] = path;
	for (; *words; words++)
		argv[argc++] = (char *)*words;
	stderr = saying;
	r = opts_parse(o, argc, argv);
	stderr = err;
	fclose(saying);
	shorten(path);
	return r;
}

#define PARSE(o, text, ...) \
	parse(o, BYTES(text), (const char *const[]){ __VA_ARGS__ __VA_OPT__(, ) NULL })

static void lines_are_split(void **state)
{
	char text[] = "a\n\n  # b = c\n\tb-c = d  \r\ne=#f\n g =\n h = i = \"j\" ";
	struct config c = { .at = text, .len = sizeof(text) - 1 };
	static const struct {
		unsigned int number;
		const char *name, *value;
	} want[] = {
		{ 1, "a", NULL }, { 4, "b-c", "d" },       { 5, "e", "#f" },
		{ 6, "g", "" },   { 7, "h", "i = \"j\"" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(want); i++) {
		assert_true(config_next(&c));
		assert_null(c.wrong);
		assert_int_equal(c.number, want[i].number);
		assert_string_equal(c.name, want[i].name);
		if (want[i].value)
			assert_string_equal(c.value, want[i].value);
		else
			assert_null(c.value);
	}
	assert_false(config_next(&c));
	assert_false(config_next(&c));
}

/* Each bad line is one finding, and the next line is read all the same. */
static void lines_that_are_wrong(void **state)
{
	static char text[3 * CONFIG_LINE_MAX];
	static const struct span bad[] = {
		BYTES("js\0on"),        BYTES("output = \x1b[2J"),      BYTES("output = \xff"),
		BYTES("output = a\tb"), BYTES("output = \xe2\x80\xae"), BYTES("#\0"),
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		int len = (int)bad[i].len;
		struct config c = { .at = text, .len = (size_t)len + 6 };

		memcpy(text, bad[i].ptr, bad[i].len);
		memcpy(text + len, "\njson\n", 7);
		assert_true(config_next(&c));
		assert_non_null(c.wrong);
		assert_true(config_next(&c));
		assert_null(c.wrong);
		assert_int_equal(c.number, 2);
		assert_string_equal(c.name, "json");
	}
	for (size_t len = CONFIG_LINE_MAX; len <= CONFIG_LINE_MAX + 1; len++) {
		struct config c = { .at = text, .len = len + 1 };

		memset(text, 'x', len);
		memcpy(text + len, "\n", 2);
		assert_true(config_next(&c));
		assert_int_equal(c.wrong != NULL, len > CONFIG_LINE_MAX);
	}
}

static void options_are_set(void **state)
{
	struct opts o;

	(void)state;
	assert_int_equal(PARSE(&o, "# of a service\njson\nmax-argv = 64K\noutput = /var/log/a b\n"
				   "line = ^a # b\nenv=PATH\nverbose"),
			 0);
	assert_string_equal(said, "");
	assert_string_equal(o.sink->name, "json");
	assert_int_equal(o.source.max_argv, 65536);
	assert_string_equal(o.output, "/var/log/a b");
	assert_string_equal(o.filter.line, "^a # b");
	assert_string_equal(o.env.names, "PATH");
	assert_true(o.verbose);
	opts_done(&o);
	assert_int_equal(PARSE(&o, ""), 0);
	assert_string_equal(o.sink->name, "table");
	opts_done(&o);
	assert_null(o.file.text);
}

/* Wherever --config stands, the file comes first. */
static void command_line_wins(void **state)
{
	struct opts o;

	(void)state;
	assert_int_equal(PARSE(&o, "json\noutput = a\nlatency = 5\nrotate = 1M\nrecord = r\n",
			       "--format", "tree", "--output", "b", "--rotate", "1h"),
			 0);
	assert_string_equal(o.sink->name, "tree");
	assert_string_equal(o.output, "b");
	assert_int_equal(o.latency_ms, 5);
	assert_int_equal(o.record.rotate_len, 1 << 20);
	assert_int_equal(o.record.rotate_ns, 3600 * NSEC_PER_SEC);
	opts_done(&o);
}

/* What is wrong with an option of the file is said with its line, also where only another makes it wrong. */
static void wrong_options_have_their_line(void **state)
{
	static const struct {
		struct span text;
		const char *words[3];
		const char *want;
	} cases[] = {
		{ BYTES("a\0b"), { NULL }, "F:1: a NUL byte is no text" },
		{ BYTES("\njsno"), { NULL }, "F:2: unknown option 'jsno'; is 'json' meant?" },
		{ BYTES("xyzzy=1"), { NULL }, "F:1: unknown option 'xyzzy'; see --help" },
		{ BYTES("=1"), { NULL }, "F:1: unknown option ''; see --help" },
		{ BYTES("--json"),
		  { NULL },
		  "F:1: '--json': a long option without its dashes is wanted" },
		{ BYTES("e = exec"), { NULL }, "F:1: unknown option 'e'; see --help" },
		{ BYTES("max-argv 64K"),
		  { NULL },
		  "F:1: 'max-argv 64K': a name, or name = value, is wanted" },
		{ BYTES("max-arg = 4"),
		  { NULL },
		  "F:1: unknown option 'max-arg'; is 'max-argv' meant?" },
		{ BYTES("Filters"), { NULL }, "F:1: unknown option 'Filters'; see --help" },
		{ BYTES("max-argv"), { NULL }, "F:1: max-argv needs a value, as in name = value" },
		{ BYTES("max-argv = "),
		  { NULL },
		  "F:1: max-argv needs a value, as in name = value" },
		{ BYTES("json = yes"),
		  { NULL },
		  "F:1: json takes no value: the name alone turns it on" },
		{ BYTES("json ="),
		  { NULL },
		  "F:1: json takes no value: the name alone turns it on" },
		{ BYTES("latency = x"),
		  { NULL },
		  "F:1: --latency 'x': milliseconds from 0 to 10000 are wanted" },
		{ BYTES("columns = help"),
		  { NULL },
		  "F:1: --columns 'help': that is for the command line only" },
		{ BYTES("config = a"), { NULL }, "F:1: config is for the command line only" },
		{ BYTES("check-config"),
		  { NULL },
		  "F:1: check-config is for the command line only" },
		{ BYTES("help"), { NULL }, "F:1: help is for the command line only" },
		{ BYTES("version"), { NULL }, "F:1: version is for the command line only" },
		{ BYTES("doctor"), { NULL }, "F:1: doctor is for the command line only" },
		{ BYTES("completion = bash"),
		  { NULL },
		  "F:1: completion is for the command line only" },
		{ BYTES("replay = a"), { NULL }, "F:1: replay is for the command line only" },
		{ BYTES("since = 23:00"), { NULL }, "F:1: since is for the command line only" },
		{ BYTES("until = 23:00"), { NULL }, "F:1: until is for the command line only" },
		/* What others make wrong. */
		{ BYTES("json\ncolumns = pid"),
		  { NULL },
		  "F:2: --columns: JSON has all fields; take some with jq(1)" },
		{ BYTES("columns = pid"),
		  { "--json" },
		  "F:1: --columns: JSON has all fields; take some with jq(1)" },
		{ BYTES("keep = 3"), { NULL }, "F:1: --keep goes with --record FILE only" },
		{ BYTES("record = a\nkeep = 3"), { NULL }, "F:2: --keep goes with --rotate only" },
		{ BYTES("output = a\nrecord = a"),
		  { NULL },
		  "F:2: --record: a is the file of --output as well" },
		{ BYTES("min-duration = 1"),
		  { NULL },
		  "F:1: --min-duration is about exits: ask for them, as in -e exit" },
		{ BYTES("\nname = a\nline = ["),
		  { NULL },
		  "F:3: --line '[': Invalid regular expression, at '['" },
		{ BYTES("cgroup = /no/such"),
		  { NULL },
		  "F:1: --cgroup '/no/such': there is no such cgroup; a path as in "
		  "/proc/PID/cgroup is wanted" },
		{ BYTES("pid = 4194303"),
		  { NULL },
		  "F:1: --pid '4194303': there is no such process" },
		{ BYTES("pid = 1"),
		  { "--", "x" },
		  "F:1: either a process (--pid) or a command can be traced, not both" },
		{ BYTES("follow"),
		  { NULL },
		  "F:1: --follow is for a command after --, or --replay; see --help" },
		{ BYTES("latency = 1"),
		  { "--replay=x" },
		  "F:1: --latency means nothing with --replay, which traces nothing" },
		/* The command line set it last. */
		{ BYTES("latency = 1"),
		  { "--latency=x" },
		  "--latency 'x': milliseconds from 0 to 10000 are wanted" },
		{ BYTES("keep = 3"), { "--keep=4" }, "--keep goes with --record FILE only" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char want[256];
		struct opts o;
		int r = parse(&o, cases[i].text, cases[i].words);

		opts_done(&o);
		assert_int_equal(r, -EINVAL);
		snprintf(want, sizeof(want), "execsnoop-c: %s\n", cases[i].want);
		assert_string_equal(said, want);
	}
}

static void each_wrong_line_is_said(void **state)
{
	char text[50 * 2], *line;
	unsigned int cnt = 0;
	struct opts o;

	(void)state;
	assert_int_equal(PARSE(&o, "nonsense\njson\nlatency = x\n"), -EINVAL);
	opts_done(&o);
	assert_non_null(strstr(said, "F:1: "));
	assert_null(strstr(said, "F:2: "));
	assert_non_null(strstr(said, "F:3: "));
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = i % 2 ? '\n' : 'x';
	assert_int_equal(parse(&o, (struct span){ text, sizeof(text) }, (const char *[]){ NULL }),
			 -EINVAL);
	opts_done(&o);
	for (line = said; (line = strchr(line, '\n')); line++)
		cnt++;
	assert_int_equal(cnt, 21);
	assert_non_null(strstr(said, "F: more may be wrong"));
}

/* All options of the table can stand in a file, but those that are refused by name. */
static void the_table_decides(void **state)
{
	(void)state;
	for (size_t i = 0; i < opts_cnt; i++) {
		char text[64];
		struct opts o;

		if (!opts_table[i].set)
			continue;
		snprintf(text, sizeof(text), "%s%s", opts_table[i].name,
			 opts_table[i].arg ? " = =" : "");
		parse(&o, (struct span){ text, strlen(text) }, (const char *[]){ NULL });
		opts_done(&o);
		assert_null(strstr(said, "unknown option"));
		assert_int_equal(!!strstr(said, "for the command line only"),
				 opts_is_for_command_line(&opts_table[i]));
	}
}

static void files_that_are_none(void **state)
{
	char dir[] = "/tmp/config_test.XXXXXX", fifo[64], large[64];
	_cleanup_free_ char *text = NULL;
	size_t len = 0;
	int fd;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(fifo, sizeof(fifo), "%s/fifo", dir);
	snprintf(large, sizeof(large), "%s/large", dir);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	fd = open(large, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(ftruncate(fd, CONFIG_LEN_MAX), 0);
	assert_null(config_read(large, &text, &len));
	assert_int_equal(len, CONFIG_LEN_MAX);
	assert_int_equal(text[len], '\0');
	assert_int_equal(ftruncate(fd, CONFIG_LEN_MAX + 1), 0);
	close(fd);
	assert_string_equal(config_read(large, &text, &len),
			    "longer than 64 KiB: this is no configuration file");
	assert_string_equal(config_read(fifo, &text, &len), "not a regular file");
	assert_string_equal(config_read(dir, &text, &len), "not a regular file");
	assert_string_equal(config_read("/dev/zero", &text, &len), "not a regular file");
	unlink(fifo);
	unlink(large);
	assert_int_equal(rmdir(dir), 0);
	assert_string_equal(config_read(fifo, &text, &len), "No such file or directory");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_split),
		cmocka_unit_test(lines_that_are_wrong),
		cmocka_unit_test(options_are_set),
		cmocka_unit_test(command_line_wins),
		cmocka_unit_test(wrong_options_have_their_line),
		cmocka_unit_test(each_wrong_line_is_said),
		cmocka_unit_test(the_table_decides),
		cmocka_unit_test(files_that_are_none),
	};

	return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
