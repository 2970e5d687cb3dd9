// SPDX-License-Identifier: BSD-2-Clause
#include "unit.h"

#include "clock.h"

static void rfc3339(void **state)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	struct clock_text t = { 0 };

	(void)state;
	clock_put_rfc3339(&t, &b, 0);
	assert_buf(&b, "1970-01-01T00:00:00.000000000Z");
	clock_put_rfc3339(&t, &b, 1);
	assert_buf(&b, "1970-01-01T00:00:00.000000001Z");
	clock_put_rfc3339(&t, &b, 1709210096123456789ull);
	assert_buf(&b, "2024-02-29T12:34:56.123456789Z");
	clock_put_rfc3339(&t, &b, 1709210095999999999ull); /* back again */
	assert_buf(&b, "2024-02-29T12:34:55.999999999Z");
}

static void local(void **state)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	struct clock_text t = { 0 };

	(void)state;
	setenv("TZ", "UTC-2", 1);
	tzset();
	clock_put_local(&t, &b, &clock_format_day, 1709210096123456789ull);
	assert_buf(&b, "14:34:56.123");
}

static void formats(void **state)
{
	static const struct {
		const char *format;
		const char *want; /* NULL: refused */
	} cases[] = {
		{ "%F %T.%3N", "2024-02-29 12:34:56.123" },
		{ "%s.%N", "1709210096.123456789" },
		{ "%1N%%", "1%" },
		{ "%6N s", "123456 s" },
		{ "x", "x" },
		{ "%H:%M", "12:34" },
		{ "", NULL },
		{ "%", NULL },
		{ "%n", NULL },
		{ "%t", NULL },
		{ "%0N", NULL },
		{ "%12N", NULL },
		{ "%3", NULL },
		{ "%Q", NULL },
		{ "%N%N", NULL },
		{ "a\nb", NULL },
		{ "\033[2J", NULL },
		{ "\xff", NULL },
		{ "%c%c%c%c%c%c", NULL }, /* short, but not what it makes */
		{ "1234567890123456789012345678901234567890123456789012345678901234", NULL },
	};
	_cleanup_(buf_done) struct buf b = { 0 };

	(void)state;
	setenv("TZ", "UTC", 1);
	tzset();
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct clock_format f = { .width = 99 };
		struct clock_text t = { 0 };
		bool refused = clock_format_parse(&f, cases[i].format);

		if (refused != !cases[i].want)
			fail_msg("'%s' is %s", cases[i].format, refused ? "refused" : "taken");
		if (refused) {
			assert_int_equal(f.width, 99);
			continue;
		}
		assert_true(f.width >= strlen(cases[i].want));
		clock_put_local(&t, &b, &f, 1709210096123456789ull);
		assert_buf(&b, cases[i].want);
	}
}

static void durations(void **state)
{
	static const struct {
		uint64_t ns;
		const char *want;
	} cases[] = {
		{ 0, "0us" },
		{ 999999, "999us" },
		{ 14200000, "14.2ms" },
		{ 3100000000ull, "3.10s" },
		{ 61 * NSEC_PER_SEC, "1m01s" },
		{ 7500 * NSEC_PER_SEC, "2h05m" },
	};
	_cleanup_(buf_done) struct buf b = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		clock_put_duration(&b, cases[i].ns);
		assert_buf(&b, cases[i].want);
	}
}

static void wall_offset(void **state)
{
	uint64_t wall = clock_now_ns(CLOCK_BOOTTIME) + (uint64_t)clock_wall_offset_ns();
	int64_t diff = (int64_t)(clock_now_ns(CLOCK_REALTIME) - wall);

	(void)state;
	assert_in_range(diff + 1000000000, 0, 2000000000); /* within a second, on a busy machine */
}

static void parses(void **state)
{
	static const char *const wrong[] = {
		"",
		"x",
		"2026-02-30",
		"2026-13-01",
		"24:00",
		"12:60",
		"12:00x",
		"2026-11-22T23:59:59Zx",
		"2026-11-22T",
		"2026-11-22 12:00:00.",
		"2026-11-22T12:00:00+1",
		"2026-11-22Z",
		"1-2-3",
	};
	uint64_t utc, ns;

	(void)state;
	setenv("TZ", "UTC-1", 1); /* an hour east */
	tzset();
	assert_true(clock_parse("2026-11-22T23:59:59Z", &utc));
	assert_int_equal(utc, 1795391999 * NSEC_PER_SEC);
	assert_true(clock_parse("2026-11-23T01:29:59.5+01:30", &ns));
	assert_int_equal(ns, utc + NSEC_PER_SEC / 2);
	assert_true(clock_parse("2026-11-23 00:59:59", &ns));
	assert_int_equal(ns, utc);
	assert_true(clock_parse("2026-11-23 00:59", &ns));
	assert_int_equal(ns, utc - 59 * NSEC_PER_SEC);
	assert_true(clock_parse("2026-11-23", &ns));
	assert_int_equal(ns, utc + NSEC_PER_SEC - 3600 * NSEC_PER_SEC);
	assert_true(clock_parse("00:00", &ns));
	assert_int_equal((ns / NSEC_PER_SEC + 3600) % 86400, 0);
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
		assert_false(clock_parse(wrong[i], &ns));
	unsetenv("TZ");
	tzset();
}

/* It stays what it was, whatever a reading takes, and follows a suspend. */
static void boot_offset(void **state)
{
	int64_t known = 0, first = clock_boot_offset_ns(&known);
	int64_t near = first + 1000, far = first + 60 * (int64_t)NSEC_PER_SEC;

	(void)state;
	assert_int_equal(known, first);
	for (int i = 0; i < 100000; i++)
		assert_int_equal(clock_boot_offset_ns(&known), first);
	assert_int_equal(clock_boot_offset_ns(&near), first + 1000);
	assert_in_range(clock_boot_offset_ns(&far) - first + 1000000, 0, 2000000);
	assert_in_range(far - first + 1000000, 0, 2000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parses),      cmocka_unit_test(rfc3339),
		cmocka_unit_test(local),       cmocka_unit_test(formats),
		cmocka_unit_test(durations),   cmocka_unit_test(wall_offset),
		cmocka_unit_test(boot_offset),
	};

	return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
