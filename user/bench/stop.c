// SPDX-License-Identifier: BSD-2-Clause
#include "stop.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "../clock.h"
#include "../log.h"
#include "../util.h"

static const struct {
	int number;
	const char *name;
} ends[] = {
	{ SIGINT, "SIGINT" },
	{ SIGTERM, "SIGTERM" },
	{ SIGHUP, "SIGHUP" },
};

int stop_open(struct stop *s)
{
	sigset_t set;

	*s = (struct stop){ .fd = -1 };
	sigemptyset(&set);
	/* What is ignored is no wish to end: nohup(1). */
	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		struct sigaction action;

		if (sigaction(ends[i].number, NULL, &action) == 0 && action.sa_handler != SIG_IGN)
			sigaddset(&set, ends[i].number);
	}
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	s->fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return s->fd < 0 ? log_err(-errno, "signalfd") : 0;
}

void stop_close(struct stop *s)
{
	util_close(&s->fd);
}

/* At once, since the end of what runs may take a while. */
static void stop_say(struct stop *s)
{
	struct signalfd_siginfo info = { 0 };
	const char *name = "a signal";

	s->wanted = true;
	if (read(s->fd, &info, sizeof(info)) == sizeof(info))
		for (size_t i = 0; i < ARRAY_LEN(ends); i++)
			if ((uint32_t)ends[i].number == info.ssi_signo)
				name = ends[i].name;
	if (isatty(STDERR_FILENO))
		fputs("\r\033[K", stderr); /* the line that shows the progress */
	log_info("bench: ended by %s; the figures are partial", name);
}

int stop_wait(struct stop *s, int fd, int ms)
{
	const uint64_t end_ns =
		clock_now_ns(CLOCK_MONOTONIC) + (uint64_t)(ms < 0 ? 0 : ms) * NSEC_PER_MSEC;
	struct pollfd fds[] = {
		{ .fd = s ? s->fd : -1, .events = POLLIN },
		{ .fd = fd, .events = POLLIN },
	};

	if (s && s->wanted)
		return -EINTR;
	while (poll(fds, ARRAY_LEN(fds), ms) < 0) {
		uint64_t now_ns = clock_now_ns(CLOCK_MONOTONIC);

		if (errno != EINTR)
			return -errno;
		if (ms > 0)
			ms = now_ns < end_ns ? (int)((end_ns - now_ns) / NSEC_PER_MSEC) : 0;
	}
	if (s && fds[0].revents)
		stop_say(s);
	return fds[0].revents ? -EINTR : fds[1].revents != 0;
}
