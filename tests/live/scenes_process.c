/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "actor.h"

enum {
	THREAD_CNT = 32,
};

static void moment(unsigned int ms)
{
	usleep(ms * 1000);
}

/* Ends the calling thread alone: pthread_exit would load libgcc, and the last would exit(3). */
static _Noreturn void thread_exit(int code)
{
	for (;;)
		syscall(SYS_exit, code);
}

static void thread_start(void *(*run)(void *), void *arg)
{
	pthread_t thread;

	errno = pthread_create(&thread, NULL, run, arg);
	if (errno)
		fail("pthread_create");
}

/* exec from a thread that is not the leader: the process keeps its pid */

static void *exec_thread(void *stage)
{
	struct stage *s = stage;

	moment(20);
	program_exec(s, s->next);
}

static _Noreturn void exec_beside_leader(struct stage *s)
{
	thread_start(exec_thread, s);
	for (;;)
		pause();
}

static _Noreturn void exec_after_leader(struct stage *s)
{
	thread_start(exec_thread, s);
	thread_exit(0);
}

static void thread_exec(struct stage *s)
{
	struct program p = { .path = s->exe, .argv = ARGV("thread", "x"), .child = "exit:3" };

	s->next = &p;
	program_end(s, &p, child_start(s, exec_beside_leader));
	program_end(s, &p, child_start(s, exec_after_leader));
}

/* The ends of threads: of each process exactly one, with the status that wait gives. */

static void *end_process(void *unused)
{
	(void)unused;
	moment(50);
	_exit(42);
}

static void *end_thread(void *unused)
{
	(void)unused;
	moment(50);
	thread_exit(6);
}

static _Noreturn void leader_then_process(struct stage *s)
{
	(void)s;
	thread_start(end_process, NULL);
	thread_exit(5);
}

static _Noreturn void leader_then_thread(struct stage *s)
{
	(void)s;
	thread_start(end_thread, NULL);
	thread_exit(5);
}

static void leader_first(struct stage *s)
{
	child_end(child_start(s, leader_then_process));
	child_end(child_start(s, leader_then_thread));
}

static void *end_together(void *barrier)
{
	pthread_barrier_wait(barrier);
	thread_exit(9);
}

static _Noreturn void threads_together(struct stage *s)
{
	pthread_barrier_t barrier;

	(void)s;
	pthread_barrier_init(&barrier, NULL, THREAD_CNT + 1);
	for (int i = 0; i < THREAD_CNT; i++)
		thread_start(end_together, &barrier);
	pthread_barrier_wait(&barrier);
	/* The exit code is that of the thread which begins to end last, and the connector cannot know which. */
	thread_exit(getenv("ACTOR_ONE_CODE") ? 9 : 8);
}

static void threads_exit(struct stage *s)
{
	for (int i = 0; i < 20; i++)
		child_end(child_start(s, threads_together));
}

/*
 * Threads start and end while the tracer does: processes that live until there is a file ACTOR_GATE, or
 * for a moment without.
 */

enum {
	AROUND_CNT = 2, /* of each kind */
	AROUND_GROWS = 2000,
};

static bool around_lasts(int round)
{
	const char *gate = getenv("ACTOR_GATE");

	usleep(100);
	return gate ? access(gate, F_OK) < 0 : round < AROUND_GROWS / 10;
}

static void *around_stay(void *unused)
{
	for (;;)
		pause();
	return unused;
}

static void *around_leave(void *unused)
{
	(void)unused;
	thread_exit(6);
}

/* Each thread is detached, and takes little. */
static void around_thread(void *(*run)(void *))
{
	pthread_attr_t attr;
	pthread_t thread;

	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, PTHREAD_STACK_MIN);
	errno = pthread_create(&thread, &attr, run, NULL);
	if (errno)
		fail("pthread_create");
}

static void *around_wait(void *unused)
{
	(void)unused;
	for (int i = 0; around_lasts(i); i++)
		;
	_exit(42);
}

static void *around_churn(void *unused)
{
	(void)unused;
	for (int i = 0; around_lasts(i); i++)
		around_thread(around_leave);
	_exit(43);
}

static _Noreturn void around_no_leader(struct stage *s)
{
	(void)s;
	around_thread(around_wait);
	thread_exit(5);
}

static _Noreturn void around_no_leader_churns(struct stage *s)
{
	(void)s;
	around_thread(around_churn);
	thread_exit(5);
}

static _Noreturn void around_churns(struct stage *s)
{
	(void)s;
	around_churn(NULL);
	_exit(1);
}

static _Noreturn void around_grows(struct stage *s)
{
	(void)s;
	for (int i = 0; around_lasts(i); i++)
		if (i < AROUND_GROWS)
			around_thread(around_stay);
	_exit(44);
}

