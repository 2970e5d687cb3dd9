// SPDX-License-Identifier: BSD-2-Clause
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "field.h"
#include "opts.h"
#include "opts_table.h"

enum {
	ARGS_MAX = 8,
};

/* Parse a command line of the words up to the first NULL. */
static int parse(struct opts *o, const char *const *words)
{
	static char *argv[ARGS_MAX + 2]; /* of which o keeps some */
	int argc = 1;

	memset(argv, 0, sizeof(argv));
	argv[0] = "execsnoop-c";
	while (words[argc - 1]) {
		argv[argc] = (char *)words[argc - 1];
		argc++;
	}
	return opts_parse(o, argc, argv);
}

#define PARSE(o, ...) parse(o, (const char *const[]){ __VA_ARGS__ __VA_OPT__(, ) NULL })

static void defaults(void **state)
{
	struct opts o;

	(void)state;
	assert_int_equal(PARSE(&o), 0);
	assert_string_equal(o.sink->name, "table");
	assert_int_equal(o.source.kinds, BIT(EVENT_EXEC));
	assert_int_equal(o.source.max_argv, UINT32_MAX);
	assert_int_equal(o.source.ring_len, 4 << 20);
	assert_int_equal(o.latency_ms, 10);
	assert_int_equal(o.duration_ns, 0);
	assert_null(o.output);
	assert_false(o.source.env);
	assert_null(o.env.names);
	assert_string_equal(o.text, "");
}

static void values(void **state)
{
	struct opts o;

	(void)state;
	assert_int_equal(PARSE(&o, "-e", "exit,fork", "--json", "-o", "f", "-D0.5"), 0);
	assert_int_equal(o.source.kinds, BIT(EVENT_FORK) | BIT(EVENT_EXIT));
	assert_string_equal(o.sink->name, "json");
	assert_string_equal(o.output, "f");
	assert_int_equal(o.duration_ns, NSEC_PER_SEC / 2);
	assert_string_equal(o.text, "-e exit,fork --json -o f -D0.5");
	assert_int_equal(PARSE(&o, "-D", "1e-9"), 0);
	assert_int_equal(o.duration_ns, 1);

	assert_int_equal(PARSE(&o, "--env", "PATH,LD_*", "--redact", "HOME"), 0);
	assert_true(o.source.env);
	assert_false(o.env.all);
	assert_string_equal(o.env.names, "PATH,LD_*");
	assert_string_equal(o.env.redact, "HOME");
	assert_int_equal(PARSE(&o, "--env", "all"), 0);
	assert_true(o.source.env && o.env.all);

	assert_int_equal(PARSE(&o, "--max-argv=0", "--buffer", "64K", "--latency=0", "-v"), 0);
	assert_int_equal(o.source.max_argv, 0);
	assert_int_equal(o.source.ring_len, 65536);
	assert_int_equal(o.latency_ms, 0);
	assert_true(o.verbose);

	assert_int_equal(PARSE(&o, "--max-argv", "4G"), 0);
	assert_int_equal(o.source.max_argv, UINT32_MAX);
	assert_int_equal(PARSE(&o, "--max-argv", "4095M"), 0);
	assert_int_equal(o.source.max_argv, 4095U << 20);
	assert_int_equal(PARSE(&o, "--max-argv", "4294967297"), -EINVAL);

	assert_int_equal(PARSE(&o, "-hV"), 0);
	assert_true(o.help && o.version);
	assert_int_equal(PARSE(&o, "--events=all", "--format", "table", "--buffer=512M"), 0);
	assert_int_equal(o.source.kinds, BIT(EVENT_EXEC) | BIT(EVENT_FORK) | BIT(EVENT_EXIT));
	assert_int_equal(o.source.ring_len, 512 << 20);
}

