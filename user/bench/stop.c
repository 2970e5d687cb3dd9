// SPDX-License-Identifier: BSD-2-Clause
#include "stop.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>

#include "../log.h"
#include "../util.h"

int stop_open(struct stop *s)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	s->fd = signalfd(-1, &set, SFD_CLOEXEC);
	return s->fd < 0 ? log_err(-errno, "signalfd") : 0;
}

void stop_close(struct stop *s)
{
	util_close(&s->fd);
}

int stop_wait(const struct stop *s, int fd, int ms)
{
	struct pollfd fds[] = {
		{ .fd = s->fd, .events = POLLIN },
		{ .fd = fd, .events = POLLIN },
	};

	if (poll(fds, ARRAY_LEN(fds), ms) < 0 && errno != EINTR)
		return -errno;
	if (fds[0].revents)
		return -EINTR;
	return fds[1].revents != 0;
}
