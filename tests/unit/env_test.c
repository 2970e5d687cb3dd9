// SPDX-License-Identifier: BSD-2-Clause
#include "unit.h"

#include "env.h"

static struct span text(const char *s)
{
	return (struct span){ s, strlen(s) };
}

static void patterns(void **state)
{
	static const struct {
		const char *patterns, *name;
		bool match;
	} cases[] = {
		{ "PATH", "PATH", true },
		{ "PATH", "PATHS", false },
		{ "PATH", "XPATH", false },
		{ "path", "PATH", true },
		{ "A,PATH", "PATH", true },
		{ "A,,PATH", "", false },
		{ "", "A", false },
		{ ",", "A", false },
		{ "LD_*", "LD_PRELOAD", true },
		{ "LD_*", "LD_", true },
		{ "LD_*", "LD", false },
		{ "*KEY*", "MONKEYS", true },
		{ "*KEY", "KEYKEX", false },
		{ "*KEY", "KEYKEXKEY", true },
		{ "*a*b*c", "xaybzbc", true },
		{ "*a*b*c", "xaybzbcd", false },
		{ "A?C", "ABC", true },
		{ "A?C", "AC", false },
		{ "*", "", true },
		{ "**", "A", true },
		{ "?", "", false },
		{ "PATH,", "PATH", true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		if (env_match(cases[i].patterns, text(cases[i].name)) != cases[i].match)
			fail_msg("%s and %s", cases[i].patterns, cases[i].name);
}

/* What is shown of that block, with '|' for each NUL. */
static void shows(const struct env_conf *conf, const char *block, size_t len, const char *want)
{
	struct buf b = { 0 };

	env_show(conf, (struct span){ block, len }, &b);
	for (size_t i = 0; i < b.len; i++)
		if (!b.ptr[i])
			b.ptr[i] = '|';
	buf_put_char(&b, '\0');
	assert_string_equal(b.ptr, want);
	buf_done(&b);
}

#define SHOWS(conf, block, want) shows(&(conf), block, sizeof(block) - 1, want)

static void only_what_is_asked_for(void **state)
{
	const struct env_conf path = { .names = "PATH,LD_*" }, none = { 0 };

	(void)state;
	SHOWS(path, "PATH=/bin\0HOME=/\0LD_X=1=2\0", "PATH=/bin|LD_X=1=2|");
	SHOWS(path, "XPATH=1\0PAT=2\0=PATH\0PATH\0", "PATH|");
	SHOWS(path, "", "");
	SHOWS(none, "PATH=/bin\0", "");
	/* Cut within the last one. */
	SHOWS(path, "HOME=/\0PATH=/b", "PATH=/b|");
}

static void secrets_are_hidden(void **state)
{
	const struct env_conf all = { .names = "all", .all = true };
	const struct env_conf more = { .names = "all", .all = true, .redact = "HOME" };
	const struct env_conf named = { .names = "A_TOKEN" };
	const struct env_conf hidden = { .names = "A_TOKEN,B", .redact = "*token*" };

	(void)state;
	SHOWS(all, "A_TOKEN=x\0HOME=/\0PWD=/p\0MYSQL_PWD=x\0pass=y\0",
	      "A_TOKEN=[redacted]|HOME=/|PWD=/p|MYSQL_PWD=[redacted]|pass=[redacted]|");
	SHOWS(all, "NOVALUE\0\0SECRET\0=x\0", "NOVALUE||SECRET|=x|");
	SHOWS(more, "A_TOKEN=x\0HOME=/\0", "A_TOKEN=[redacted]|HOME=[redacted]|");
	SHOWS(named, "A_TOKEN=x\0B=1\0", "A_TOKEN=x|");
	SHOWS(hidden, "A_TOKEN=x\0B=1\0", "A_TOKEN=[redacted]|B=1|");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(patterns),
		cmocka_unit_test(only_what_is_asked_for),
		cmocka_unit_test(secrets_are_hidden),
	};

	return cmocka_run_group_tests_name("env", tests, NULL, NULL);
}
