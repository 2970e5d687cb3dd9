// SPDX-License-Identifier: BSD-2-Clause
#include "cpus.h"

#include <errno.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	KERNEL_GROUP = 1, /* what the kernel says, before udev's words on it */
	HEAD_LEN = 128, /* bytes of a message that are looked at: its first line */
};

int cpus_watch(void)
{
	const struct sockaddr_nl addr = { .nl_family = AF_NETLINK, .nl_groups = KERNEL_GROUP };
	int fd =
		socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT);

	if (fd < 0)
		return -errno;
	if (bind(fd, (const struct sockaddr *)&addr, sizeof(addr)) < 0) {
		int err = errno;

		close(fd);
		return -err;
	}
	return fd;
}

bool cpus_came_up(int fd)
{
	static const char wanted[] = "online@/devices/system/cpu/cpu";
	char head[HEAD_LEN];
	bool up = false;
	ssize_t len;

	if (fd < 0)
		return false;
	while ((len = recv(fd, head, sizeof(head), 0)) >= 0 || errno == EINTR || errno == ENOBUFS)
		if (len < 0)
			up |= errno == ENOBUFS; /* something was not told */
		else
			up |= (size_t)len >= sizeof(wanted) &&
			      !memcmp(head, wanted, sizeof(wanted) - 1);
	return up;
}
