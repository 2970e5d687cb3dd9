/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "actor.h"

static pid_t gettid_(void)
{
	return (pid_t)syscall(SYS_gettid);
}

/* Runs run in a thread of its own and waits for its end. */
static void thread_run(void *(*run)(void *), void *arg)
{
	pthread_t thread;

	errno = pthread_create(&thread, NULL, run, arg);
	if (errno)
		fail("pthread_create");
	pthread_join(thread, NULL);
}

/* threads */

static void *thread_tell(void *pid)
{
	*(pid_t *)pid = gettid_();
	return NULL;
}

static _Noreturn void threads_one_by_one(struct stage *s)
{
	for (int i = 0; i < SHARED_PIDS; i++)
		thread_run(thread_tell, &s->shared->pids[i]);
	_exit(7);
}

static void threads(struct stage *s)
{
	pid_t pid = child_start(s, threads_one_by_one);
	int status = child_wait(pid);

	for (int i = 0; i < SHARED_PIDS; i++)
		truth_thread(pid, s->shared->pids[i]);
	truth_exit(pid, status);
}

/* names */

/* The kernel keeps 15 bytes. */
static const char *const names[] = { "plain",
				     "",
				     "two words",
				     "esc\033[31m",
				     "new\nline",
				     "123456789012345",
				     "1234567890123456",
				     "\342\200\256bidi",
				     "(a) S 1 2" };

enum {
	NAME_CNT = sizeof(names) / sizeof(names[0]),
	NAME_LEN = 15,
};

static void name_write(const char *path, const char *name)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, name, strlen(name)) < 0)
		fail(path);
	close(fd);
}

static void *thread_named(void *pid)
{
	*(pid_t *)pid = gettid_();
	prctl(PR_SET_NAME, "thread");
	return NULL;
}

static _Noreturn void rename_often(struct stage *s)
{
	char path[64];

	for (int i = 0; i < NAME_CNT; i++)
		prctl(PR_SET_NAME, names[i]);
	name_write("/proc/self/comm", "written");
	thread_run(thread_named, &s->shared->pids[0]);
	snprintf(path, sizeof(path), "/proc/self/task/%d/comm", gettid_());
	name_write(path, "written\ntask");
	_exit(0);
}

static void comm(struct stage *s)
{
	pid_t pid = child_start(s, rename_often);
	int status = child_wait(pid);

	for (int i = 0; i < NAME_CNT; i++) {
		char name[NAME_LEN + 1];

		snprintf(name, sizeof(name), "%s", names[i]);
		truth_comm(pid, pid, name);
	}
	truth_comm(pid, pid, "written");
	truth_comm(pid, s->shared->pids[0], "thread");
	truth_comm(pid, pid, "written\ntask");
	truth_exit(pid, status);
}

/* user and group */

static _Noreturn void change_ids(struct stage *s)
{
	(void)s;
	/* The library would do it in each thread; these are for the process's only one. */
	if (syscall(SYS_setresgid, 11, 12, 13) || syscall(SYS_setresuid, 0, 0, 3) ||
	    syscall(SYS_setresuid, 0, 0, 3) || syscall(SYS_setresuid, 1, 2, 3))
		_exit(1);
	setfsuid(1);
	_exit(0);
}

/* The kernel tells of each change of any id, the saved and the file system's too, and shows two. */
static void ids(struct stage *s)
{
	pid_t pid = child_start(s, change_ids);
	int status = child_wait(pid);

	truth_ids(false, pid, 11, 12);
	truth_ids(true, pid, 0, 0);
	truth_ids(true, pid, 1, 2);
	truth_ids(true, pid, 1, 2);
	truth_exit(pid, status);
}

/* By a file's mode, unless it is mounted nosuid: the program itself tells. */
static void ids_file(struct stage *s)
{
	char path[PATH_MAX];
	struct program p = { .path = path, .argv = ARGV("setuid"), .child = "euid:65534" };
	pid_t pid;
	int status;

	stage_path(s, path, "setuid");
	stage_copy(path);
	if (chown(path, NOBODY, NOBODY) || chmod(path, 06755))
		fail(path);
	pid = program_start(s, &p);
	status = child_wait(pid);
	p.uid = status ? 0 : NOBODY;
	p.marks = status ? NULL : "secure";
	if (p.uid) {
		truth_ids(true, pid, 0, NOBODY);
		truth_ids(false, pid, 0, NOBODY);
	}
	truth_exec(&p, pid, getpid());
	truth_exit(pid, status);
}

/* session */

static _Noreturn void lead_session(struct stage *s)
{
	(void)s;
	if (setsid() < 0)
		_exit(1);
	_exit(setsid() < 0 ? 0 : 2); /* who leads one cannot start another */
}

static void session(struct stage *s)
{
	pid_t pid = child_start(s, lead_session);
	int status = child_wait(pid);

	truth_session(pid);
	truth_exit(pid, status);
}

