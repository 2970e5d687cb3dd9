// SPDX-License-Identifier: BSD-2-Clause
#include "unit.h"

#include "pattern.h"

static void sizes(void **state)
{
	(void)state;
	assert_int_equal(pattern_size(""), 0);
	assert_int_equal(pattern_size("abc"), 3);
	assert_int_equal(pattern_size("a\\+b"), 3);
	assert_int_equal(pattern_size("a+"), 2);
	assert_int_equal(pattern_size("a++"), 4);
	assert_int_equal(pattern_size("a+*?+"), 4);
	assert_int_equal(pattern_size("a+*?+*"), PATTERN_SIZE_MAX);
	assert_int_equal(pattern_size("((((a*)*)*)*)"), 5);
	assert_int_equal(pattern_size("(((((a*)*)*)*)*)"), PATTERN_SIZE_MAX);
	assert_int_equal(pattern_size("a*b*c*d*e*f*g*"), 7);
	assert_int_equal(pattern_size("[]+]+x"), 3);
	assert_int_equal(pattern_size("[^]a]"), 1);
	assert_int_equal(pattern_size("[[:alpha:]+]"), 1);
	assert_int_equal(pattern_size("a{3}"), 3);
	assert_int_equal(pattern_size("a{2,5}"), 5);
	assert_int_equal(pattern_size("(ab)+c"), 7);
	assert_int_equal(pattern_size("((ab+)+)+"), 18);
	assert_int_equal(pattern_size("^(cc|gcc|cc1)$"), 13);
}

/* What would take all memory, and what is not whole. */
static void bounds(void **state)
{
	(void)state;
	assert_int_equal(pattern_size("++++++++++++++++++++++++++++++++++++++++"),
			 PATTERN_SIZE_MAX);
	assert_int_equal(pattern_size("a++++++++++++++++++++++++++++++++++++++++"),
			 PATTERN_SIZE_MAX);
	assert_int_equal(pattern_size("((a{255}){255}){255}"), PATTERN_SIZE_MAX);
	assert_int_equal(pattern_size("a{999999999}"), PATTERN_SIZE_MAX);
	assert_int_equal(pattern_size("{99999999999999999999}"), 0);
	assert_true(pattern_size("a{") < 9);
	assert_true(pattern_size("[") < 9);
	assert_true(pattern_size("[[:") < 9);
	assert_true(pattern_size("((((") < 9);
	assert_true(pattern_size("))))") < 9);
	assert_true(pattern_size("\\") < 9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes),
		cmocka_unit_test(bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
