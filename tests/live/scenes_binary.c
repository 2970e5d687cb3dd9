/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "actor.h"

/*
 * Mounts from on a folder of the stage, where only the actor and its programs see it. By the actor, as
 * a program that has a mount namespace for itself takes long to end.
 */
static void mount_here(const char *from, const char *to, unsigned long flags)
{
	if (mkdir(to, 0755) || unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount(from, to, NULL, MS_BIND | flags, NULL))
		fail(to);
}

static void unmount(const char *path)
{
	if (umount2(path, MNT_DETACH))
		fail(path);
}

static void bind(struct stage *s)
{
	char path[PATH_MAX], exe[PATH_MAX];

	stage_path(s, exe, "copy");
	stage_copy(exe);
	stage_path(s, path, "mounted");
	mount_here(s->dir, path, 0);
	stage_path(s, exe, "mounted/copy");
	program_run(s, &(struct program){
			       .path = exe, .argv = ARGV("bind"), .child = "exit", .exe = exe });
	unmount(path);
}

static int change_root(struct stage *s)
{
	char to[PATH_MAX];

	stage_path(s, to, "root");
	return chroot(to) || chdir("/");
}

/* The path is that from above the program's root. */
static void root(struct stage *s)
{
	char path[PATH_MAX], exe[2 * PATH_MAX];

	stage_path(s, path, "root");
	mount_here("/", path, MS_REC);
	snprintf(exe, sizeof(exe), "%s%s", path, s->exe);
	program_run(s, &(struct program){ .path = s->exe,
					  .argv = ARGV("root"),
					  .child = "exit",
					  .prepare = change_root,
					  .exe = exe });
	unmount(path);
}

static void run_unlinked(struct stage *s, const char *file)
{
	char path[PATH_MAX], name[32];
	int fd;

	stage_path(s, path, file);
	stage_copy(path);
	fd = open(path, O_PATH | O_CLOEXEC);
	if (fd < 0 || unlink(path))
		fail(path);
	snprintf(name, sizeof(name), "/dev/fd/%d", fd);
	program_run(s, &(struct program){ .path = "",
					  .dirfd = fd,
					  .flags = AT_EMPTY_PATH,
					  .argv = ARGV("deleted"),
					  .child = "exit",
					  .filename = name,
					  .exe = path,
					  .marks = "deleted" });
	close(fd);
}

static void deleted(struct stage *s)
{
	static const char *const names[] = { "gone", "memfd:gone", "gone (deleted)" };
	char path[PATH_MAX];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		run_unlinked(s, names[i]);
	/* This one is there. */
	stage_path(s, path, "there (deleted)");
	stage_copy(path);
	program_run(s, &(struct program){ .path = path, .argv = ARGV("x"), .child = "exit" });
}

const struct scene scenes_binary[] = {
	{ "bind-mount", bind, "a binary on a mount that only its process sees", NULL },
	{ "chroot", root, "a process with another root", NULL },
	{ "deleted", deleted, "binaries whose name is gone, or looks so", NULL },
	{ NULL, NULL, NULL, NULL },
};