static void around(struct stage *s)
{
	static void (*const kinds[])(struct stage *) = { around_no_leader, around_no_leader_churns,
							 around_churns, around_grows };
	const size_t kind_cnt = sizeof(kinds) / sizeof(kinds[0]);
	pid_t pids[AROUND_CNT * sizeof(kinds) / sizeof(kinds[0])];

	for (size_t i = 0; i < AROUND_CNT * kind_cnt; i++)
		pids[i] = child_start(s, kinds[i % kind_cnt]);
	for (size_t i = 0; i < AROUND_CNT * kind_cnt; i++)
		child_end(pids[i]);
}

/* forks of several kinds */

static _Noreturn void end_at_once(struct stage *s)
{
	(void)s;
	_exit(3);
}

static void fork_only(struct stage *s)
{
	for (int i = 0; i < 3; i++)
		child_end(child_start(s, end_at_once));
}

/* A variable of the caller's may not live in a register across vfork(2). */
static __attribute__((noinline)) pid_t vfork_exec(struct stage *s)
{
	pid_t pid = vfork();

	if (!pid)
		program_exec(s, s->next);
	return pid;
}

static __attribute__((noinline)) pid_t vfork_exit(void)
{
	pid_t pid = vfork();

	if (!pid)
		_exit(9);
	return pid;
}

static void vfork_both(struct stage *s)
{
	struct program p = { .path = s->exe, .argv = ARGV("vfork", "x"), .child = "exit" };
	pid_t pid;

	s->next = &p;
	pid = vfork_exec(s);
	truth_fork(pid, getpid());
	program_end(s, &p, pid);
	pid = vfork_exit();
	truth_fork(pid, getpid());
	child_end(pid);
}

static _Noreturn void fork_exec_wait(struct stage *s)
{
	pid_t pid = fork();

	if (!pid)
		program_exec(s, s->next);
	s->shared->pids[0] = pid;
	waitpid(pid, NULL, 0);
	_exit(4);
}

static void grandchild(struct stage *s)
{
	struct program p = { .path = s->exe, .argv = ARGV("grandchild"), .child = "exit:2" };
	pid_t parent, child;
	int status;

	s->next = &p;
	parent = child_start(s, fork_exec_wait);
	status = child_wait(parent);
	child = s->shared->pids[0];
	truth_fork(child, parent);
	truth_exec(&p, child, parent);
	truth_exit(child, 2 << 8);
	truth_exit(parent, status);
}

/* The parent ends before its child execs. */

static _Noreturn void exec_when_orphan(struct stage *s, pid_t parent)
{
	s->shared->pids[0] = getpid();
	while (getppid() == parent)
		moment(1);
	program_exec(s, s->next);
}

static _Noreturn void leave_orphan(struct stage *s)
{
	pid_t self = getpid();

	if (!fork())
		exec_when_orphan(s, self);
	_exit(0);
}

/* The write end of a pipe is closed once all who hold it are gone, exited and reported. */
static void wait_for_close(int pipe_end)
{
	char byte;

	while (read(pipe_end, &byte, 1) > 0)
		;
	close(pipe_end);
}

static void orphan(struct stage *s)
{
	struct program p = {
		.path = s->exe, .argv = ARGV("orphan"), .child = "exit:7", .adopted = true
	};
	pid_t parent, child;
	int fds[2], status;

	if (pipe(fds))
		fail("pipe");
	s->next = &p;
	parent = child_start(s, leave_orphan);
	status = child_wait(parent);
	close(fds[1]);
	wait_for_close(fds[0]);
	child = s->shared->pids[0];
	truth_fork(child, parent);
	truth_exec(&p, child, 0);
	truth_exit(child, 7 << 8);
	truth_exit(parent, status);
}

/* As above, but the actor takes the orphan in. */
static void subreaper(struct stage *s)
{
	struct program p = { .path = s->exe, .argv = ARGV("subreaper"), .child = "exit:7" };
	pid_t parent, child;
	int status;

	if (prctl(PR_SET_CHILD_SUBREAPER, 1))
		fail("PR_SET_CHILD_SUBREAPER");
	s->next = &p;
	parent = child_start(s, leave_orphan);
	status = child_wait(parent);
	child = wait(NULL);
	if (child != s->shared->pids[0])
		fail("wait for the orphan");
	truth_fork(child, parent);
	truth_exec(&p, child, getpid());
	truth_exit(child, 7 << 8);
	truth_exit(parent, status);
}

/* credentials */

static int become_nobody(struct stage *s)
{
	(void)s;
	if (setgroups(0, NULL) || setresgid(NOBODY, NOBODY, NOBODY))
		return -1;
	return setresuid(NOBODY, NOBODY, NOBODY);
}

static void uid_change(struct stage *s)
{
	char path[PATH_MAX];

	stage_path(s, path, "copy");
	stage_copy(path);
	program_run(s, &(struct program){ .path = path,
					  .argv = ARGV("nobody"),
					  .child = "exit",
					  .prepare = become_nobody,
					  .uid = NOBODY });
}

