// SPDX-License-Identifier: BSD-2-Clause
#include "namespace.h"

#include <sys/stat.h>

/* Numbers of the first ones: enum init_ns_ino in linux/nsfs.h. */
#define USER_NS_INO 0xeffffffd
#define PID_NS_INO 0xeffffffc

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
