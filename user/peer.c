// SPDX-License-Identifier: BSD-2-Clause
#include "peer.h"

#include <linux/sockios.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

enum {
	UNREAD_DEFAULT = 1 << 20, /* if the kernel does not tell the size of the buffer */
	BUF_KEEP_LEN = 2 << 20, /* a buffer that became larger is given back when it is empty */
};

void peer_init(struct peer *p, const char *path)
{
	*p = (struct peer){ .address.sun_family = AF_UNIX, .fd = -1 };
	snprintf(p->address.sun_path, sizeof(p->address.sun_path), "%s", path);
}

void peer_done(struct peer *p)
{
	peer_leave(p);
	buf_done(&p->lines);
}

/* One message is taken when the buffer is not full, however large: so twice that (net/unix/af_unix.c). */
static size_t peer_unread_max(int fd)
{
	int len = 0;
	socklen_t size = sizeof(len);

	if (getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &len, &size) < 0 || len <= 0)
		return UNREAD_DEFAULT;
	return 2 * (size_t)len;
}

int peer_connect(struct peer *p)
{
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (const struct sockaddr *)&p->address, sizeof(p->address)) < 0)
		return -errno;
	peer_leave(p);
	p->unread_max = peer_unread_max(fd);
	p->fd = TAKE_FD(fd);
	return 0;
}

void peer_leave(struct peer *p)
{
	util_close(&p->fd);
	p->fd = -1;
	p->sent = 0;
}

/*
 * A reader that ends throws away what it has not read, and then nothing is left either; but the kernel
 * tells us of its end before it does so: unix_release_sock() in net/unix/af_unix.c.
 */
static bool peer_read_all(const struct peer *p)
{
	struct pollfd end = { .fd = p->fd };
	int unread;

	return p->fd >= 0 && ioctl(p->fd, SIOCOUTQ, &unread) == 0 && unread == 0 &&
	       poll(&end, 1, 0) == 0;
}

/* Forget whole lines that were read for certain. */
static void peer_forget(struct peer *p)
{
	size_t old = p->sent > p->unread_max ? p->sent - p->unread_max : 0;
	const char *end;

	if (peer_read_all(p))
		old = p->sent;
	end = old ? memrchr(p->lines.ptr, '\n', old) : NULL;
	if (!end)
		return;
	old = (size_t)(end - p->lines.ptr) + 1;
	memmove(p->lines.ptr, p->lines.ptr + old, p->lines.len - old);
	p->lines.len -= old;
	p->sent -= old;
	p->farthest -= old;
	if (!p->lines.len && p->lines.cap > BUF_KEEP_LEN)
		buf_done(&p->lines);
}

int peer_add(struct peer *p, struct span lines)
{
	peer_forget(p);
	if (lines.len && !buf_room(&p->lines, lines.len)) {
		p->lines.failed = false;
		return -ENOMEM;
	}
	buf_put_span(&p->lines, lines);
	return 0;
}

ssize_t peer_send(struct peer *p)
{
	struct span rest = peer_rest(p);
	ssize_t n;

	if (p->fd < 0)
		return -ENOTCONN;
	if (!rest.len)
		return 0;
	n = send(p->fd, rest.ptr, rest.len, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n < 0)
		return errno == EINTR ? -EAGAIN : -errno;
	p->sent += (size_t)n;
	if (p->sent > p->farthest)
		p->farthest = p->sent;
	return n;
}

struct span peer_rest(const struct peer *p)
{
	return (struct span){ p->lines.ptr + p->sent, p->lines.len - p->sent };
}
