// SPDX-License-Identifier: BSD-2-Clause
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "log.h"
#include "record.h"
#include "record_sync.h"
#include "thread.h"

/* ---- what the linker puts in place of libc's functions ---- */

static bool plant; /* somebody is quick, and puts a link where the file was */

int __real_renameat2(int from_fd, const char *from, int to_fd, const char *to, unsigned int flags);
int __wrap_renameat2(int from_fd, const char *from, int to_fd, const char *to, unsigned int flags);

int __wrap_renameat2(int from_fd, const char *from, int to_fd, const char *to, unsigned int flags)
{
	int r = __real_renameat2(from_fd, from, to_fd, to, flags), err = errno;

	if (plant)
		assert_int_equal(symlink("victim", from), 0);
	errno = err;
	return r;
}

static size_t room = SIZE_MAX; /* bytes that the disk has left */

ssize_t __real_write(int fd, const void *ptr, size_t len);
ssize_t __wrap_write(int fd, const void *ptr, size_t len);

ssize_t __wrap_write(int fd, const void *ptr, size_t len)
{
	if (len && !room) {
		errno = ENOSPC;
		return -1;
	}
	len = len < room ? len : room;
	room -= room == SIZE_MAX ? 0 : len;
	return __real_write(fd, ptr, len);
}

static sem_t disk; /* each fdatasync(2) waits for it */
static ino_t synced[64]; /* by each, in order */
static unsigned int synced_cnt;

int __wrap_fdatasync(int fd);

int __wrap_fdatasync(int fd)
{
	struct stat st;
	unsigned int i = __atomic_fetch_add(&synced_cnt, 1, __ATOMIC_SEQ_CST);

	sem_wait(&disk);
	if (fstat(fd, &st) == 0 && i < ARRAY_LEN(synced))
		synced[i] = st.st_ino;
	return 0;
}

static bool set_back; /* the wall clock is set back by an hour as soon as it was read */

int __real_clock_gettime(clockid_t clock, struct timespec *ts);
int __wrap_clock_gettime(clockid_t clock, struct timespec *ts);

int __wrap_clock_gettime(clockid_t clock, struct timespec *ts)
{
	int r = __real_clock_gettime(clock, ts);

	ts->tv_sec += set_back && clock == CLOCK_REALTIME ? 3600 : 0;
	return r;
}

static bool close_fails; /* as where the disk is far away */

int __real_close(int fd);
int __wrap_close(int fd);

int __wrap_close(int fd)
{
	int r = __real_close(fd);

	if (!close_fails)
		return r;
	errno = EIO;
	return -1;
}

static bool no_thread;

int __real_thread_start(pthread_t *thread, const pthread_attr_t *attr, void *(*fn)(void *),
			void *arg, uint64_t caps, int open);
int __wrap_thread_start(pthread_t *thread, const pthread_attr_t *attr, void *(*fn)(void *),
			void *arg, uint64_t caps, int open);

int __wrap_thread_start(pthread_t *thread, const pthread_attr_t *attr, void *(*fn)(void *),
			void *arg, uint64_t caps, int open)
{
	return no_thread ? -EAGAIN : __real_thread_start(thread, attr, fn, arg, caps, open);
}

/* ---- what the tests share ---- */

static char folder[] = "/tmp/record_test.XXXXXX";
static char said[] = "/tmp/record_test_err.XXXXXX"; /* what is logged */
static int said_fd, stderr_fd;

