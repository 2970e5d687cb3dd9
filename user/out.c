// SPDX-License-Identifier: BSD-2-Clause
#include "out.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "log.h"

/*
 * O_NONBLOCK belongs to the open file, which standard output shares with other
 * programs. So a pipe or terminal is opened anew, which gives one of our own; where
 * that is not allowed, its writes may block.
 */
static int out_nonblocking(int fd)
{
	char path[32];
	int own;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	own = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (own < 0)
		return fd;
	close(fd);
	return own;
}

int out_open(struct out *o, const char *path, int fd)
{
	const char *std = fd == STDOUT_FILENO ? "standard output" : "standard error";
	struct stat st;

	o->stop_fd = -1;
	o->name = path ? path : std;
	o->fd = path ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOCTTY | O_CLOEXEC, 0640) :
		       fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	if (o->fd < 0 || fstat(o->fd, &st) < 0)
		return log_err(-errno, "cannot write to %s", o->name);
	if (S_ISFIFO(st.st_mode) || S_ISCHR(st.st_mode))
		o->fd = out_nonblocking(o->fd);
	o->socket = S_ISSOCK(st.st_mode);
	return 0;
}

bool out_is_tty(const struct out *o)
{
	return isatty(o->fd);
}

/* Until the reader takes more: 0, or -ETIMEDOUT when ending is due and it does not. */
static int out_wait(struct out *o)
{
	struct pollfd fds[] = {
		{ .fd = o->fd, .events = POLLOUT },
		{ .fd = o->stopping ? -1 : o->stop_fd, .events = POLLIN },
	};
	int r = poll(fds, ARRAY_LEN(fds), o->stopping ? OUT_GRACE_MS : -1);

	if (r < 0)
		return errno == EINTR ? 0 : -errno;
	if (r == 0)
		return -ETIMEDOUT;
	if (fds[1].revents)
		o->stopping = true;
	return 0;
}

static ssize_t out_write(const struct out *o, const char *ptr, size_t len)
{
	if (o->socket)
		return send(o->fd, ptr, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	return write(o->fd, ptr, len);
}

static size_t out_lines(const char *ptr, size_t len)
{
	size_t lines = 0;

	for (size_t i = 0; i < len; i++)
		lines += ptr[i] == '\n';
	return lines;
}

int out_flush(struct out *o, struct buf *b)
{
	size_t done = 0;
	int r = b->failed ? -ENOMEM : 0;

	while (!r && done < b->len) {
		ssize_t n = out_write(o, b->ptr + done, b->len - done);

		if (n >= 0)
			done += (size_t)n;
		else if (errno == EAGAIN)
			r = out_wait(o);
		else if (errno != EINTR)
			r = -errno;
	}
	if (r < 0)
		o->unwritten += out_lines(b->ptr + done, b->len - done);
	b->len = 0;
	return r;
}

int out_close(struct out *o)
{
	int fd = TAKE_FD(o->fd);

	if (fd >= 0 && close(fd) < 0 && errno != EINTR)
		return log_err(-errno, "closing %s", o->name);
	return 0;
}
