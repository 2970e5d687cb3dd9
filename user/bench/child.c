// SPDX-License-Identifier: BSD-2-Clause
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "../util.h"
#include "stop.h"
#include "usage.h"

enum {
	END_MS = 10000, /* what a signal ends has so long, before a harder one comes */
};

/* In the child: does not return. Says through err_pipe why it could not become argv. */
static void child_become(char *const *argv, int out_fd, int err_fd, int err_pipe, pid_t parent)
{
	_cleanup_close_ int in_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	sigset_t none;
	ssize_t n;
	int err;

	sigemptyset(&none);
	setpgid(0, 0);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGINT, SIG_DFL); /* with which it is ended */
	signal(SIGTERM, SIG_DFL);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(127);
	if (dup2(in_fd, STDIN_FILENO) >= 0 && dup2(out_fd, STDOUT_FILENO) >= 0 &&
	    dup2(err_fd, STDERR_FILENO) >= 0) {
		sigprocmask(SIG_SETMASK, &none, NULL);
		execvp(argv[0], argv);
	}
	err = errno;
	do {
		n = write(err_pipe, &err, sizeof(err));
	} while (n < 0 && errno == EINTR);
	_exit(127);
}

int child_start(struct child *c, char *const *argv, int out_fd, int err_fd)
{
	_cleanup_close_ int told = -1;
	int err_pipe[2], err = 0;
	pid_t parent = getpid(), pid;
	ssize_t n;

	if (pipe2(err_pipe, O_CLOEXEC) < 0)
		return -errno;
	told = err_pipe[0];
	pid = fork();
	if (!pid)
		child_become(argv, out_fd, err_fd, err_pipe[1], parent);
	err = pid < 0 ? errno : 0;
	close(err_pipe[1]);
	if (err)
		return -err;
	do {
		n = read(told, &err, sizeof(err));
	} while (n < 0 && errno == EINTR);
	if (n == sizeof(err)) {
		waitpid(pid, NULL, 0);
		return -err;
	}
	*c = (struct child){ pid, (int)syscall(SYS_pidfd_open, pid, 0) };
	if (c->fd >= 0)
		return 0;
	err = errno;
	kill(-pid, SIGKILL);
	waitpid(pid, NULL, 0);
	*c = (struct child){ 0, -1 };
	return -err;
}

int child_wait(struct child *c, struct stop *stop, int ms, int *status, double *cpu_ns)
{
	int r = stop_wait(stop, c->fd, ms);
	struct rusage usage;

	if (r <= 0)
		return r;
	/* What it left behind would disturb the next run; before it is reaped its group is no other. */
	kill(-c->pid, SIGKILL);
	while (wait4(c->pid, status, 0, &usage) < 0)
		if (errno != EINTR)
			return -errno;
	*cpu_ns = usage_cpu_ns(&usage);
	close(c->fd);
	*c = (struct child){ 0, -1 };
	return 1;
}

void child_end(struct child *c)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGKILL };
	double cpu_ns;
	int status;

	for (size_t i = 0; c->pid && i < ARRAY_LEN(signals); i++) {
		/* The group: a command of the user's may have started others. */
		kill(-c->pid, signals[i]);
		child_wait(c, NULL, END_MS, &status, &cpu_ns);
	}
}
