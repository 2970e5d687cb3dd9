// SPDX-License-Identifier: BSD-2-Clause
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "users.h"

static char path[] = "/tmp/users_test.XXXXXX";

static void write_file(const char *text, time_t mtime)
{
	const struct timespec times[2] = { { .tv_sec = mtime }, { .tv_sec = mtime } };
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	assert_int_equal(utimensat(0, path, times, 0), 0);
}

static void assert_name(struct users *u, uint32_t uid, uint64_t sec, const char *want)
{
	struct span name = users_name(u, uid, sec * NSEC_PER_SEC);

	assert_int_equal(name.len, strlen(want));
	assert_memory_equal(name.ptr ? name.ptr : "", want, name.len);
}

static void names(void **state)
{
	struct users *u = users_new(path);

	(void)state;
	write_file("root:x:0:0::/:\nbroken line\n:::\nann:x:1000:1000::/:\nbob:x:7:7::/:\n", 1);
	assert_name(u, 1000, 10, "ann");
	assert_name(u, 0, 10, "root");
	assert_name(u, 7, 10, "bob");
	assert_name(u, 7, 10, "bob");
	assert_name(u, 8, 10, "");
	users_free(u);
}

/* As getpwuid(3) and getpwnam(3) have it. */
static void of_two_the_first_counts(void **state)
{
	struct users *u = users_new(path);
	uint32_t uid = 9;

	(void)state;
	write_file("b:x:7:0::/:\nzed:x:0:0::/:\ntoor:x:0:0::/:\nroot:x:0:0::/:\nadm:x:0:0::/:\n"
		   "dup:x:8:0::/:\nlast:x:8:0::/:\ndup:x:1:0::/:\n",
		   1);
	assert_name(u, 0, 10, "zed");
	assert_name(u, 7, 10, "b");
	assert_name(u, 8, 10, "dup");
	assert_name(u, 6, 10, "");
	assert_name(u, 9, 10, "");
	assert_true(users_id(u, "toor", &uid)); /* known all the same */
	assert_int_equal(uid, 0);
	assert_true(users_id(u, "dup", &uid));
	assert_int_equal(uid, 8);
	users_free(u);
}

static void a_new_user_is_seen_after_a_second(void **state)
{
	struct users *u = users_new(path);

	(void)state;
	write_file("root:x:0:0::/:\n", 1);
	assert_name(u, 5, 10, "");
	write_file("root:x:0:0::/:\nnew:x:5:5::/:\n", 2);
	assert_name(u, 5, 10, ""); /* not looked at again within the second */
	assert_name(u, 5, 11, "new");
	assert_name(u, 0, 11, "root");
	users_free(u);
}

static void a_new_name_is_seen_after_a_second(void **state)
{
	struct users *u = users_new(path);
	char other[sizeof(path) + 1];

	(void)state;
	write_file("alice:x:5:5::/:\n", 1);
	assert_name(u, 5, 10, "alice");
	write_file("bobby:x:5:5::/:\n", 2);
	assert_name(u, 5, 10, "alice");
	assert_name(u, 5, 11, "bobby");
	write_file("christine:x:5:5::/:\n", 2); /* only its length tells */
	assert_name(u, 5, 12, "christine");
	/* Another file in its place, as vipw(8) puts it there. */
	snprintf(other, sizeof(other), "%s2", path);
	assert_int_equal(rename(path, other), 0);
	write_file("christian:x:5:5::/:\n", 2);
	unlink(other);
	assert_name(u, 5, 13, "christian");
	unlink(path);
	assert_name(u, 5, 14, "christian");
	assert_name(u, 5, 5, "christian"); /* times may go back */
	users_free(u);
}

static void logins(void **state)
{
	struct users *u = users_new(path);
	uint32_t uid = 9, gid = 9;

	(void)state;
	write_file("root:x:0:0::/:\n7:x:70:71::/:\nann:x:1000:100::/:\n", 1);
	assert_true(users_login(u, "ann", &uid, &gid));
	assert_int_equal(uid, 1000);
	assert_int_equal(gid, 100);
	assert_true(users_login(u, "0", &uid, &gid));
	assert_int_equal(uid, 0);
	assert_int_equal(gid, 0);
	assert_true(users_login(u, "7", &uid, &gid)); /* a name comes first */
	assert_int_equal(uid, 70);
	assert_false(users_login(u, "71", &uid, &gid));
	assert_false(users_login(u, "1000x", &uid, &gid));
	assert_false(users_login(u, "4294968296", &uid, &gid)); /* 1000, and 32 bits too many */
	assert_false(users_login(u, "-1", &uid, &gid));
	assert_false(users_login(u, "", &uid, &gid));
	assert_int_equal(gid, 71);
	users_free(u);
}

static void no_file(void **state)
{
	struct users *u = users_new("/nonexistent/passwd");

	(void)state;
	assert_name(u, 0, 10, "");
	users_free(u);
	users_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(of_two_the_first_counts),
		cmocka_unit_test(a_new_user_is_seen_after_a_second),
		cmocka_unit_test(a_new_name_is_seen_after_a_second),
		cmocka_unit_test(logins),
		cmocka_unit_test(no_file),
	};
	int fd = mkstemp(path), r;

	if (fd < 0)
		return 1;
	close(fd);
	r = cmocka_run_group_tests_name("users", tests, NULL, NULL);
	unlink(path);
	return r;
}
