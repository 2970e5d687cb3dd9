// SPDX-License-Identifier: BSD-2-Clause
#include "unit.h"

#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>

#include "log.h"
#include "util.h"

static int said_fd, stderr_fd;

static int setup(void **state)
{
	(void)state;
	unsetenv("JOURNAL_STREAM");
	said_fd = memfd_create("stderr", MFD_CLOEXEC);
	stderr_fd = dup(STDERR_FILENO);
	return dup2(said_fd, STDERR_FILENO) < 0;
}

static int teardown(void **state)
{
	(void)state;
	log_limit(0, 0);
	dup2(stderr_fd, STDERR_FILENO);
	close(stderr_fd);
	close(said_fd);
	return 0;
}

/* What was said since the last time. */
static void assert_said(const char *want)
{
	char text[4096];
	ssize_t n = pread(said_fd, text, sizeof(text) - 1, 0);

	assert_true(n >= 0);
	text[n] = '\0';
	assert_string_equal(text, want);
	assert_int_equal(ftruncate(said_fd, 0), 0);
	assert_int_equal(lseek(said_fd, 0, SEEK_SET), 0);
}

static void full(unsigned int times)
{
	for (unsigned int i = 0; i < times; i++)
		log_err(-ENOSPC, "disk %u", i);
}

static void unlimited(void **state)
{
	(void)state;
	full(3);
	log_catch_up(true);
	assert_said("execsnoop-c: disk 0: No space left on device\n"
		    "execsnoop-c: disk 1: No space left on device\n"
		    "execsnoop-c: disk 2: No space left on device\n");
}

static void limited(void **state)
{
	uint64_t before = log_suppressed();

	(void)state;
	log_limit(2, 3600 * NSEC_PER_SEC);
	full(7);
	log_info("another");
	assert_said("execsnoop-c: disk 0: No space left on device\n"
		    "execsnoop-c: disk 1: No space left on device\n"
		    "execsnoop-c: another\n");
	log_catch_up(false);
	assert_said("");
	log_catch_up(true);
	assert_said("execsnoop-c: disk 6: No space left on device (5 more like this)\n");
	log_catch_up(true);
	assert_said("");
	assert_int_equal(log_suppressed() - before, 5);
}

static const char totals[] = "11 exec; 0 lost\n   EXECS  PROGRAM\n      11  sh\n";

/* What was asked for is said each time, and nothing of it later. */
static void answers(void **state)
{
	uint64_t before = log_suppressed();

	(void)state;
	log_limit(1, 3600 * NSEC_PER_SEC);
	for (int i = 0; i < 3; i++) {
		log_answer(totals, sizeof(totals) - 1);
		assert_said("execsnoop-c: 11 exec; 0 lost\n   EXECS  PROGRAM\n      11  sh\n");
	}
	log_answer(totals, 0);
	log_catch_up(true);
	assert_said("");
	assert_int_equal(log_suppressed(), before);
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * NSEC_PER_SEC + (uint64_t)ts.tv_nsec;
}

static void interval_over(void **state)
{
	const struct timespec moment = { .tv_nsec = 30 * (long)NSEC_PER_MSEC };

	uint64_t begin = now_ns(), due;

	(void)state;
	log_limit(1, 20 * NSEC_PER_MSEC);
	full(1);
	assert_int_equal(log_due(), UINT64_MAX);
	full(1);
	due = log_due();
	assert_true(due >= begin + 20 * NSEC_PER_MSEC && due <= now_ns() + 20 * NSEC_PER_MSEC);
	nanosleep(&moment, NULL);
	log_catch_up(false);
	assert_int_equal(log_due(), UINT64_MAX);
	full(1);
	assert_said("execsnoop-c: disk 0: No space left on device\n"
		    "execsnoop-c: disk 0: No space left on device (1 more like this)\n"
		    "execsnoop-c: disk 0: No space left on device\n");
}

/* More kinds of lines than are counted at once: none is lost. */
static void many_sites(void **state)
{
	static const char *const formats[] = {
		"a%u", "b%u", "c%u", "d%u", "e%u", "f%u", "g%u", "h%u", "i%u", "j%u",
		"k%u", "l%u", "m%u", "n%u", "o%u", "p%u", "q%u", "r%u", "s%u", "t%u",
	};
	uint64_t before = log_suppressed();
	unsigned int lines = 0;
	char text[4096];
	ssize_t n;

	(void)state;
	log_limit(1, 3600 * NSEC_PER_SEC);
	for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		log_info(formats[i], 1);
		log_info(formats[i], 2);
#pragma GCC diagnostic pop
	}
	log_catch_up(true);
	n = pread(said_fd, text, sizeof(text), 0);
	for (ssize_t i = 0; i < n; i++)
		lines += text[i] == '\n';
	assert_int_equal(lines, 2 * ARRAY_LEN(formats));
	assert_int_equal(log_suppressed() - before, ARRAY_LEN(formats));
	assert_non_null(memmem(text, (size_t)n, "a2 (1 more like this)", 21));
}

static void journal(void **state)
{
	char stream[64];
	struct stat st;

	(void)state;
	assert_int_equal(fstat(said_fd, &st), 0);
	snprintf(stream, sizeof(stream), "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
	setenv("JOURNAL_STREAM", stream, 1);
	log_err(0, "wrong");
	log_info("so");
	log_set_verbose(true);
	log_debug("more");
	log_set_verbose(false);
	assert_said("<3>execsnoop-c: wrong\n<6>execsnoop-c: so\n<7>execsnoop-c: more\n");
	log_answer(totals, sizeof(totals) - 1);
	assert_said("<6>execsnoop-c: 11 exec; 0 lost\n<6>   EXECS  PROGRAM\n<6>      11  sh\n");
	snprintf(stream, sizeof(stream), "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino + 1);
	setenv("JOURNAL_STREAM", stream, 1);
	log_err(0, "elsewhere");
	assert_said("execsnoop-c: elsewhere\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(unlimited, setup, teardown),
		cmocka_unit_test_setup_teardown(limited, setup, teardown),
		cmocka_unit_test_setup_teardown(answers, setup, teardown),
		cmocka_unit_test_setup_teardown(interval_over, setup, teardown),
		cmocka_unit_test_setup_teardown(many_sites, setup, teardown),
		cmocka_unit_test_setup_teardown(journal, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