static int setup(void **state)
{
	(void)state;
	strcpy(folder + strlen(folder) - 6, "XXXXXX");
	if (!mkdtemp(folder) || chdir(folder) < 0 || ftruncate(said_fd, 0) < 0)
		return -1;
	synced_cnt = 0;
	sem_init(&disk, 0, 10000);
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

static const struct run test_run = { .ephemeral_id = "5b0a2f70-5d5b-4e43-8b5e-2b58a1f8f0a4",
				     .kinds = BIT(EVENT_EXEC) };
static const struct capture_part test_part = { .run = &test_run, .collected = BIT(EVENT_EXEC) };

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

static struct record *open_rotating(const char *path)
{
	const struct record_conf conf = { .path = path, .rotate_len = 1 << 16, .keep = UINT_MAX };
	struct record *r = NULL;

	assert_int_equal(record_open(&r, &conf, -1), 0);
	record_start(r, &test_part);
	return r;
}

/* Execs with an argument that does not deflate, some 20 KB each. */
static void record_put(struct record *r, unsigned int cnt)
{
	static uint64_t seed = 1;

	for (unsigned int i = 0; i < cnt; i++) {
		char argv[20000];
		struct event ev = { .kind = EVENT_EXEC,
				    .has = HAS_ARGV,
				    .argv = { argv, sizeof(argv) },
				    .argv_len = sizeof(argv),
				    .argc = 1 };

		for (size_t j = 0; j < sizeof(argv) - 1; j++) {
			seed = seed * 6364136223846793005ull + 1442695040888963407ull;
			argv[j] = (char)(1 + (seed >> 33) % 255);
		}
		argv[sizeof(argv) - 1] = '\0';
		record_event(r, &ev);
	}
}

/* All that is pending is written. */
static void record_some(struct record *r, unsigned int cnt)
{
	record_put(r, cnt);
	record_flush(r, UINT64_MAX - 1);
}

struct got {
	unsigned int execs, wrong;
};

static void got_event(void *ctx, struct event *ev)
{
	((struct got *)ctx)->execs += ev->kind == EVENT_EXEC;
}

static void got_part(void *ctx, const struct capture_part *part)
{
	(void)ctx;
	(void)part;
}

static void got_note(void *ctx, enum capture_note note, uint64_t offset, const char *text)
{
	(void)offset;
	((struct got *)ctx)->wrong += note == CAPTURE_WRONG && !strstr(text, "has no end");
}

/* The execs in captures, which are read one behind the other and must be whole. */
static unsigned int execs_in(const char *const *paths)
{
	struct got got = { 0 };
	const struct capture_reader_ops ops = {
		.event = got_event, .part = got_part, .note = got_note, .ctx = &got
	};
	struct capture_reader *r = capture_reader_new(&ops);
	static char bytes[1 << 20];

	assert_non_null(r);
	for (; *paths; paths++) {
		_cleanup_fclose_ FILE *f = fopen(*paths, "re");
		size_t len;

		assert_non_null(f);
		while ((len = fread(bytes, 1, sizeof(bytes), f)))
			assert_int_equal(capture_read(r, bytes, len), 0);
		capture_read_eof(r);
	}
	capture_read_end(r, true);
	capture_reader_free(r);
	assert_int_equal(got.wrong, 0);
	return got.execs;
}

static unsigned int execs_of(const char *path)
{
	return execs_in((const char *const[]){ path, NULL });
}

static void touch(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	close(fd);
}

static void rotates(void **state)
{
	struct record *r = open_rotating("cap");

	(void)state;
	for (int i = 0; i < 10; i++)
		record_some(r, 1);
	assert_int_equal(record_close(r), 0);
	assert_int_equal(execs_in((const char *const[]){ "cap.1", "cap.2", "cap.3", "cap", NULL }),
			 10);
	assert_int_equal(said_cnt(""), 0);
}

/* Nothing is lost and nothing written over if the file cannot be renamed. */
static void no_next_number(void **state)
{
	struct record *r = open_rotating("cap");

	(void)state;
	touch("cap.999999999999999999");
	assert_int_equal(mkdir("cap.1000000000000000000", 0700), 0);
	for (int i = 0; i < 10; i++)
		record_some(r, 1);
	assert_int_equal(said_cnt("rotating cap: it goes on with the file that it has"), 1);
	assert_int_equal(execs_of("cap"), 10);
	assert_int_equal(unlink("cap.999999999999999999"), 0);
	record_some(r, 1);
	assert_int_equal(said_cnt("cap: rotating again"), 1);
	assert_int_equal(execs_of("cap.1"), 10);
	assert_int_equal(execs_of("cap"), 1);
	touch("cap.999999999999999999");
	for (int i = 0; i < 5; i++)
		record_some(r, 1);
	assert_int_equal(record_close(r), -ENAMETOOLONG);
	assert_int_equal(execs_of("cap"), 6);
}

/* Nothing is written through a link that somebody has made, and nothing is lost. */
static void planted_at_start(void **state)
{
	const struct record_conf conf = { .path = "cap", .rotate_len = 1 << 16 };
	struct record *r = NULL;

	(void)state;
	plant = true;
	assert_int_equal(record_open(&r, &conf, -1), -EEXIST);
	plant = false;
	assert_int_equal(kind_of("victim"), 0);
}

static void planted_at_rotation(void **state)
{
	struct record *r = open_rotating("cap");

	(void)state;
	record_some(r, 3);
	plant = true;
	record_some(r, 3);
	plant = false;
	assert_int_equal(kind_of("victim"), 0);
	assert_int_equal(execs_of("cap.1"), 6);
	assert_int_equal(said_cnt("rotating cap: it goes on with the file that it has"), 1);
	record_some(r, 3);
	assert_int_equal(kind_of("victim"), 0);
	assert_int_equal(execs_of("cap"), 3);
	assert_int_equal(record_close(r), 0);
}

static void planted_at_hangup(void **state)
{
	const struct record_conf conf = { .path = "cap" };
	struct record *r = NULL;

	(void)state;
	assert_int_equal(record_open(&r, &conf, -1), 0);
	record_start(r, &test_part);
	assert_int_equal(rename("cap", "cap.old"), 0);
	assert_int_equal(symlink("victim", "cap"), 0);
	record_reopen(r);
	record_some(r, 1);
	assert_int_equal(kind_of("victim"), 0);
	assert_int_equal(said_cnt("cannot open cap anew, so it goes on"), 1);
	assert_int_equal(execs_of("cap.old"), 1);
	assert_int_equal(record_close(r), 0);
}

/* A link that was there at the start is meant. */
static void linked_at_hangup(void **state)
{
	const struct record_conf conf = { .path = "cap" };
	struct record *r = NULL;

	(void)state;
	assert_int_equal(symlink("real", "cap"), 0);
	assert_int_equal(record_open(&r, &conf, -1), 0);
	record_start(r, &test_part);
	assert_int_equal(rename("real", "real.old"), 0);
	record_reopen(r);
	record_some(r, 1);
	assert_int_equal(execs_of("real"), 1);
	assert_int_equal(said_cnt(""), 0);
	assert_int_equal(record_close(r), 0);
}

static off_t size_of(const char *path)
{
	struct stat st;

	return stat(path, &st) < 0 ? -1 : st.st_size;
}

/* What was in the file before is there when the disk is full, and what was recorded. */
static void full_behind_others(void **state)
{
	const struct record_conf conf = { .path = "-" };
	static const char other[] = "something else\n";
	int std = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	int fd = open("all", O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	struct record *r = NULL;
	char found[sizeof(other)];
	off_t size;

	(void)state;
	assert_int_equal(write(fd, other, strlen(other)), strlen(other));
	dup2(fd, STDOUT_FILENO);
	assert_int_equal(record_open(&r, &conf, -1), 0);
	dup2(std, STDOUT_FILENO);
	close(std);
	record_start(r, &test_part);
	record_some(r, 1);
	size = size_of("all");
	room = 100;
	record_some(r, 1);
	room = SIZE_MAX;
	assert_int_equal(size_of("all"), size);
	assert_int_equal(pread(fd, found, strlen(other), 0), strlen(other));
	assert_memory_equal(found, other, strlen(other));
	close(fd);
	record_some(r, 1);
	assert_int_equal(record_close(r), -EIO);
	assert_true(size_of("all") > size);
}

/* Emptied by a copy and truncate: nothing is put in front of what follows. */
static void full_when_emptied(void **state)
{
	const struct record_conf conf = { .path = "cap" };
	struct record *r = NULL;

	(void)state;
	assert_int_equal(record_open(&r, &conf, -1), 0);
	record_start(r, &test_part);
	record_some(r, 1);
	assert_int_equal(truncate("cap", 0), 0);
	room = 100;
	record_some(r, 1);
	room = SIZE_MAX;
	assert_int_equal(size_of("cap"), 0);
	assert_int_equal(record_close(r), -ENOSPC);
}

/* How often the file came to the disk after the first cnt. */
static unsigned int synced_after(unsigned int cnt, const char *path)
{
	struct stat st;
	unsigned int n = 0;

	assert_int_equal(stat(path, &st), 0);
	for (; cnt < synced_cnt; cnt++)
		n += synced[cnt] == st.st_ino;
	return n;
}

/* Wait until fdatasync(2) has been called so often. */
static void wait_synced(unsigned int cnt)
{
	for (int i = 0; i < 500 && __atomic_load_n(&synced_cnt, __ATOMIC_SEQ_CST) < cnt; i++)
		usleep(10000);
	assert_true(__atomic_load_n(&synced_cnt, __ATOMIC_SEQ_CST) >= cnt);
}

static int make(unsigned int i)
{
	char name[16];

	snprintf(name, sizeof(name), "part.%u", i);
	return open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
}

/* While the disk is busy files are rotated away: the end of each comes to it, though they are closed. */
static void each_is_synced(void **state)
{
	struct record_sync *s = record_sync_new();
	unsigned int i, cnt = 10;
	int fd = make(0);

	(void)state;
	assert_non_null(s);
	sem_init(&disk, 0, 0);
	record_sync_ask(s, fd);
	wait_synced(1);
	for (i = 1; i <= cnt; i++) { /* what is written while the first one is on its way */
		record_sync_ask(s, fd);
		record_sync_ask(s, fd);
		close(fd);
		fd = make(i);
	}
	close(fd);
	for (i = 0; i < 1000; i++)
		sem_post(&disk);
	assert_int_equal(record_sync_free(s), 0);
	for (i = 0; i < cnt; i++) {
		char name[16];

		snprintf(name, sizeof(name), "part.%u", i);
		assert_int_equal(synced_after(1, name), 1);
	}
}

/* More of them than can wait. */
static void many_are_synced(void **state)
{
	struct record_sync *s = record_sync_new();

	(void)state;
	for (unsigned int i = 0; i < 40; i++) {
		int fd = make(i);

		record_sync_ask(s, fd);
		close(fd);
	}
	assert_int_equal(record_sync_free(s), 0);
	assert_int_equal(synced_cnt, 40);
}

static void clock_is_set_back(void **state)
{
	struct record_sync *s = record_sync_new();
	int fd = make(0);

	(void)state;
	set_back = true;
	record_sync_ask(s, fd);
	wait_synced(1);
	record_sync_ask(s, fd);
	wait_synced(2);
	set_back = false;
	close(fd);
	assert_int_equal(record_sync_free(s), 0);
}

/* What the file system says of a file that was left is not forgotten. */
static void left_is_not_closed(void **state)
{
	const struct record_conf conf = { .path = "other" };
	struct record *r = open_rotating("cap");

	(void)state;
	record_some(r, 3);
	close_fails = true;
	record_some(r, 1);
	close_fails = false;
	assert_int_equal(kind_of("cap.1"), S_IFREG);
	assert_int_equal(said_cnt("closing cap"), 1);
	assert_int_equal(record_close(r), -EIO);

	assert_int_equal(record_open(&r, &conf, -1), 0);
	record_start(r, &test_part);
	assert_int_equal(rename("other", "other.old"), 0);
	close_fails = true;
	record_reopen(r);
	close_fails = false;
	record_some(r, 1);
	assert_int_equal(execs_of("other"), 1);
	assert_int_equal(said_cnt("closing other"), 1);
	assert_int_equal(record_close(r), -EIO);
}

/* Events of before the start that find no room are missed, and so counted. */
static void full_at_start(void **state)
{
	const struct record_conf conf = { .path = "cap" };
	struct record *r = NULL;

	(void)state;
	assert_int_equal(record_open(&r, &conf, -1), 0);
	record_put(r, 14); /* a block, just about */
	room = 100;
	record_start(r, &test_part);
	room = SIZE_MAX;
	record_some(r, 1);
	assert_int_equal(said_cnt("recording again, without 14 events"), 1);
	assert_int_equal(record_close(r), -EIO);
}

/* Without the thread it is said, and all else is as ever. */
static void without_thread(void **state)
{
	const struct record_conf conf = { .path = "cap" };
	struct record *r = NULL;
	off_t size;

	(void)state;
	no_thread = true;
	assert_int_equal(record_open(&r, &conf, -1), 0);
	no_thread = false;
	assert_int_equal(said_cnt("no thread is to be had"), 1);
	record_start(r, &test_part);
	size = size_of("cap");
	room = 100;
	record_some(r, 1);
	room = SIZE_MAX;
	assert_int_equal(size_of("cap"), size);
	assert_int_equal(rename("cap", "cap.old"), 0);
	record_reopen(r);
	record_some(r, 1);
	assert_true(size_of("cap") > 0);
	assert_int_equal(record_close(r), -EIO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(only_files_rotate, setup, teardown),
		cmocka_unit_test_setup_teardown(rotates, setup, teardown),
		cmocka_unit_test_setup_teardown(no_next_number, setup, teardown),
		cmocka_unit_test_setup_teardown(planted_at_start, setup, teardown),
		cmocka_unit_test_setup_teardown(planted_at_rotation, setup, teardown),
		cmocka_unit_test_setup_teardown(planted_at_hangup, setup, teardown),
		cmocka_unit_test_setup_teardown(linked_at_hangup, setup, teardown),
		cmocka_unit_test_setup_teardown(full_behind_others, setup, teardown),
		cmocka_unit_test_setup_teardown(full_when_emptied, setup, teardown),
		cmocka_unit_test_setup_teardown(each_is_synced, setup, teardown),
		cmocka_unit_test_setup_teardown(many_are_synced, setup, teardown),
		cmocka_unit_test_setup_teardown(clock_is_set_back, setup, teardown),
		cmocka_unit_test_setup_teardown(left_is_not_closed, setup, teardown),
		cmocka_unit_test_setup_teardown(full_at_start, setup, teardown),
		cmocka_unit_test_setup_teardown(without_thread, setup, teardown),
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