/* Mounted nosuid, the file changes nothing: the program itself tells. */
static void uid_file(struct stage *s)
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
	truth_exec(&p, pid, getpid());
	truth_exit(pid, status);
}

/* namespaces */

static void pid_namespace(struct stage *s)
{
	if (unshare(CLONE_NEWPID))
		fail("unshare");
	program_run(s,
		    &(struct program){
			    .path = s->exe, .argv = ARGV("init"), .child = "exit:1", .nspid = 1 });
}

static int private_mount(struct stage *s)
{
	char path[PATH_MAX];

	if (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("none", s->dir, "tmpfs", 0, NULL))
		return -1;
	stage_path(s, path, "only-here");
	stage_copy(path);
	return 0;
}

static void mount_namespace(struct stage *s)
{
	char path[PATH_MAX];

	stage_path(s, path, "only-here");
	program_run(s, &(struct program){ .path = path,
					  .argv = ARGV("only-here"),
					  .exe = path,
					  .child = "exit",
					  .prepare = private_mount });
}

/* one process, many execs; an exec that fails; a program that hides its argv */

static void chain(struct stage *s)
{
	struct chain steps[CHAIN_STEPS];
	pid_t pid;
	int status;

	for (int i = 0; i < CHAIN_STEPS; i++)
		chain_init(&steps[i], s->exe, CHAIN_STEPS - i);
	pid = program_start(s, &steps[0].program);
	status = child_wait(pid);
	for (int i = 0; i < CHAIN_STEPS; i++)
		truth_exec(&steps[i].program, pid, getpid());
	truth_exit(pid, status);
}

static void clobber(struct stage *s)
{
	for (int i = 0; i < 20; i++)
		program_run(s, &(struct program){ .path = s->exe,
						  .child = "clobber:11",
						  .argv = ARGV("clobber", "secret", "x") });
}

static void failing(struct stage *s)
{
	static const struct {
		const char *name;
		const char *text;
		mode_t mode;
		int error;
	} cases[] = {
		{ "no-permission", "", 0644, EACCES },
		{ "no-program", "text\n", 0755, ENOEXEC },
		{ "no-interpreter", "#!/nonexistent/interpreter\n", 0755, ENOENT },
	};
	char path[PATH_MAX];

	program_run(s, &(struct program){ .path = "/nonexistent/program",
					  .argv = ARGV("x"),
					  .child = "exit",
					  .error = ENOENT });
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		stage_path(s, path, cases[i].name);
		stage_write(path, cases[i].text, cases[i].mode);
		program_run(s, &(struct program){ .path = path,
						  .argv = ARGV("x"),
						  .child = "exit",
						  .error = cases[i].error });
	}
}

/* how a program ends */

static void run_child(struct stage *s, const char *kind, int number)
{
	char child[32];

	snprintf(child, sizeof(child), "%s:%d", kind, number);
	program_run(
		s, &(struct program){ .path = s->exe, .argv = ARGV("end", child), .child = child });
}

static void exit_codes(struct stage *s)
{
	static const int codes[] = { 0, 1, 2, 126, 127, 128, 130, 255 };

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		run_child(s, "exit", codes[i]);
}

static void signals(struct stage *s)
{
	const int numbers[] = { SIGHUP,  SIGINT,  SIGQUIT, SIGTERM,      SIGKILL,
				SIGSEGV, SIGABRT, SIGPIPE, SIGRTMIN + 1, SIGRTMAX };

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		run_child(s, "signal", numbers[i]);
}

const struct scene scenes_process[] = {
	{ "thread-exec", thread_exec, "exec from a thread, beside and after the leader", NULL },
	{ "leader-first", leader_first, "the leader ends before another thread", NULL },
	{ "threads-exit", threads_exit, "33 threads end at the same time", NULL },
	{ "around", around, "threads start and end all the time", "fork,exit" },
	{ "fork", fork_only, "fork without exec", NULL },
	{ "vfork", vfork_both, "vfork and exec, vfork and exit", NULL },
	{ "grandchild", grandchild, "the child of a child", NULL },
	{ "orphan", orphan, "the parent is gone before the exec", NULL },
	{ "subreaper", subreaper, "the parent is gone and the actor adopts the orphan", NULL },
	{ "uid-change", uid_change, "another user and group before the exec", NULL },
	{ "uid-file", uid_file, "another user and group by the file's mode", NULL },
	{ "pid-namespace", pid_namespace, "a new pid namespace", NULL },
	{ "mount-namespace", mount_namespace, "a file that only a new mount namespace has", NULL },
	{ "chain", chain, "five execs in one process", NULL },
	{ "clobber", clobber, "argv overwritten at once by the program", NULL },
	{ "failing", failing, "execs that fail are not execs", NULL },
	{ "exit-codes", exit_codes, "exit codes", NULL },
	{ "signals", signals, "death by each kind of signal", NULL },
	{ NULL, NULL, NULL, NULL },
};
