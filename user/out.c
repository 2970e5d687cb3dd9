// SPDX-License-Identifier: BSD-2-Clause
#include "out.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "clock.h"
#include "log.h"
#include "peer.h"

enum {
	MEANWHILE_MS = 1000,
	RETRY_MIN_MS = 50, /* after a failed connection, and then twice as long each time */
	RETRY_MAX_MS = 2000,
};

#define SOCKET_PREFIX "unix:"
#define OUT_FRESH (O_EXCL | O_NOFOLLOW)

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

const char *out_socket_path(const char *name)
{
	size_t len = strlen(SOCKET_PREFIX);

	if (strncmp(name, SOCKET_PREFIX, len) != 0)
		return NULL;
	name += len;
	return strlen(name) <= PEER_PATH_MAX ? name : "";
}

/* Of which we are the only writer; still each write goes to the end, also after a copy and truncate. */
static int out_file(const char *path, int flags)
{
	return open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOCTTY | O_CLOEXEC | flags, 0640);
}

/* If the last run was cut short in a line, ours do not go on with it. */
static int out_end_line(int fd, const char *path)
{
	_cleanup_close_ int in = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;
	char last;

	if (in < 0 || fstat(in, &st) < 0 || !S_ISREG(st.st_mode) || !st.st_size ||
	    pread(in, &last, 1, st.st_size - 1) != 1 || last == '\n')
		return 0;
	return write(fd, "\n", 1) == 1 ? 0 : -errno;
}

static int out_open_peer(struct out *o, const char *path)
{
	int r;

	o->peer = malloc(sizeof(*o->peer));
	if (!o->peer)
		return log_err(-ENOMEM, "%s", o->name);
	peer_init(o->peer, path);
	r = peer_connect(o->peer);
	return r < 0 ? log_err(r,
			       "cannot connect to %s: who shall read there must be started first",
			       o->name) :
		       0;
}

int out_begin(struct out *o)
{
	struct stat st;
	int r = 0;

	if (!o->path || o->peer || fstat(o->fd, &st) < 0 || !S_ISREG(st.st_mode))
		return 0;
	if (o->append)
		r = out_end_line(o->fd, o->path);
	else if (ftruncate(o->fd, 0) < 0)
		r = -errno;
	return r < 0 ? log_err(r, "cannot write to %s", o->name) : 0;
}

int out_open(struct out *o, const char *path, int fd)
{
	const char *std = fd == STDOUT_FILENO ? "standard output" : "standard error";
	const char *at = path ? out_socket_path(path) : NULL;
	struct stat st;

	o->stop_fd = -1;
	o->path = path;
	o->name = path ? path : std;
	if (at)
		return out_open_peer(o, at);
	o->linked = path && lstat(path, &st) == 0 && S_ISLNK(st.st_mode);
	o->fd = path ? out_file(path, o->fresh ? OUT_FRESH : 0) :
		       fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	if (o->fd < 0 || fstat(o->fd, &st) < 0)
		return log_err(-errno, "cannot write to %s", o->name);
	if (S_ISFIFO(st.st_mode) || S_ISCHR(st.st_mode))
		o->fd = out_nonblocking(o->fd);
	o->socket = S_ISSOCK(st.st_mode);
	return o->late ? 0 : out_begin(o);
}

bool out_is_tty(const struct out *o)
{
	return isatty(o->fd);
}

/*
 * A pipe that nobody reads is an error rather than a wait. A link that was not there at the start may be
 * somebody's who can write to the folder, but not to where it leads.
 */
static int out_reopen_file(struct out *o)
{
	int fd = out_file(o->path, O_NONBLOCK | (o->linked ? 0 : O_NOFOLLOW));

	if (fd < 0)
		return log_err(-errno,
			       "cannot open %s anew, so it goes on with the file that it has",
			       o->name);
	out_close(o);
	o->fd = fd;
	return 0;
}

int out_make(struct out *o)
{
	int fd = out_file(o->path, OUT_FRESH);

	if (fd < 0)
		return -errno;
	out_close(o);
	o->fd = fd;
	return 0;
}

int out_reopen(struct out *o)
{
	int r;

	if (!o->peer)
		return o->path ? out_reopen_file(o) : 0;
	r = peer_connect(o->peer);
	return r < 0 ? log_err(r,
			       "cannot connect anew to %s, so it goes on with the reader that it "
			       "has",
			       o->name) :
		       0;
}

/*
 * Wait until fd (-1: nothing) takes more, but at most so long: 0, whatever came, or -ETIMEDOUT when ending is due
 * and there was no progress.
 */
static int out_wait(struct out *o, int fd, int wait_ms)
{
	struct pollfd fds[] = {
		{ .fd = fd, .events = POLLOUT },
		{ .fd = o->stopping ? -1 : o->stop_fd, .events = POLLIN },
	};
	uint64_t now = clock_now_ns(CLOCK_MONOTONIC);

	if (o->stopping && !o->stuck_ns)
		o->stuck_ns = now + OUT_GRACE_MS * NSEC_PER_MSEC;
	if (o->stopping && now >= o->stuck_ns)
		return -ETIMEDOUT;
	if (o->stopping && wait_ms > OUT_GRACE_MS)
		wait_ms = OUT_GRACE_MS;
	if (poll(fds, ARRAY_LEN(fds), wait_ms) < 0 && errno != EINTR)
		return -errno;
	if (fds[1].revents)
		o->stopping = true;
	if (o->meanwhile)
		o->meanwhile(o->ctx);
	return 0;
}

