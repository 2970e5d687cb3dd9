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

/* About each power of ten, and of two. */
static void number_lengths(void **state)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	char want[32];

	(void)state;
	for (uint64_t base = 2; base <= 10; base += 8)
		for (uint64_t power = 1, n; power;
		     power = power > UINT64_MAX / base ? 0 : power * base)
			for (int i = -1; i <= 1; i++) {
				n = power + (uint64_t)i;
				snprintf(want, sizeof(want), "%ju", (uintmax_t)n);
				buf_put_u64(&b, n);
				assert_buf(&b, want);
				snprintf(want, sizeof(want), "%09ju", (uintmax_t)n);
				buf_put_padded(&b, n, 9);
				assert_buf(&b, want);
			}
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
		cmocka_unit_test(number_lengths),
		cmocka_unit_test(grows),
		cmocka_unit_test(absurd_length_fails),
	};

	return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
