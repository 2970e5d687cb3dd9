// SPDX-License-Identifier: BSD-2-Clause
#include "limit_tracer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>

#include "util.h"

enum {
	LATENCY_US = 10 * 1000, /* the default of --latency */
};

int limit_tracer_fail(const char *what)
{
	fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, what, strerror(errno));
	return EXIT_FAILURE;
}

static void limit_tracer_flush(struct limit_tracer *t)
{
	for (size_t done = 0; done < t->used && !t->err;) {
		ssize_t n = write(t->fd, t->buf + done, t->used - done);

		if (n >= 0)
			done += (size_t)n;
		else if (errno != EINTR)
			t->err = errno;
	}
	t->used = 0;
}

void limit_tracer_line(struct limit_tracer *t, enum limit_kind kind, const void *rec, size_t len)
{
	size_t line_len = t->line_len[kind];

	len = len < line_len ? len : line_len;
	memcpy(t->buf + t->used, rec, len);
	memcpy(t->buf + t->used + len, t->filler + len, line_len - len);
	t->used += line_len;
	t->cnt[kind]++;
	if (t->used >= LIMIT_FLUSH_LEN)
		limit_tracer_flush(t);
}

static int limit_tracer_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

int limit_tracer_open(struct limit_tracer *t, char **line_lens, const char *path)
{
	for (size_t i = 0; line_lens && i < LIMIT_CNT; i++) {
		t->line_len[i] = strtoul(line_lens[i], NULL, 10);
		if (t->line_len[i] > LIMIT_LINE_MAX) {
			errno = ERANGE;
			return limit_tracer_fail(line_lens[i]);
		}
	}
	memset(t->filler, ' ', sizeof(t->filler));
	t->signal_fd = limit_tracer_signals();
	t->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
	return t->signal_fd < 0 || t->fd < 0 ? limit_tracer_fail(path) : EXIT_SUCCESS;
}

int limit_tracer_run(struct limit_tracer *t, int source_fd, void (*take)(void *ctx), void *ctx)
{
	struct pollfd fds[] = {
		{ .fd = t->signal_fd, .events = POLLIN },
		{ .fd = source_fd, .events = POLLIN },
	};

	t->buf[t->used++] = '\n';
	limit_tracer_flush(t);
	while (!fds[0].revents && !t->err) {
		if (poll(fds, ARRAY_LEN(fds), -1) < 0 && errno != EINTR)
			return limit_tracer_fail("poll");
		if (fds[1].revents)
			usleep(LATENCY_US);
		take(ctx);
		limit_tracer_flush(t);
	}
	printf("%ju %ju %ju\n", (uintmax_t)t->cnt[LIMIT_EXEC], (uintmax_t)t->cnt[LIMIT_FORK],
	       (uintmax_t)t->cnt[LIMIT_EXIT]);
	errno = t->err;
	return t->err ? limit_tracer_fail("write") : EXIT_SUCCESS;
}
