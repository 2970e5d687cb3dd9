/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the program gives up once it has all that it needs, before it looks at the first event: the user, capabilities, ways to gain new ones, and system calls. The table
 * of what is kept, and why, is in privilege.c. Layer 1.
 */
#ifndef PRIVILEGE_H
#define PRIVILEGE_H

#include <stdbool.h>
#include <stdint.h>

/* What is still to be done later, and cannot be done without some right. */
enum privilege_need {
	NEED_TREE = 1 << 0, /* tell the kernel who is in the tree */
	NEED_CGROUPS = 1 << 1, /* open a cgroup by its number */
	NEED_LINKS = 1 << 2, /* /proc/PID/cwd and exe of others */
	NEED_MEMORY = 1 << 3, /* process_vm_readv(2) of others */
	NEED_LISTEN = 1 << 4, /* messages of the proc connector */
	NEED_UNLISTEN =
		1 << 5, /* say that these are no longer wanted, to a kernel that counts that */
	NEED_READERS = 1 << 6, /* a real-time reader for a CPU that comes up */
	NEED_COMMAND = 1 << 7, /* pass signals on to the command, wait for it */
	NEED_FILES = 1 << 8, /* make, rename and remove files: conf.files */
	NEED_UNIX = 1 << 9, /* connect to a socket in the file system */
	NEED_REOPEN = 1 << 10, /* open a file to write to, made if it is not there */
	NEED_USAGE = 1 << 11, /* what this process takes of the machine */
	NEED_CAPTURES = 1 << 12, /* read files of anybody, which the command line names */
	NEED_PROC =
		1 << 13, /* files of others in /proc that are open to all where it hides nobody */
};

enum {
	PRIVILEGE_FILES_MAX = 4,
	/* LeakSanitizer makes a process that traces this one. */
#ifdef __SANITIZE_ADDRESS__
	PRIVILEGE_SANITIZER = 1,
#else
	PRIVILEGE_SANITIZER = 0,
#endif
};

struct privilege_conf {
	const char *user; /* whom to become, as it was given; NULL: nobody else. Borrowed */
	uint32_t uid, gid; /* of user */
	bool off; /* give up nothing: to find out whether it is this that does harm */
	/* Paths that are made anew after it, so that their folders must be open to us; NULL: none. */
	const char *files[PRIVILEGE_FILES_MAX];
	const char *rotated; /* another one, whose folder is read as well; NULL: none */
	const char *socket; /* path of one that is connected to once more; NULL: none */
};

/*
 * Before all else, and before any thread is made: become conf->user, without its other groups, and with
 * all capabilities still. So what is made from here on belongs to that user. 0, or -errno, logged.
 */
int privilege_become(const struct privilege_conf *conf);

/*
 * Give up all but needs (enum privilege_need), in all threads that thread_start() made as well. 0, or
 * -errno, logged: then the program must end. A kernel that cannot filter system calls is told of, and is
 * no error.
 */
int privilege_drop(const struct privilege_conf *conf, unsigned int needs);

/* The tree is told: give up what only that needed. */
void privilege_tree_told(const struct privilege_conf *conf, unsigned int needs);

#endif
