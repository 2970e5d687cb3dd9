// SPDX-License-Identifier: BSD-2-Clause
#include "notify.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include "clock.h"
#include "log.h"
#include "util.h"

enum {
	SEND_SEC = 5, /* a manager that does not read for so long is not told */
	TEXT_LEN = 512,
};

/* To an absolute path, or @ and an abstract name (unix(7)). A file descriptor, or -errno. */
static int notify_connect(const char *path)
{
	_cleanup_close_ int fd = -1;
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	size_t len = strlen(path);
	socklen_t to_len;

	if ((*path != '/' && *path != '@') || len < 2 || len >= sizeof(to.sun_path))
		return -EINVAL;
	memcpy(to.sun_path, path, len + 1);
	to_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + 1);
	if (*path == '@') { /* whose name is as long as the address says */
		to.sun_path[0] = '\0';
		to_len--;
	}
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (const struct sockaddr *)&to, to_len) < 0)
		return -errno;
	return TAKE_FD(fd);
}

/* How often the manager wants a sign of life, half of it; 0: from others, or not at all. */
static uint64_t notify_every(const char *usec, const char *pid)
{
	char *end;
	uint64_t n;

	if (!usec || (pid && strtoul(pid, NULL, 10) != (unsigned long)getpid()))
		return 0;
	errno = 0;
	n = strtoull(usec, &end, 10);
	if (errno || *end || *usec < '0' || *usec > '9' || n > UINT64_MAX / NSEC_PER_SEC)
		return 0;
	return n * 1000 / 2;
}

void notify_open(struct notify *n)
{
	const struct timeval wait = { .tv_sec = SEND_SEC };
	const char *path = getenv("NOTIFY_SOCKET");
	int fd = path ? notify_connect(path) : -1;

	*n = (struct notify){ .fd = fd < 0 ? -1 : fd, .due_ns = UINT64_MAX };
	if (fd >= 0) {
		n->every_ns = notify_every(getenv("WATCHDOG_USEC"), getenv("WATCHDOG_PID"));
		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
	} else if (path) {
		log_err(fd, "the service manager is told nothing: NOTIFY_SOCKET='%s'", path);
	}
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
}

void notify_close(struct notify *n)
{
	util_close(&n->fd);
	n->fd = -1;
}

static int notify_send(const struct notify *n, const char *text, int flags)
{
	ssize_t r;

	if (n->fd < 0)
		return 0;
	r = send(n->fd, text, strlen(text), flags | MSG_NOSIGNAL);
	return r < 0 ? -errno : 0;
}

void notify_ready(struct notify *n, const char *status)
{
	char text[TEXT_LEN];
	int r;

	if (status)
		snprintf(text, sizeof(text), "READY=1\nSTATUS=%.*s", (int)strcspn(status, "\n"),
			 status);
	r = notify_send(n, status ? text : "READY=1", 0);
	if (r < 0)
		log_err(r, "telling the service manager (NOTIFY_SOCKET)");
	if (n->fd >= 0 && n->every_ns)
		n->due_ns = clock_now_ns(CLOCK_MONOTONIC) + n->every_ns;
}

void notify_reloading(struct notify *n)
{
	char text[TEXT_LEN];

	snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%ju",
		 (uintmax_t)(clock_now_ns(CLOCK_MONOTONIC) / 1000));
	notify_send(n, text, 0);
}

void notify_stopping(struct notify *n)
{
	notify_send(n, "STOPPING=1", 0);
	n->due_ns = UINT64_MAX;
}

void notify_failed(struct notify *n, int err)
{
	char text[TEXT_LEN];

	snprintf(text, sizeof(text), "STATUS=failed: %s\nERRNO=%d", strerror(-err), -err);
	notify_send(n, text, 0);
}

void notify_alive(struct notify *n, uint64_t now_ns)
{
	if (now_ns < n->due_ns)
		return;
	notify_send(n, "WATCHDOG=1", MSG_DONTWAIT);
	n->due_ns = now_ns + n->every_ns;
}
