// SPDX-License-Identifier: BSD-2-Clause
#include "unit.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "procfs.h"

static struct wire_exec *read_exec(struct procfs *p, uint32_t pid, uint64_t time_ns, uint32_t max,
				   struct buf *out)
{
	const struct wire_head head = { .kind = WIRE_EXEC, .time_ns = time_ns };

	struct procfs_look look;

	out->len = 0;
	procfs_exec(p, &head, pid, max, true, out, &look);
	assert_false(out->failed);
	return (struct wire_exec *)out->ptr;
}

static void assert_span(const struct wire_exec *rec, struct wire_span s, const char *want,
			size_t len)
{
	assert_int_equal(s.len, len);
	assert_memory_equal((const char *)rec + s.off, want, len);
}

/* A child that runs `sleep 100 <empty> x`, exec done. */
static pid_t start_sleeper(void)
{
	char buf[64];
	int fds[2];
	pid_t pid;

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		execl("/bin/sh", "-odd name", "-c", "sleep 100; :", "", "x", NULL);
		_exit(127);
	}
	close(fds[1]);
	assert_int_equal(read(fds[0], buf, sizeof(buf)), 0); /* the exec closed it */
	close(fds[0]);
	return pid;
}

static void a_process(void **state)
{
	const char argv[] = "-odd name\0-c\0sleep 100; :\0\0x";
	struct procfs *p = procfs_open("/proc");
	_cleanup_(buf_done) struct buf b = { 0 };
	uint64_t now = clock_now_ns(CLOCK_BOOTTIME);
	pid_t pid = start_sleeper();
	struct wire_exec *rec =
		read_exec(p, (uint32_t)pid, clock_now_ns(CLOCK_BOOTTIME), UINT32_MAX, &b);

	(void)state;
	assert_int_equal(rec->argv_missing, 0);
	assert_int_equal(rec->argc, 5);
	assert_int_equal(rec->argv_cut, WIRE_CUT_NONE);
	assert_span(rec, rec->argv, argv, sizeof(argv));
	assert_span(rec, rec->filename, "/bin/sh", 7);
	assert_int_equal(rec->task.ppid, getpid());
	assert_int_equal(rec->task.euid, geteuid());
	assert_true(rec->head.flags & WIRE_HAS_EXE);
	assert_true(rec->task.start_ns + 20000000 > now);
	assert_string_equal(rec->task.comm, "sh");

	rec = read_exec(p, (uint32_t)pid, clock_now_ns(CLOCK_BOOTTIME), 12, &b);
	assert_int_equal(rec->argv_cut, WIRE_CUT_LIMIT);
	assert_int_equal(rec->argv_len, sizeof(argv));
	assert_span(rec, rec->argv, argv, 12);

	/* It was made after that time: another process, with a pid used again. */
	rec = read_exec(p, (uint32_t)pid, 1000, UINT32_MAX, &b);
	assert_int_equal(rec->argv_missing, WIRE_MISSING_GONE);
	assert_int_equal(rec->argv.len, 0);

	kill(pid, SIGKILL);
	assert_int_equal(waitid(P_PID, (id_t)pid, NULL, WEXITED | WNOWAIT), 0);
	rec = read_exec(p, (uint32_t)pid, clock_now_ns(CLOCK_BOOTTIME), UINT32_MAX, &b);
	assert_int_equal(rec->argv_missing, WIRE_MISSING_ZOMBIE);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	rec = read_exec(p, (uint32_t)pid, clock_now_ns(CLOCK_BOOTTIME), UINT32_MAX, &b);
	assert_int_equal(rec->argv_missing, WIRE_MISSING_GONE);
	procfs_close(p);
}

/* A child that runs a copy of sleep, which lies at path, with this environment. */
static pid_t start_copy(const char *path, char **envp)
{
	char *const argv[] = { "copy", "100", NULL };
	char command[128], buf[64];
	int fds[2];
	pid_t pid;

	snprintf(command, sizeof(command), "cp /bin/sleep '%s'", path);
	assert_int_equal(system(command), 0);
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		execve(path, argv, envp);
		_exit(127);
	}
	close(fds[1]);
	assert_int_equal(read(fds[0], buf, sizeof(buf)), 0);
	close(fds[0]);
	return pid;
}

