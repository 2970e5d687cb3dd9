// SPDX-License-Identifier: BSD-2-Clause
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log.h"
#include "record.h"

static char folder[] = "/tmp/record_test.XXXXXX";
static char said[] = "/tmp/record_test_err.XXXXXX"; /* what is logged */
static int said_fd, stderr_fd;

static int setup(void **state)
{
	(void)state;
	strcpy(folder + strlen(folder) - 6, "XXXXXX");
	if (!mkdtemp(folder) || chdir(folder) < 0 || ftruncate(said_fd, 0) < 0)
		return -1;
	return dup2(said_fd, STDERR_FILENO) < 0 ? -1 : 0;
}

static int teardown(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	dup2(stderr_fd, STDERR_FILENO);
	return chdir("/") < 0 || system(command) != 0 ? -1 : 0;
}

/* How many lines with that text were logged. */
static int said_cnt(const char *text)
{
	_cleanup_fclose_ FILE *f = fopen(said, "re");
	char line[512];
	int cnt = 0;

	assert_non_null(f);
	while (fgets(line, sizeof(line), f))
		cnt += strstr(line, text) != NULL;
	return cnt;
}

static mode_t kind_of(const char *path)
{
	struct stat st;

	return lstat(path, &st) < 0 ? 0 : st.st_mode & S_IFMT;
}

/* What is no file is not renamed. */
static void only_files_rotate(void **state)
{
	static const struct {
		const char *path;
		mode_t kind;
	} others[] = { { "link", S_IFLNK }, { "folder", S_IFDIR }, { "pipe", S_IFIFO } };

	(void)state;
	assert_int_equal(symlink("target", "link"), 0);
	assert_int_equal(mkdir("folder", 0700), 0);
	assert_int_equal(mkfifo("pipe", 0600), 0);
	for (size_t i = 0; i < ARRAY_LEN(others); i++) {
		const struct record_conf conf = { .path = others[i].path,
						  .rotate_len = 1 << 16,
						  .keep = UINT_MAX };
		struct record *r = NULL;

		assert_true(record_open(&r, &conf, -1) < 0);
		assert_null(r);
		assert_int_equal(kind_of(others[i].path), others[i].kind);
	}
	assert_int_equal(said_cnt("is no regular file"), (int)ARRAY_LEN(others));
	assert_int_equal(said_cnt(""), (int)ARRAY_LEN(others));
	assert_int_equal(kind_of("target"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(only_files_rotate, setup, teardown),
	};
	int failed;

	said_fd = mkostemp(said, O_APPEND | O_CLOEXEC);
	stderr_fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	if (said_fd < 0 || stderr_fd < 0)
		return 1;
	failed = cmocka_run_group_tests_name("record", tests, NULL, NULL);
	unlink(said);
	return failed;
}
