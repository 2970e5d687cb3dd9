// SPDX-License-Identifier: BSD-2-Clause
#include "unit.h"

static void numbers(void **state)
{
	_cleanup_(buf_done) struct buf b = { 0 };

	(void)state;
	buf_put_u64(&b, 0);
	assert_buf(&b, "0");
	buf_put_u64(&b, UINT64_MAX);
	assert_buf(&b, "18446744073709551615");
	buf_put_padded(&b, 42, 9);
	assert_buf(&b, "000000042");
	buf_put_padded(&b, 12345, 3);
	assert_buf(&b, "12345");
}

static void grows(void **state)
{
	_cleanup_(buf_done) struct buf b = { 0 };

	(void)state;
	for (int i = 0; i < 100000; i++)
		buf_put_char(&b, (char)i);
	assert_int_equal(b.len, 100000);
	for (int i = 0; i < 100000; i++)
		assert_int_equal(b.ptr[i], (char)i);
	b.len = 0;
	buf_printf(&b, "%s-%d", "x", 7);
	assert_buf(&b, "x-7");
}

static void absurd_length_fails(void **state)
{
	_cleanup_(buf_done) struct buf b = { 0 };

	(void)state;
	buf_puts(&b, "x");
	assert_false(buf_grow(&b, SIZE_MAX - 1));
	assert_true(b.failed);
	assert_int_equal(b.len, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers),
		cmocka_unit_test(grows),
		cmocka_unit_test(absurd_length_fails),
	};

	return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
