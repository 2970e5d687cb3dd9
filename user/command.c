// SPDX-License-Identifier: BSD-2-Clause
/*
 * A thread waits for signals: so they are passed on also while the tracer writes to somebody who
 * does not read.
 */
#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

#include "log.h"
#include "namespace.h"
#include "thread.h"
#include "util.h"

enum {
	STATUS_SIGNAL = 128, /* what a shell says: and the number of the signal */
	STATUS_NOT_EXECUTABLE = 126,
	STATUS_NOT_FOUND = 127,
};

struct command {
	pid_t pid;
	int go_fd; /* the command waits for a byte from here */
	int over_fd; /* eventfd */
	sigset_t signals;
	pthread_t thread;
	bool watched; /* by that thread */
	atomic_bool follow;
	/* The thread's alone, until it has ended. */
	bool ended; /* the command has */
	bool over; /* nothing is left to wait for */
	int status;
};

static const struct {
	int number;
	bool ends; /* the tracing, if the command has ended already */
} passed_on[] = {
	{ SIGHUP, true },   { SIGINT, true },   { SIGQUIT, true },   { SIGTERM, true },
	{ SIGUSR1, false }, { SIGUSR2, false }, { SIGWINCH, false },
};

static void command_reap(struct command *c)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid != c->pid)
			continue;
		c->ended = true;
		c->status = WIFSIGNALED(status) ? STATUS_SIGNAL + WTERMSIG(status) :
						  WEXITSTATUS(status);
	}
	c->over = c->over || (pid < 0 && errno == ECHILD) || (c->ended && !c->follow);
}

/* The terminal sends its signals to the whole process group, the kernel then being the sender. */
static void command_signal(struct command *c, const siginfo_t *info)
{
	bool by_process = info->si_code <= 0;

	if (info->si_signo == SIGCHLD) {
		command_reap(c);
		return;
	}
	if (!c->ended && by_process)
		kill(c->pid, info->si_signo);
	for (size_t i = 0; i < ARRAY_LEN(passed_on) && c->ended; i++)
		if (passed_on[i].number == info->si_signo)
			c->over = c->over || passed_on[i].ends;
}

static void *command_run(void *arg)
{
	/* The connector tells of an end a moment after the parent hears of it: do_exit() in kernel/exit.c. */
	const struct timespec moment = { .tv_nsec = 20 * (long)NSEC_PER_MSEC };
	struct command *c = arg;
	siginfo_t info;

	while (!c->over)
		if (sigwaitinfo(&c->signals, &info) > 0)
			command_signal(c, &info);
	nanosleep(&moment, NULL);
	eventfd_write(c->over_fd, 1);
	return NULL;
}

static _Noreturn void command_child(char *const *argv, int go_fd)
{
	ssize_t n;
	char go;
	int err;

	do
		n = read(go_fd, &go, 1);
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		_exit(EXIT_FAILURE); /* the tracer has given up */
	execvp(argv[0], argv);
	err = errno;
	log_err(-err, "%s", argv[0]);
	_exit(err == ENOENT ? STATUS_NOT_FOUND : STATUS_NOT_EXECUTABLE);
}

static int command_fork(struct command *c, char *const *argv)
{
	_cleanup_close_ int wait_fd = -1;
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return log_err(-errno, "pipe");
	wait_fd = fds[0];
	c->go_fd = fds[1];
	c->pid = fork();
	if (c->pid < 0)
		return log_err(-errno, "fork");
	if (c->pid == 0) {
		close(c->go_fd);
		command_child(argv, wait_fd);
	}
	return 0;
}

/* After the fork: the command has the signals as they were. */
static int command_take_signals(struct command *c)
{

	sigemptyset(&c->signals);
	sigaddset(&c->signals, SIGCHLD);
	for (size_t i = 0; i < ARRAY_LEN(passed_on); i++)
		sigaddset(&c->signals, passed_on[i].number);
	signal(SIGCHLD, SIG_DFL); /* ignored, it would take the status away */
	sigprocmask(SIG_BLOCK, &c->signals, NULL);
	c->over_fd = eventfd(0, EFD_CLOEXEC);
	return c->over_fd < 0 ? log_err(-errno, "eventfd") : 0;
}

static void command_free(struct command *c)
{
	util_close(&c->go_fd);
	util_close(&c->over_fd);
	free(c);
}

int command_start(struct command **out, char *const *argv, bool follow)
{
	struct command *c;
	int r;

	if (!namespace_first_pid())
		return log_err(-EINVAL, "a command can be traced " NAMESPACE_PIDS);
	c = calloc(1, sizeof(*c));
	if (!c)
		return log_err(-ENOMEM, "%s", argv[0]);
	c->go_fd = c->over_fd = -1;
	c->follow = follow;
	r = command_fork(c, argv);
	if (r == 0 && follow && prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
		r = log_err(-errno, "PR_SET_CHILD_SUBREAPER");
	if (r == 0)
		r = command_take_signals(c);
	if (r < 0) {
		command_free(c);
		return r;
	}
	*out = c;
	return 0;
}

int command_watch(struct command *c)
{
	/* The command's user may be another than ours. */
	int r = c->watched ? 0 : thread_start(&c->thread, NULL, command_run, c, BIT(CAP_KILL), 0);

	c->watched = r == 0;
	return r < 0 ? log_err(r, "pthread_create") : 0;
}

uint32_t command_pid(const struct command *c)
{
	return (uint32_t)c->pid;
}

int command_fd(const struct command *c)
{
	return c->over_fd;
}

void command_release(struct command *c)
{
	if (write(c->go_fd, "", 1) < 0 && errno != EPIPE) /* EPIPE: a signal was quicker */
		log_err(-errno, "starting the command");
	util_close(&c->go_fd);
	c->go_fd = -1;
}

int command_end(struct command *c)
{
	int status;

	if (!c)
		return EXIT_FAILURE;
	util_close(&c->go_fd);
	c->go_fd = -1;
	c->follow = false; /* nobody traces its descendants any more */
	if (command_watch(c) < 0) { /* it was not, where the tracer could not be opened */
		command_free(c);
		return EXIT_FAILURE;
	}
	kill(getpid(), SIGCHLD); /* look again */
	pthread_join(c->thread, NULL);
	status = c->status;
	command_free(c);
	return status;
}
