/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "actor.h"

static void run_path(struct stage *s, const char *path)
{
	program_run(s,
		    &(struct program){ .path = path, .argv = ARGV("path", "x"), .child = "exit" });
}

static int in_dir(struct stage *s)
{
	return chdir(s->dir);
}

static void relative(struct stage *s)
{
	char up[PATH_MAX], exe[PATH_MAX];

	stage_path(s, exe, "actor");
	stage_copy(exe);
	snprintf(up, sizeof(up), "../%s/./actor", strrchr(s->dir, '/') + 1);
	char *paths[] = { "actor", "./actor", up };

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		program_run(s, &(struct program){ .path = paths[i],
						  .argv = ARGV("relative"),
						  .child = "exit",
						  .prepare = in_dir,
						  .exe = exe });
}

static void link_symbolic(struct stage *s)
{
	char path[PATH_MAX];

	stage_path(s, path, "link");
	if (symlink(s->exe, path))
		fail(path);
	run_path(s, path);
}

static void odd_name(struct stage *s)
{
	static const char *const names[] = {
		"new\nline",           "esc\033[31m",
		"bad\xff\xfe\x80utf8", "sp ace",
		"quo'te\"s",           "-dash",
		"back\\slash",         "\342\200\256bidi",
		"\302\233c1",          "\xe6\xbc\xa2\xe5\xad\x97",
	};
	char path[PATH_MAX];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		stage_path(s, path, names[i]);
		stage_copy(path);
		run_path(s, path);
	}
}

/* A path of exactly PATH_MAX - 1 bytes, the longest that the kernel takes. */
static void long_path(struct stage *s)
{
	char path[PATH_MAX];
	size_t len, left;

	len = (size_t)snprintf(path, sizeof(path), "%s", s->dir);
	for (;;) {
		left = sizeof(path) - 1 - len;
		if (left <= NAME_MAX + 1)
			break;
		len += (size_t)snprintf(path + len, sizeof(path) - len, "/%0200zu", len);
		if (mkdir(path, 0755))
			fail(path);
	}
	snprintf(path + len, sizeof(path) - len, "/%0*d", (int)left - 1, 0);
	stage_copy(path);
	run_path(s, path);
}

static void script(struct stage *s)
{
	char interp[PATH_MAX], path[PATH_MAX], text[PATH_MAX + 32];
	struct program p = {
		.path = path, .argv = ARGV("dropped", "a b", ""), .child = "exit", .interp = interp
	};

	stage_path(s, interp, "interp");
	stage_copy(interp);

	stage_path(s, path, "bare");
	snprintf(text, sizeof(text), "#!%s\n", interp);
	stage_write(path, text, 0755);
	p.seen = ARGV(interp, path, "a b", "");
	program_run(s, &p);

	/* All that follows the interpreter is one argument. */
	stage_path(s, path, "optional");
	snprintf(text, sizeof(text), "#! %s  -o one argument\n", interp);
	stage_write(path, text, 0755);
	p.seen = ARGV(interp, "-o one argument", path, "a b", "");
	program_run(s, &p);
}

static void script_script(struct stage *s)
{
	char interp[PATH_MAX], inner[PATH_MAX], outer[PATH_MAX], text[PATH_MAX + 32];

	stage_path(s, interp, "interp");
	stage_copy(interp);
	stage_path(s, inner, "inner");
	snprintf(text, sizeof(text), "#!%s -i\n", interp);
	stage_write(inner, text, 0755);
	stage_path(s, outer, "outer");
	snprintf(text, sizeof(text), "#!%s -o\n", inner);
	stage_write(outer, text, 0755);
	program_run(s, &(struct program){ .path = outer,
					  .argv = ARGV("dropped", "rest"),
					  .child = "exit",
					  .interp = interp,
					  .seen = ARGV(interp, "-i", inner, "-o", outer, "rest") });
}

static void script_fd(struct stage *s)
{
	char interp[PATH_MAX], path[PATH_MAX], text[PATH_MAX + 32], name[32];
	int fd;

	stage_path(s, interp, "interp");
	stage_copy(interp);
	stage_path(s, path, "script");
	snprintf(text, sizeof(text), "#!%s\n", interp);
	stage_write(path, text, 0755);
	/* Not O_CLOEXEC: the interpreter is to open it, so the kernel would refuse the script. */
	fd = open(path, O_RDONLY);
	if (fd < 0)
		fail(path);
	snprintf(name, sizeof(name), "/dev/fd/%d", fd);
	program_run(s, &(struct program){ .path = "",
					  .dirfd = fd,
					  .flags = AT_EMPTY_PATH,
					  .argv = ARGV("dropped", "rest"),
					  .child = "exit",
					  .filename = name,
					  .interp = interp,
					  .seen = ARGV(interp, name, "rest") });
	close(fd);
}

static void memfd(struct stage *s)
{
	char path[32], name[32];
	int fd = memfd_create("no name\n", MFD_CLOEXEC);

	if (fd < 0)
		fail("memfd_create");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	stage_copy(path);
	snprintf(name, sizeof(name), "/dev/fd/%d", fd);
	program_run(s, &(struct program){ .path = "",
					  .dirfd = fd,
					  .flags = AT_EMPTY_PATH,
					  .argv = ARGV("memfd", "x"),
					  .child = "exit",
					  .filename = name,
					  .exe = "/memfd:no name\n",
					  .marks = "memfd" });
	close(fd);
}

static void execveat_dirfd(struct stage *s)
{
	char path[PATH_MAX], name[PATH_MAX + 32], exe[PATH_MAX];
	int fd = open(s->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct program p = { .path = path,
			     .dirfd = fd,
			     .argv = ARGV("execveat"),
			     .child = "exit",
			     .filename = name,
			     .exe = exe };

	if (fd < 0)
		fail(s->dir);
	stage_path(s, exe, "rel");
	stage_copy(exe);
	snprintf(path, sizeof(path), "rel");
	snprintf(name, sizeof(name), "/dev/fd/%d/%s", fd, path);
	program_run(s, &p);

	/* The kernel's own name for it is then longer than PATH_MAX. */
	for (int i = 0; i < PATH_MAX - 4; i += 2)
		memcpy(path + i, "./", 2);
	strcpy(path + PATH_MAX - 4, "rel");
	snprintf(name, sizeof(name), "/dev/fd/%d/%s", fd, path);
	program_run(s, &p);
	close(fd);
}

const struct scene scenes_path[] = {
	{ "relative", relative, "relative file names", NULL },
	{ "symlink", link_symbolic, "a symbolic link", NULL },
	{ "odd-name", odd_name, "file names with a newline, ESC, bad UTF-8", NULL },
	{ "long-path", long_path, "a file name of 4,095 bytes, the kernel's limit", NULL },
	{ "script", script, "a script, without and with the optional argument", NULL },
	{ "script-script", script_script, "a script whose interpreter is a script", NULL },
	{ "script-fd", script_fd, "a script that has only a descriptor", NULL },
	{ "memfd", memfd, "a program that is in no file", NULL },
	{ "execveat", execveat_dirfd, "a file name relative to a descriptor", NULL },
	{ NULL, NULL, NULL, NULL },
};