static ssize_t out_write(const struct out *o, const char *ptr, size_t len)
{
	ssize_t n = o->socket ? send(o->fd, ptr, len, MSG_DONTWAIT | MSG_NOSIGNAL) :
				write(o->fd, ptr, len);

	return n < 0 ? -errno : n;
}

static void out_progress(struct out *o, size_t len)
{
	if (len)
		o->stuck_ns = 0;
}

static size_t out_lines(struct span text)
{
	size_t lines = 0;

	for (size_t i = 0; i < text.len; i++)
		lines += text.ptr[i] == '\n';
	return lines;
}

static bool out_is_file(const struct out *o)
{
	struct stat st;

	return o->path && !o->peer && fstat(o->fd, &st) == 0 && S_ISREG(st.st_mode);
}

bool out_is_full(const struct out *o, int err)
{
	return (err == -ENOSPC || err == -EDQUOT) && out_is_file(o);
}

/* Of a file, take back the line that a full disk has cut. How much stays. */
static size_t out_cut(const struct out *o, const char *ptr, size_t done)
{
	const char *end = done ? memrchr(ptr, '\n', done) : NULL;
	size_t piece = end ? (size_t)(ptr + done - end) - 1 : done;
	struct stat st;

	if (!piece || !out_is_file(o) || fstat(o->fd, &st) < 0)
		return done;
	if (ftruncate(o->fd, st.st_size - (off_t)piece) == 0)
		return done - piece;
	log_debug("%s: the last line is not whole", o->name);
	return done;
}

static int out_flush_fd(struct out *o, struct buf *b)
{
	size_t done = 0;
	int r = b->failed ? -ENOMEM : 0;

	while (!r && done < b->len) {
		ssize_t n = out_write(o, b->ptr + done, b->len - done);

		if (n >= 0) {
			done += (size_t)n;
			out_progress(o, (size_t)n);
		} else if (n == -EAGAIN) {
			r = out_wait(o, o->fd, MEANWHILE_MS);
		} else if (n != -EINTR) {
			r = (int)n;
		}
	}
	if (r < 0) {
		o->unwritten += out_lines((struct span){ b->ptr + done, b->len - done });
		done = out_cut(o, b->ptr, done);
	}
	o->written += done; /* not before: who counts it may not see it fall */
	return r;
}

/* The reader is gone: until there is one. 0, or -ETIMEDOUT when ending is due. */
static int out_reconnect(struct out *o, int err)
{
	int wait_ms = RETRY_MIN_MS, said = 0, r;

	peer_leave(o->peer);
	log_err(err, "%s: the reader is gone, events wait for another", o->name);
	do { /* not at once, as there are readers that leave at once */
		r = out_wait(o, -1, wait_ms);
		if (r < 0)
			return r;
		wait_ms = wait_ms < RETRY_MAX_MS / 2 ? 2 * wait_ms : RETRY_MAX_MS;
		r = peer_connect(o->peer);
		if (r < 0 && r != said && r != -ECONNREFUSED && r != -ENOENT && r != -EAGAIN)
			said = log_err(r, "%s: cannot connect anew", o->name);
	} while (r < 0);
	log_info("%s: there is a reader again", o->name);
	return 0;
}

/* All that the peer has; gone: why nobody is there, or 0. */
static int out_send(struct out *o, int gone)
{
	int r = gone ? out_reconnect(o, gone) : 0;

	while (!r) {
		size_t before = o->peer->farthest, more;
		ssize_t n = peer_send(o->peer);

		if (n == 0)
			return 0;
		more = o->peer->farthest - before; /* what is sent again is no progress */
		o->written += more;
		if (n > 0)
			out_progress(o, more);
		else if (n == -EAGAIN)
			r = out_wait(o, o->peer->fd, MEANWHILE_MS);
		else
			r = out_reconnect(o, (int)n);
	}
	o->unwritten += out_lines(peer_rest(o->peer));
	return r;
}

static int out_flush_peer(struct out *o, const struct buf *b)
{
	int r = b->failed ? -ENOMEM : peer_add(o->peer, buf_span(b));

	if (r == 0)
		return out_send(o, 0);
	o->unwritten += out_lines(buf_span(b));
	return r;
}

int out_peer_fd(const struct out *o)
{
	return o->peer ? o->peer->fd : -1;
}

int out_regain(struct out *o)
{
	return o->peer && peer_is_gone(o->peer) ? out_send(o, -EPIPE) : 0;
}

int out_flush(struct out *o, struct buf *b)
{
	int r = o->peer ? out_flush_peer(o, b) : out_flush_fd(o, b);

	b->len = 0;
	return r;
}

int out_close(struct out *o)
{
	int fd = TAKE_FD(o->fd);

	if (o->peer)
		peer_done(o->peer);
	free(TAKE_PTR(o->peer));
	if (fd >= 0 && close(fd) < 0 && errno != EINTR) {
		int err = log_err(-errno, "closing %s", o->name);

		o->closed = o->closed ? o->closed : err;
	}
	return o->closed;
}
