/* SPDX-License-Identifier: BSD-2-Clause */
/* Execs that fail, with the tracer asked to show them. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "actor.h"

enum {
	ARG_TOO_LONG = 200000, /* MAX_ARG_STRLEN is 131072 */
	ARGS_MANY = 3000,
	CAUGHT_LEN = 32768, /* what the tracer captures of an argv, and of how many arguments */
	CAUGHT_ARGC = 2048,
};

/* Those of the scene are tried by one process, one after the other. */
static struct failed attempts[32];
static size_t attempt_cnt;
static bool in_thread;

static struct failed *attempt(const char *path, char **argv, int error)
{
	struct failed *f = &attempts[attempt_cnt++];

	*f = (struct failed){ .path = path, .argv = argv, .error = error, .dirfd = AT_FDCWD };
	return f;
}

/* The kernel fails before it looks at argv; what is not in memory then cannot be captured. */
static void touch(char **argv)
{
	static volatile size_t len;

	while (argv && *argv)
		len += strlen(*argv++);
}

static void try(struct stage *s, const struct failed *f)
{
	char *envp[] = { NULL };

	if (!f->cut || strcmp(f->cut, "fault") != 0)
		touch(f->argv);
	if (f->at)
		syscall(SYS_execveat, f->dirfd, f->path, f->argv, envp, f->flags);
	else
		syscall(SYS_execve, f->path, f->argv, envp);
	if (errno != f->error) {
		s->shared->exec_errno = errno;
		_exit(EXEC_FAILED_CODE);
	}
}

static void *try_all(void *arg)
{
	struct stage *s = arg;

	s->shared->pids[0] = (pid_t)syscall(SYS_gettid);
	for (size_t i = 0; i < attempt_cnt; i++)
		try(s, &attempts[i]);
	return NULL;
}

static _Noreturn void child_try(struct stage *s)
{
	pthread_t thread;

	if (!in_thread)
		try_all(s);
	else if (pthread_create(&thread, NULL, try_all, s) || pthread_join(thread, NULL))
		_exit(1);
	_exit(0);
}

/* Let a child try what was noted, and tell of it. */
static void play(struct stage *s)
{
	pid_t pid = child_start(s, child_try);
	int status = child_wait(pid);

	errno = s->shared->exec_errno;
	if (status)
		fail("an exec that must fail");
	for (size_t i = 0; i < attempt_cnt; i++)
		truth_failed(&attempts[i], pid, s->shared->pids[0]);
	truth_exit(pid, status);
	attempt_cnt = 0;
}

static char *stage_name(const struct stage *s, const char *name)
{
	char *path = malloc(PATH_MAX);

	if (!path)
		fail("malloc");
	stage_path(s, path, name);
	return path;
}

static void failed(struct stage *s)
{
	char *denied = stage_name(s, "no-permission"), *text = stage_name(s, "no-program"),
	     *script = stage_name(s, "no-interpreter"), *loop = stage_name(s, "loop"),
	     *below = stage_name(s, "no-program/below"), *busy = stage_name(s, "busy");
	int fd;

	stage_write(denied, "", 0644);
	stage_write(text, "text\n", 0755);
	stage_write(script, "#!/nonexistent/interpreter\n", 0755);
	stage_copy(busy);
	fd = open(busy, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || symlink(loop, loop))
		fail(s->dir);
	attempt("/nonexistent/program", ARGV("x", "", "two words", "$HOME"), ENOENT);
	attempt("relative/\xff\n\033[2J", ARGV("\xff\xfe", "\n", "\033[31m"), ENOENT);
	attempt(denied, ARGV("x"), EACCES);
	attempt("/", ARGV("x"), EACCES);
	attempt(text, ARGV("x"), ENOEXEC);
	attempt(script, ARGV("x", "y"), ENOENT);
	attempt(below, ARGV("x"), ENOTDIR);
	attempt(loop, ARGV("x"), ELOOP);
	attempt(busy, ARGV("x"), ETXTBSY);
	attempt("", ARGV("x"), ENOENT);
	attempt("/nonexistent/program", NULL, ENOENT);
	attempt("/nonexistent/program", ARGV(NULL), ENOENT);
	play(s);
	close(fd);
}

