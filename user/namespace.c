// SPDX-License-Identifier: BSD-2-Clause
#include "namespace.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util.h"

/* Numbers of the first ones: enum init_ns_ino in linux/nsfs.h. */
#define USER_NS_INO 0xeffffffd
#define PID_NS_INO 0xeffffffc
#define TIME_NS_INO 0xeffffffa

/* What the clocks of a process's children are ahead of the kernel's. */
#define OFFSETS "/proc/self/timens_offsets"

static bool namespace_is_first(const char *path, ino_t first)
{
	struct stat st;

	return stat(path, &st) < 0 || st.st_ino == first;
}

bool namespace_first_user(void)
{
	return namespace_is_first("/proc/self/ns/user", USER_NS_INO);
}

bool namespace_first_pid(void)
{
	return namespace_is_first("/proc/self/ns/pid", PID_NS_INO);
}

/* "monotonic 0 0" and "boottime 0 0", with spaces between? */
static bool namespace_has_no_offsets(void)
{
	_cleanup_close_ int fd = open(OFFSETS, O_RDONLY | O_CLOEXEC);
	char text[256];
	ssize_t len = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (len <= 0)
		return false;
	text[len] = '\0';
	return !strpbrk(text, "123456789");
}

/* Are the children's clocks ours? */
static bool namespace_time_is_childrens(void)
{
	struct stat ours, theirs;

	return stat("/proc/self/ns/time", &ours) == 0 &&
	       stat("/proc/self/ns/time_for_children", &theirs) == 0 &&
	       ours.st_ino == theirs.st_ino;
}

int namespace_leave_time(void)
{
	static const char none[] = "monotonic 0 0\nboottime 0 0\n";
	_cleanup_close_ int offsets = -1, ns = -1;

	if (namespace_is_first("/proc/self/ns/time", TIME_NS_INO) ||
	    (namespace_time_is_childrens() && namespace_has_no_offsets()))
		return 0;
	/* That one, where the others are, may not be visible here; one that is made anew can be set. */
	if (unshare(CLONE_NEWTIME) < 0)
		return -errno;
	offsets = open(OFFSETS, O_WRONLY | O_CLOEXEC);
	if (offsets < 0 || write(offsets, none, strlen(none)) < 0)
		return -errno;
	ns = open("/proc/self/ns/time_for_children", O_RDONLY | O_CLOEXEC);
	return ns < 0 || setns(ns, CLONE_NEWTIME) < 0 ? -errno : 0;
}
