// SPDX-License-Identifier: BSD-2-Clause
#include "crowd.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "../log.h"
#include "../util.h"

enum {
	STACK_LEN = 2048, /* of each: it only sleeps */
};

/* They share the keeper's memory, so each costs but the kernel's part of a process. */
static __attribute__((noreturn)) int crowd_sleep(void *keeper)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != *(const pid_t *)keeper)
		_exit(0); /* it had ended before */
	for (;;)
		pause();
}

/* keeper is read by them, at any time: their memory is ours. */
static unsigned int crowd_fill(pid_t *pids, char *stacks, unsigned int cnt, const pid_t *keeper)
{
	unsigned int i;

	for (i = 0; i < cnt; i++) {
		pids[i] = clone(crowd_sleep, stacks + (size_t)(i + 1) * STACK_LEN,
				CLONE_VM | SIGCHLD, (void *)keeper);
		if (pids[i] < 0)
			break;
	}
	return i;
}

/* Says in out_fd why not all could be started, 0 if all are there; ends once in_fd is closed. */
static void crowd_keep(unsigned int cnt, pid_t parent, int out_fd, int in_fd)
{
	pid_t *pids = calloc(cnt, sizeof(*pids));
	char *stacks = mmap(NULL, (size_t)cnt * STACK_LEN, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	const pid_t keeper = getpid();
	unsigned int got = 0;
	int err = 0;
	char c;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(0);
	if (pids && stacks != MAP_FAILED)
		got = crowd_fill(pids, stacks, cnt, &keeper);
	if (got < cnt)
		err = errno;
	if (write(out_fd, &err, sizeof(err)) == sizeof(err))
		while (read(in_fd, &c, 1) < 0 && errno == EINTR)
			;
	for (unsigned int i = 0; i < got; i++)
		kill(pids[i], SIGKILL);
	while (wait(NULL) > 0)
		;
	_exit(0);
}

int crowd_start(struct crowd *c, unsigned int cnt)
{
	_cleanup_close_ int told = -1, out = -1;
	int gate[2], answer[2], err = EIO;
	const pid_t parent = getpid();

	*c = (struct crowd){ 0 };
	if (!cnt)
		return 0;
	if (pipe2(answer, O_CLOEXEC) < 0)
		return log_err(-errno, "pipe");
	told = answer[0];
	out = answer[1];
	if (pipe2(gate, O_CLOEXEC) < 0)
		return log_err(-errno, "pipe");
	c->keeper = fork();
	if (!c->keeper) {
		close(gate[1]);
		crowd_keep(cnt, parent, out, gate[0]);
	}
	close(gate[0]);
	c->gate = gate[1];
	if (c->keeper < 0 || read(told, &err, sizeof(err)) != sizeof(err) || err) {
		crowd_end(c);
		return log_err(
			-err, "%u processes cannot be kept alive (ulimit -u, kernel.pid_max)", cnt);
	}
	return 0;
}

void crowd_end(struct crowd *c)
{
	if (c->keeper > 0) {
		close(c->gate);
		waitpid(c->keeper, NULL, 0);
	}
	*c = (struct crowd){ 0 };
}