static void failed_at(struct stage *s)
{
	int dir = open(s->dir, O_PATH | O_CLOEXEC);
	struct failed *f;

	f = attempt("no-such-file", ARGV("x", "y"), ENOENT), f->at = true, f->dirfd = dir;
	f = attempt("no-such-file", ARGV("x"), EBADF), f->at = true, f->dirfd = 999;
	f = attempt("", ARGV("x"), EACCES), f->at = true, f->dirfd = dir, f->flags = AT_EMPTY_PATH;
	f = attempt("x", ARGV("x"), EINVAL), f->at = true, f->flags = 1 << 30;
	play(s);
	close(dir);
}

/* What does not fit a record, or cannot be read, is told to be missing */
static void failed_cut(struct stage *s)
{
	char **many = argv_new(ARGS_MANY * 4, 4), **full = argv_new(CAUGHT_LEN, 16),
	     **over = argv_new(CAUGHT_LEN + 1, 16);
	char *big = malloc(ARG_TOO_LONG + 1), *name = malloc(2 * PATH_MAX);
	struct failed *f;

	if (!big || !name)
		fail("malloc");
	memset(big, 'b', ARG_TOO_LONG);
	big[ARG_TOO_LONG] = '\0';
	memset(name, '/', 2 * PATH_MAX);
	name[2 * PATH_MAX - 1] = '\0';
	f = attempt(s->exe, ARGV("x", big, "z"), E2BIG);
	f->cut = "limit", f->got = CAUGHT_LEN - 1;
	f = attempt("/nonexistent", many, ENOENT);
	f->cut = "limit", f->got = CAUGHT_ARGC * 4, f->argc = CAUGHT_ARGC;
	attempt("/nonexistent", full, ENOENT);
	f = attempt("/nonexistent", over, ENOENT);
	f->cut = "limit", f->got = CAUGHT_LEN, f->argc = CAUGHT_ARGC;
	f = attempt(s->exe, ARGV("x", "yz", (char *)1, "w"), EFAULT);
	f->cut = "fault", f->got = 5, f->argc = 4;
	f = attempt(s->exe, (char **)1, EFAULT);
	f->cut = "fault", f->argc = 0;
	f = attempt((char *)1, ARGV("x"), EFAULT), f->nameless = true;
	f = attempt(name, ARGV("x"), ENAMETOOLONG), f->nameless = true;
	play(s);
}

static void failed_thread(struct stage *s)
{
	in_thread = true;
	attempt("/nonexistent/program", ARGV("x", "y"), ENOENT);
	attempt("/", ARGV("x", "y"), EACCES);
	play(s);
	in_thread = false;
}

/* execvp(3) tries one folder after the other */

static _Noreturn void child_search(struct stage *s)
{
	static const char *const folders[] = { "one", "two", "three" };
	char path[4 * 300] = "";

	for (size_t i = 0; i < 3; i++)
		snprintf(path + strlen(path), sizeof(path) - strlen(path), "%s%s/%s", i ? ":" : "",
			 s->dir, folders[i]);
	if (setenv("PATH", path, 1) || setenv(CHILD_VARIABLE, "exit:5", 1))
		_exit(1);
	execvp("wanted", ARGV("wanted", "argument"));
	_exit(1);
}

static void failed_search(struct stage *s)
{
	char *folder = stage_name(s, "three"), *found = stage_name(s, "three/wanted");
	pid_t pid;

	if (mkdir(folder, 0755))
		fail(folder);
	stage_copy(found);
	pid = child_start(s, child_search);
	attempt(stage_name(s, "one/wanted"), ARGV("wanted", "argument"), ENOENT);
	attempt(stage_name(s, "two/wanted"), ARGV("wanted", "argument"), ENOENT);
	for (size_t i = 0; i < attempt_cnt; i++)
		truth_failed(&attempts[i], pid, pid);
	truth_exec(&(struct program){ .path = found, .argv = ARGV("wanted", "argument") }, pid,
		   getpid());
	child_end(pid);
	attempt_cnt = 0;
}

#define EVENTS "exec,exec-failed,fork,exit"

const struct scene scenes_failed[] = {
	{ "failed", failed, "execs that fail, for each reason", EVENTS },
	{ "failed-at", failed_at, "execveat that fails", EVENTS },
	{ "failed-cut", failed_cut, "failing execs with what cannot be captured", EVENTS },
	{ "failed-thread", failed_thread, "a thread's exec fails", EVENTS },
	{ "failed-search", failed_search, "a program is searched for and found", EVENTS },
	{ NULL, NULL, NULL, NULL },
};