static void end_copy(pid_t pid)
{
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void an_environment(void **state)
{
	char dir[] = "/tmp/procfs_test.XXXXXX", path[64], large[40000];
	struct procfs *p = procfs_open("/proc");
	_cleanup_(buf_done) struct buf b = { 0 };
	struct wire_exec *rec;
	pid_t pid;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/copy", dir);
	pid = start_copy(path, (char *[]){ "A=1", "", "B", NULL });
	rec = read_exec(p, (uint32_t)pid, clock_now_ns(CLOCK_BOOTTIME), 6, &b);
	assert_true(rec->head.flags & WIRE_HAS_ENV);
	assert_int_equal(rec->env_len, 7);
	assert_span(rec, rec->argv,
		    "copy\0"
		    "1",
		    6);
	assert_span(rec, rec->env, "A=1\0\0B", 7);
	assert_span(rec, rec->filename, path, strlen(path));
	end_copy(pid);

	pid = start_copy(path, (char *[]){ NULL });
	rec = read_exec(p, (uint32_t)pid, clock_now_ns(CLOCK_BOOTTIME), UINT32_MAX, &b);
	assert_true(rec->head.flags & WIRE_HAS_ENV);
	assert_int_equal(rec->env_len, 0);
	assert_span(rec, rec->filename, path, strlen(path));
	end_copy(pid);

	memset(large, 'x', sizeof(large));
	large[sizeof(large) - 1] = '\0';
	pid = start_copy(path, (char *[]){ large, NULL });
	rec = read_exec(p, (uint32_t)pid, clock_now_ns(CLOCK_BOOTTIME), UINT32_MAX, &b);
	assert_int_equal(rec->env_len, sizeof(large));
	assert_span(rec, rec->argv,
		    "copy\0"
		    "100",
		    9);
	assert_span(rec, rec->env, large, WIRE_ENV_MAX);
	assert_span(rec, rec->filename, path, strlen(path));
	end_copy(pid);

	procfs_close(p);
	unlink(path);
	rmdir(dir);
}

/* What the record and procfs_binary() say of that process. */
static void assert_binary(struct procfs *p, pid_t pid, const char *want, unsigned int flags)
{
	_cleanup_(buf_done) struct buf b = { 0 }, path = { 0 };
	struct event ev = { .pid = (uint32_t)pid };
	struct wire_exec *rec;
	char exe[64];
	struct stat st;

	rec = read_exec(p, (uint32_t)pid, clock_now_ns(CLOCK_BOOTTIME), UINT32_MAX, &b);
	assert_span(rec, rec->exe, want, strlen(want));
	assert_int_equal(rec->head.flags & (WIRE_EXE_DELETED | WIRE_EXE_MEMFD), flags);

	snprintf(exe, sizeof(exe), "/proc/%d/exe", pid);
	assert_int_equal(stat(exe, &st), 0);
	ev.start_ns = rec->task.start_ns;
	ev.exe_ino = st.st_ino;
	ev.exe_dev_major = major(st.st_dev);
	ev.exe_dev_minor = minor(st.st_dev);
	assert_true(procfs_binary(p, &ev, &path));
	assert_int_equal(path.len, strlen(want));
	assert_memory_equal(path.ptr, want, path.len);
	assert_int_equal(event_has(&ev, HAS_EXE_DELETED), flags == WIRE_EXE_DELETED);
	assert_int_equal(event_has(&ev, HAS_EXE_MEMFD), flags == WIRE_EXE_MEMFD);
	/* Another file, another process: not the binary of that exec. */
	ev.exe_ino++;
	assert_false(procfs_binary(p, &ev, &path));
	ev.exe_ino--;
	ev.exe_dev_minor++;
	assert_false(procfs_binary(p, &ev, &path));
	ev.exe_dev_minor--;
	ev.start_ns += NSEC_PER_SEC;
	assert_false(procfs_binary(p, &ev, &path));
}

/* A name may end as the kernel marks those that are gone. */
static void a_binary_without_name(void **state)
{
	static const char *const names[] = { "plain", "odd (deleted)", "memfd:x" };
	char dir[] = "/tmp/procfs_test.XXXXXX", path[64];
	struct procfs *p = procfs_open("/proc");
	char *no_env[] = { NULL };
	pid_t pid;

	(void)state;
	assert_non_null(mkdtemp(dir));
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		pid = start_copy(path, no_env);
		assert_binary(p, pid, path, 0);
		unlink(path);
		assert_binary(p, pid, path, WIRE_EXE_DELETED);
		end_copy(pid);
	}
	procfs_close(p);
	rmdir(dir);
}

static void a_memfd(void **state)
{
	struct procfs *p = procfs_open("/proc");
	char *no_env[] = { NULL };
	int fd = memfd_create("a b", 0);
	char path[32];
	pid_t pid;

	(void)state;
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", getpid(), fd);
	pid = start_copy(path, no_env);
	assert_binary(p, pid, "/memfd:a b", WIRE_EXE_MEMFD);
	end_copy(pid);
	close(fd);
	procfs_close(p);
}

/* A made-up /proc: names that try to look like the fields behind them, and nonsense. */
static void write_stat(const char *dir, const char *text)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/1/stat", dir);
	f = fopen(path, "we");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

#define FIELDS                                                                                   \
	"7 8 9 34817 10 0 0 0 0 0 0 0 0 0 20 0 1 0 500 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 " \
	"0 0 0 0 0 0 0 0 0 0"