/* A list that is read otherwise than it is meant would show a secret. */
static void lists_of_names(void **state)
{
	static const char *const wrong[] = { "",    ",",     "A,",   ",A",    "A,,B",  "A, B",
					     " A",  "A ",    "A\tB", "\"A\"", "A,'B'", "A=1",
					     "`A`", "A,\nB", "ALL",  "all,A", "A,All", "A,all" };
	static const char *const right[] = {
		"A", "A,B", "A?C,*", "*ALL", "ALL_A,all?", "\303\244"
	};
	struct opts o;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
		if (PARSE(&o, "--env", wrong[i]) == 0 || PARSE(&o, "--redact", wrong[i]) == 0)
			fail_msg("'%s' is taken", wrong[i]);
	for (size_t i = 0; i < ARRAY_LEN(right); i++)
		if (PARSE(&o, "--env", right[i], "--redact", right[i]) < 0 || o.env.all)
			fail_msg("'%s' is not taken", right[i]);
	assert_int_equal(PARSE(&o, "--redact", "all"), -EINVAL);
}

static void views(void **state)
{
	char many[VIEW_COLUMNS_MAX * 4 + 4] = "pid";
	struct opts o;

	(void)state;
	assert_int_equal(PARSE(&o, "-TtUq", "-f", "tree", "--max-args=2", "--flat", "-S"), 0);
	assert_true(o.view.wall && o.view.since && o.view.user && o.view.args_hide && o.view.flat);
	assert_true(o.stats && !o.context && !o.view.cwd && !o.view.ancestry);
	assert_int_equal(o.view.args_max, 2);
	assert_string_equal(o.sink->name, "tree");

	assert_int_equal(PARSE(&o, "--columns", "pid,command"), 0);
	assert_int_equal(o.view.column_cnt, 2);
	assert_string_equal(o.view.columns[1]->name, "command");
	assert_int_equal(sink_kinds(o.sink, &o.view), 0);
	assert_int_equal(PARSE(&o, "--columns", "cwd,cmdline"), 0);
	assert_true(o.context);
	assert_true(sink_kinds(o.sink, &o.view) & BIT(EVENT_EXIT));
	assert_int_equal(PARSE(&o, "--columns", "env"), -EINVAL);
	assert_int_equal(PARSE(&o, "--columns", "pid,env", "--env", "A"), 0);
	assert_int_equal(PARSE(&o, "--columns", "env", "--replay", "x"), 0);
	assert_int_equal(PARSE(&o, "-d", "--ancestry"), 0);
	assert_true(o.context && o.view.cwd && o.view.ancestry);
	assert_true(sink_kinds(o.sink, &o.view) & BIT(EVENT_FORK));
	assert_int_equal(PARSE(&o, "--columns=help"), 0);
	assert_true(o.columns_help);

	for (size_t i = 1; i < VIEW_COLUMNS_MAX; i++)
		strcat(many, ",pid");
	assert_int_equal(PARSE(&o, "--columns", many, "-TtUd", "--ancestry"), 0);
	strcat(many, ",pid");
	assert_int_equal(PARSE(&o, "--columns", many), -EINVAL);

	assert_int_equal(PARSE(&o, "-f", "lifecycle"), 0);
	assert_true(o.source.kinds & BIT(EVENT_EXIT));
}

static void filters(void **state)
{
	struct opts o;
	char pid[16];

	(void)state;
	snprintf(pid, sizeof(pid), "%d", getpid());
	assert_int_equal(PARSE(&o), 0);
	assert_int_equal(o.filter.self, getpid());
	assert_int_equal(PARSE(&o, "-p", pid, "-P", pid, "-u", "root", "-n", "^a", "-lb"), 0);
	assert_int_equal(o.filter.pid, getpid());
	assert_int_equal(o.filter.ppid, getpid());
	assert_true(o.filter.by_uid);
	assert_int_equal(o.filter.uid, 0);
	assert_string_equal(o.filter.name, "^a");
	assert_string_equal(o.filter.line, "b");
	assert_int_equal(PARSE(&o, "-eexit", "--exit-status=7", "--include-self", "-u12345"), 0);
	assert_int_equal(o.filter.status, FILTER_STATUS_CODE);
	assert_int_equal(o.filter.code, 7);
	assert_int_equal(o.filter.uid, 12345);
	assert_int_equal(o.filter.self, 0);
	assert_int_equal(PARSE(&o, "-eall", "--exit-status=signal", "--min-duration", ".5"), 0);
	assert_int_equal(o.filter.status, FILTER_STATUS_SIGNAL);
	assert_int_equal(o.filter.min_duration_ns, NSEC_PER_SEC / 2);
	assert_int_equal(PARSE(&o, "--container", "00ff"), 0);
	assert_string_equal(o.filter.container, "00ff");
}

