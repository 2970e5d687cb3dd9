// SPDX-License-Identifier: BSD-2-Clause
/*
 * The service manager's end of sd_notify(3): manager NAME
 *
 * NAME: a path, or @ and an abstract name. Prints each message in a line "MILLISECONDS PID TEXT", since the
 * start and from whom, with a blank for each newline, until it is killed.
 */
#define _GNU_SOURCE
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int listen_at(const char *name)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	const size_t len = strlen(name);
	const int fd = socket(AF_UNIX, SOCK_DGRAM, 0), on = 1;

	if (fd < 0 || len >= sizeof(at.sun_path))
		return -1;
	memcpy(at.sun_path, name, len);
	if (*name == '@')
		at.sun_path[0] = '\0';
	if (setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) < 0 ||
	    bind(fd, (struct sockaddr *)&at,
		 (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)) < 0)
		return -1;
	return fd;
}

/* The next message. False: none can come. */
static int hear(int fd, int64_t start_ms)
{
	char text[1024], control[CMSG_SPACE(sizeof(struct ucred))];
	struct iovec part = { text, sizeof(text) - 1 };
	struct msghdr msg = { .msg_iov = &part,
			      .msg_iovlen = 1,
			      .msg_control = control,
			      .msg_controllen = sizeof(control) };
	struct ucred from = { 0 };
	ssize_t len = recvmsg(fd, &msg, 0);

	if (len < 0)
		return 0;
	text[len] = '\0';
	for (char *at = text; (at = strchr(at, '\n'));)
		*at = ' ';
	if (CMSG_FIRSTHDR(&msg))
		memcpy(&from, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(from));
	printf("%lld %d %s\n", (long long)(now_ms() - start_ms), from.pid, text);
	return !fflush(stdout);
}

int main(int argc, char **argv)
{
	int64_t start_ms = now_ms();
	int fd = argc == 2 ? listen_at(argv[1]) : -1;

	if (fd < 0) {
		perror("manager");
		return 1;
	}
	while (hear(fd, start_ms))
		;
	return 0;
}