static void odd_stats(void **state)
{
	char dir[] = "/tmp/procfs_test.XXXXXX", path[128];
	_cleanup_(buf_done) struct buf b = { 0 };
	struct wire_exec *rec;
	struct procfs *p;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/1", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_null(procfs_open(dir)); /* a /proc that is none */
	snprintf(path, sizeof(path), "%s/self", dir);
	assert_int_equal(symlink("1", path), 0);
	p = procfs_open(dir);
	assert_non_null(p);

	write_stat(dir, "1 (a) S 1) (b) S " FIELDS "\n");
	rec = read_exec(p, 1, 10 * NSEC_PER_SEC, 100, &b);
	assert_int_equal(rec->task.ppid, 7);
	assert_int_equal(rec->task.start_ns, 5 * NSEC_PER_SEC);
	assert_int_equal(rec->task.tty, 136 << 20 | 1);
	assert_string_equal(rec->task.comm, "a) S 1) (b");
	assert_int_equal(rec->argv_missing, WIRE_MISSING_GONE); /* there is no cmdline */

	static const char *const nonsense[] = {
		"",       "1",         "1 (",     "1 (a",          "1 (a)",
		"1 (a) ", "1 )a( S 1", "1 (a) S", "1 (a) S 1 2 3", "1 (a) S x " FIELDS
	};
	for (size_t i = 0; i < ARRAY_LEN(nonsense); i++) {
		write_stat(dir, nonsense[i]);
		rec = read_exec(p, 1, 10 * NSEC_PER_SEC, 100, &b);
		assert_int_equal(rec->argv_missing, WIRE_MISSING_GONE);
		assert_false(rec->head.flags & WIRE_HAS_PPID);
	}
	procfs_close(p);
	snprintf(path, sizeof(path), "%s/1/stat", dir);
	unlink(path);
	snprintf(path, sizeof(path), "%s/1", dir);
	rmdir(path);
	snprintf(path, sizeof(path), "%s/self", dir);
	unlink(path);
	rmdir(dir);
}

static void *stay(void *fd)
{
	char byte = 0;

	assert_int_equal(write(*(int *)fd, &byte, 1), 1);
	for (;;)
		pause();
	return NULL;
}

/* In a child: two threads beside the first, which ends. */
static void lose_leader(int fd)
{
	pthread_t thread;

	for (int i = 0; i < 2; i++)
		if (pthread_create(&thread, NULL, stay, &fd))
			_exit(1);
	for (;;)
		syscall(SYS_exit, 0);
}

struct seen {
	uint32_t pid, self;
	unsigned int leader, others, self_cnt;
};

static void see(void *ctx, uint32_t pid, uint32_t tid)
{
	struct seen *seen = ctx;

	seen->leader += pid == seen->pid && tid == pid;
	seen->others += pid == seen->pid && tid != pid;
	seen->self_cnt += pid == seen->self && tid == pid;
}

static void threads(void **state)
{
	struct procfs *p = procfs_open("/proc");
	struct seen seen = { .self = (uint32_t)getpid() };
	char bytes[64], path[64];
	int fds[2], fd, tries = 500;
	bool all;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	pid = fork();
	if (!pid)
		lose_leader(fds[1]);
	assert_int_equal(read(fds[0], bytes, 1), 1);
	assert_int_equal(read(fds[0], bytes, 1), 1);
	do { /* the first has ended */
		usleep(10000);
		snprintf(path, sizeof(path), "/proc/%d/stat", pid);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		memset(bytes, 0, sizeof(bytes));
		assert_true(read(fd, bytes, sizeof(bytes) - 1) > 0);
		close(fd);
	} while (!strstr(bytes, ") Z ") && --tries);
	assert_true(tries);
	seen.pid = (uint32_t)pid;
	all = procfs_threads(p, see, &seen);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_true(all);
	assert_int_equal(seen.leader, 0);
	assert_int_equal(seen.others, 2);
	assert_int_equal(seen.self_cnt, 1);
	seen = (struct seen){ .pid = (uint32_t)pid };
	assert_true(procfs_threads(p, see, &seen));
	assert_int_equal(seen.others, 0);
	close(fds[0]);
	close(fds[1]);
	procfs_close(p);
}

static void no_proc(void **state)
{
	(void)state;
	assert_null(procfs_open("/nonexistent"));
	procfs_close(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_process),
		cmocka_unit_test(an_environment),
		cmocka_unit_test(a_binary_without_name),
		cmocka_unit_test(a_memfd),
		cmocka_unit_test(odd_stats),
		cmocka_unit_test(threads),
		cmocka_unit_test(no_proc),
	};

	return cmocka_run_group_tests_name("procfs", tests, NULL, NULL);
}