static void nonsense_is_refused(void **state)
{
	static const char *const lines[][3] = {
		{ "-Z" },
		{ "--nonsense" },
		{ "stray" },
		{ "stray", "--", "x" },
		{ "-o", "--", "x" },
		{ "--" },
		{ "--follow" },
		{ "--doctor", "--", "x" },
		{ "-e" },
		{ "-e", "" },
		{ "-e", "exec," },
		{ "-e", "execs" },
		{ "-e", "exec,,exit" },
		{ "-f", "xml" },
		{ "--columns", "" },
		{ "--columns", "pid,,comm" },
		{ "--columns", "pid," },
		{ "--columns", "args" }, /* in JSON only */
		{ "--columns", "a-name-that-is-longer-than-there-can-be-one" },
		{ "--json", "--columns=pid" },
		{ "--json", "-q" },
		{ "--time-format", "%n" },
		{ "--max-args", "0" },
		{ "--max-args", "-1" },
		{ "-o", "" },
		{ "--json=yes" },
		{ "--max-argv", "" },
		{ "--max-argv", "-1" },
		{ "--max-argv", "x" },
		{ "--max-argv", "5G" },
		{ "--max-argv", "1KK" },
		{ "--max-argv", " 1" },
		{ "--max-argv", "0x10" },
		{ "--buffer", "4095" },
		{ "--buffer", "513M" },
		{ "--buffer", "many" },
		{ "--buffer", "99999999999999999999" },
		{ "--buffer", "17179869184G" },
		{ "--latency", "10001" },
		{ "--latency", "-5" },
		{ "-D", "0" },
		{ "-D", "-1" },
		{ "-D", "x" },
		{ "-D", "1s" },
		{ "-D", "nan" },
		{ "-D", "inf" },
		{ "-D", "1e300" },
		{ "-D", "0.0000000001" },
		{ "-p", "0" },
		{ "-p", "x" },
		{ "-p", "1K" },
		{ "-p", "-1" },
		{ "-p", "4194304" },
		{ "-P", "99999999" },
		{ "-u", "no such user" },
		{ "-u", "" },
		{ "-u", "4294967295" },
		{ "-n", "a(b" },
		{ "-l", "[" },
		{ "-c", "relative" },
		{ "-c", "/no/such/cgroup" },
		{ "--container", "" },
		{ "--container", "XYZ" },
		{ "--exit-status", "1" },
		{ "--min-duration", "1" },
		{ "--exit-status=256", "-eexit" },
		{ "--exit-status=bad", "-eexit" },
		{ "--min-duration=-1", "-eexit" },
		{ "--min-duration=1e-10", "-eexit" },
	};
	struct opts o;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lines); i++)
		if (parse(&o, lines[i]) != -EINVAL)
			fail_msg("%s %s is taken", lines[i][0], lines[i][1] ? lines[i][1] : "");
}

static void command_is_the_rest(void **state)
{
	struct opts o;

	(void)state;
	assert_int_equal(PARSE(&o, "-e", "exit", "--follow", "--", "-e", "--", "x"), 0);
	assert_int_equal(o.source.kinds, BIT(EVENT_EXIT));
	assert_true(o.follow);
	assert_string_equal(o.command[0], "-e");
	assert_string_equal(o.command[1], "--");
	assert_string_equal(o.command[2], "x");
	assert_null(o.command[3]);
	assert_int_equal(PARSE(&o, "-o", "--", "--", "ls"), 0);
	assert_string_equal(o.output, "--");
	assert_string_equal(o.command[0], "ls");
	assert_int_equal(PARSE(&o, "-o", "--"), 0);
	assert_null(o.command);
}

