// SPDX-License-Identifier: BSD-2-Clause
#include "unit.h"

#include <stdio.h>

#include "field.h"

static void names_are_unique_and_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < field_cnt; i++) {
		assert_ptr_equal(field_find(fields[i].name), &fields[i]);
		assert_non_null(fields[i].help);
		assert_true(fields[i].json || fields[i].heading);
	}
	assert_null(field_find("nonesuch"));
}

static void nearest_is_what_was_meant(void **state)
{
	static const char *const cases[][2] = {
		{ "comand", "command" },
		{ "pids", "pid" },
		{ "prent-command", "parent-command" },
		{ "argsbytes", "args-bytes" },
		{ "conatiner", "container" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_string_equal(field_nearest(cases[i][0])->name, cases[i][1]);
	assert_non_null(field_nearest(""));
	assert_non_null(
		field_nearest("a name that is much longer than any name of a field can be"));
}

/* An object that was closed is never opened again: JSON would hold its key twice. */
static void json_objects_are_contiguous(void **state)
{
	(void)state;
	for (size_t i = 0; i < field_cnt; i++)
		for (size_t j = i + 2; fields[i].json && j < field_cnt; j++) {
			const char *a = fields[i].json, *b = fields[j].json;
			size_t len = 0;

			if (!b)
				continue;
			assert_string_not_equal(a, b);
			while (a[len] && a[len] == b[len])
				len++;
			while (len && a[len - 1] != '.')
				len--;
			if (!len)
				continue;
			for (size_t k = i + 1; k < j; k++)
				if (fields[k].json && strncmp(fields[k].json, a, len))
					fail_msg("%s stands between %s and %s", fields[k].json, a,
						 b);
		}
}

/* Each key outside "execsnoop" is in the schema, in the form the schema wants. */
static void json_keys_are_ecs(void **state)
{
	char ecs[65536], want[256];
	FILE *f = fopen("tests/data/ecs-fields.tsv", "re");
	size_t len;

	(void)state;
	assert_non_null(f);
	len = fread(ecs, 1, sizeof(ecs) - 1, f);
	fclose(f);
	ecs[len] = '\0';
	for (size_t i = 0; i < field_cnt; i++) {
		if (!fields[i].json || !strncmp(fields[i].json, "execsnoop.", 10))
			continue;
		snprintf(want, sizeof(want), "\n%s\t", fields[i].json);
		if (!strstr(ecs, want))
			fail_msg("%s is not in tests/data/ecs-fields.tsv", fields[i].json);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_unique_and_found),
		cmocka_unit_test(nearest_is_what_was_meant),
		cmocka_unit_test(json_objects_are_contiguous),
		cmocka_unit_test(json_keys_are_ecs),
	};

	return cmocka_run_group_tests_name("field", tests, NULL, NULL);
}