/* tracers. The kernel does not tell of PTRACE_TRACEME, nor of the end of a tracer. */

static _Noreturn void wait_for_kill(struct stage *s)
{
	(void)s;
	for (;;)
		pause();
}

static void stop_wait(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, __WALL) != pid || !WIFSTOPPED(status))
		fail("wait for the stop");
}

static void trace_child(struct stage *s, bool seize)
{
	pid_t pid = child_start(s, wait_for_kill);

	if (seize) {
		if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) ||
		    ptrace(PTRACE_INTERRUPT, pid, NULL, NULL))
			fail("PTRACE_SEIZE");
	} else if (ptrace(PTRACE_ATTACH, pid, NULL, NULL)) {
		fail("PTRACE_ATTACH");
	}
	stop_wait(pid);
	if (ptrace(PTRACE_DETACH, pid, NULL, NULL))
		fail("PTRACE_DETACH");
	kill(pid, SIGKILL);
	truth_ptrace(pid, getpid());
	truth_ptrace(pid, 0);
	child_end(pid);
}

static void tracers(struct stage *s)
{
	trace_child(s, true);
	trace_child(s, false);
}

/*
 * A program that is kept within its second exec: it has its new argv, and nobody was told of that yet.
 * ACTOR_HOLD names a process that is stopped before that and must read now, when it is too late.
 */

static void hold(int signal)
{
	const char *pid = getenv("ACTOR_HOLD");

	if (pid && kill((pid_t)atoi(pid), signal))
		fail("ACTOR_HOLD");
	if (pid)
		usleep(SIGCONT == signal ? HOLD_US : 0);
}

static int traced(struct stage *s)
{
	(void)s;
	return ptrace(PTRACE_TRACEME, 0, NULL, NULL) ? -1 : raise(SIGSTOP);
}

static void go_on(pid_t pid)
{
	if (ptrace(PTRACE_CONT, pid, NULL, NULL))
		fail("PTRACE_CONT");
}

static void held(struct stage *s)
{
	struct chain steps[2];
	pid_t pid;
	int status;

	for (int i = 0; i < 2; i++)
		chain_init(&steps[i], s->exe, 2 - i);
	steps[0].program.prepare = traced;
	pid = program_start(s, &steps[0].program);
	stop_wait(pid);
	if (ptrace(PTRACE_SETOPTIONS, pid, NULL, PTRACE_O_TRACEEXEC))
		fail("PTRACE_O_TRACEEXEC");
	go_on(pid);
	stop_wait(pid); /* in the first exec */
	hold(SIGSTOP);
	go_on(pid);
	stop_wait(pid); /* in the second */
	hold(SIGCONT);
	go_on(pid);
	status = child_wait(pid);
	for (int i = 0; i < 2; i++)
		truth_exec(&steps[i].program, pid, getpid());
	truth_exit(pid, status);
}

/* core dumps */

static _Noreturn void dump_core(struct stage *s)
{
	/* The file is written there, unless the core pattern says another place. */
	if (chdir(s->dir) ||
	    setrlimit(RLIMIT_CORE, &(struct rlimit){ RLIM_INFINITY, RLIM_INFINITY }))
		_exit(1);
	raise(SIGABRT);
	_exit(1);
}

static _Noreturn void dump_no_core(struct stage *s)
{
	(void)s;
	if (setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 }) || prctl(PR_SET_DUMPABLE, 0))
		_exit(1);
	raise(SIGSEGV);
	_exit(1);
}

static _Noreturn void die_without_core(struct stage *s)
{
	(void)s;
	raise(SIGTERM);
	_exit(1);
}

/*
 * The kernel tells of it when a signal is about to end a process that would dump core; whether it
 * did, wait(2) tells. Nothing about it depends on the core pattern.
 */
static void core(struct stage *s)
{
	static void (*const acts[])(struct stage *) = { dump_core, dump_no_core, die_without_core };

	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
		pid_t pid = child_start(s, acts[i]);
		int status = child_wait(pid);

		if (acts[i] != die_without_core)
			truth_core(pid);
		truth_exit(pid, status);
	}
}

const struct scene scenes_change[] = {
	{ "threads", threads, "threads", "fork,thread,exit" },
	{ "comm", comm, "other names, by prctl and by /proc", "fork,comm,exit" },
	{ "ids", ids, "other users and groups by system calls", "fork,exit,uid,gid" },
	{ "ids-file", ids_file, "other users and groups by a file's mode",
	  "exec,fork,exit,uid,gid" },
	{ "session", session, "a new session", "fork,exit,session" },
	{ "tracers", tracers, "a tracer attaches and detaches", "fork,exit,ptrace" },
	{ "held", held, "an exec that is held by a tracer before it is told of", NULL },
	{ "core", core, "core dumps, and none", "fork,exit,core" },
	{ NULL, NULL, NULL, NULL },
};