static void standard_output(void **state)
{
	struct opts o;

	(void)state;
	assert_int_equal(PARSE(&o), 0);
	assert_int_equal(opts_std_fd(&o), STDOUT_FILENO);
	assert_int_equal(PARSE(&o, "--", "ls"), 0);
	assert_int_equal(opts_std_fd(&o), STDERR_FILENO);
	assert_int_equal(PARSE(&o, "-o", "f", "-o-", "--", "ls"), 0);
	assert_null(o.output);
	assert_int_equal(opts_std_fd(&o), STDOUT_FILENO);
	assert_int_equal(PARSE(&o, "-o-", "-o", "f", "--", "ls"), 0);
	assert_string_equal(o.output, "f");
	assert_false(o.to_stdout);
	assert_int_equal(PARSE(&o, "-o-", "-w-"), -EINVAL);
	assert_int_equal(PARSE(&o, "-o-", "--append"), -EINVAL);
}

static void long_command_lines_fit(void **state)
{
	char name[2000];
	struct opts o;

	(void)state;
	memset(name, 'x', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(PARSE(&o, "-o", name, "-o", name), 0);
	assert_int_equal(strlen(o.text), sizeof(o.text) - 1);
}

static void help_names_every_option(void **state)
{
	static const char *const names[] = {
		"-e, --events LIST", "--max-argv BYTES", "-D, --duration",
		"-f, --format",      "--json",           "-o, --output FILE",
		"--buffer SIZE",     "--latency MS",     "-v, --verbose",
		"-h, --help",        "-V, --version"
	};
	_cleanup_(buf_done) struct buf b = { 0 };

	(void)state;
	opts_help(&b);
	buf_put_char(&b, '\0');
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		assert_non_null(strstr(b.ptr, names[i]));
	for (char *line = strtok(b.ptr, "\n"); line; line = strtok(NULL, "\n")) {
		assert_true(strlen(line) <= 80);
		/* Where an option's name is longer than its column, no words come after it. */
		if (line[strspn(line, " ")] == '-' && strlen(line) > 26 && line[25] != ' ')
			assert_null(strchr(line + 26, ' '));
	}
}

/* Each shell is told of each option. */
static void completions_name_every_option(void **state)
{
	static const char *const shells[] = { "bash", "zsh", "fish" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(shells); i++) {
		_cleanup_(buf_done) struct buf b = { 0 };

		assert_true(opts_completion(&b, shells[i]));
		buf_put_char(&b, '\0');
		for (size_t j = 0; j < opts_cnt; j++)
			if (opts_table[j].set)
				assert_non_null(strstr(b.ptr, opts_table[j].name));
		assert_non_null(strstr(b.ptr, "auto bpf connector"));
		assert_non_null(strstr(b.ptr, "lifecycle"));
		if (!i) /* bash shows no descriptions */
			continue;
		assert_non_null(strstr(b.ptr, "table, json, tree: each command below"));
		assert_non_null(strstr(b.ptr, "show times so: strftime, and %N or"));
		assert_non_null(strstr(b.ptr, "write a capture to FILE: execs, forks"));
		assert_null(strstr(b.ptr, "default"));
	}
	assert_false(opts_completion(&(struct buf){ 0 }, "csh"));
}

static void suggestions(void **state)
{
	(void)state;
	assert_string_equal(opts_nearest("--formt"), "format");
	assert_string_equal(opts_nearest("--evnets=exec"), "events");
	assert_string_equal(opts_nearest("--maxargs"), "max-args");
	assert_null(opts_nearest("--xyzzy"));
	assert_null(opts_nearest("--"));
	assert_null(opts_nearest("--a"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults),
		cmocka_unit_test(values),
		cmocka_unit_test(lists_of_names),
		cmocka_unit_test(views),
		cmocka_unit_test(filters),
		cmocka_unit_test(nonsense_is_refused),
		cmocka_unit_test(command_is_the_rest),
		cmocka_unit_test(standard_output),
		cmocka_unit_test(long_command_lines_fit),
		cmocka_unit_test(help_names_every_option),
		cmocka_unit_test(completions_name_every_option),
		cmocka_unit_test(suggestions),
	};

	/* The messages are for users; here they would only look like failures. */
	if (!freopen("/dev/null", "we", stderr))
		return 1;
	return cmocka_run_group_tests_name("opts", tests, NULL, NULL);
}
