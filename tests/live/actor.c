/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "actor.h"

static const struct scene *const lists[] = {
	scenes_args,   scenes_path,   scenes_binary, scenes_process,
	scenes_failed, scenes_change, scenes_usage,  scenes_storm,
};

enum {
	LONG_LEN = 240000,
};

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

void chain_init(struct chain *c, const char *exe, int step)
{
	snprintf(c->step, sizeof(c->step), "%d", step);
	snprintf(c->child, sizeof(c->child), "chain:%d", step);
	c->argv[0] = "chain";
	c->argv[1] = c->step;
	c->argv[2] = NULL;
	c->program = (struct program){ .path = exe, .argv = c->argv, .child = c->child };
}

/* This program was told to live for a moment, and tells those that it starts. */
static bool child_slow;

/* What ACTOR_CHILD=NAME:NUMBER makes of this program; each returns the exit code. */

static int child_exit(int number, int argc, char **argv)
{
	(void)argc, (void)argv;
	return number;
}

static int child_argc(int number, int argc, char **argv)
{
	(void)number, (void)argv;
	return argc;
}

static int child_euid(int number, int argc, char **argv)
{
	(void)argc, (void)argv;
	return geteuid() != (uid_t)number;
}

static int child_signal(int number, int argc, char **argv)
{
	(void)argc, (void)argv;
	/* A core pattern that is a pipe starts its program whatever the limit. */
	if (setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 }) || prctl(PR_SET_DUMPABLE, 0))
		return 1;
	raise(number);
	return 1;
}

static int child_clobber(int number, int argc, char **argv)
{
	for (int i = 0; i < argc; i++)
		memset(argv[i], 'X', strlen(argv[i]));
	return number;
}

static int child_chain(int number, int argc, char **argv)
{
	struct shared shared;
	struct stage s = { .shared = &shared, .slow = child_slow };
	struct chain next;

	(void)argc, (void)argv;
	if (number == 1)
		return 0;
	if (readlink("/proc/self/exe", s.exe, sizeof(s.exe) - 1) < 0)
		return 1;
	chain_init(&next, s.exe, number - 1);
	program_exec(&s, &next.program);
}

/* So many programs, one after another, with an argv of LONG_LEN bytes. */
static int child_longs(int number, int argc, char **argv)
{
	char *envp[] = { CHILD_VARIABLE "=exit", NULL };
	char **args = argv_new(LONG_LEN, LONG_LEN / 2);

	(void)argc, (void)argv;
	for (int i = 0; i < number; i++) {
		pid_t pid = vfork();

		if (!pid) {
			execve("/proc/self/exe", args, envp);
			_exit(1);
		}
		child_wait(pid);
	}
	argv_free(args);
	return 0;
}

/* clang-format off */
static const struct {
	const char *name;
	int (*act)(int number, int argc, char **argv);
} children[] = {
	{ "exit", child_exit },
	{ "argc", child_argc },
	{ "euid", child_euid },
	{ "signal", child_signal },
	{ "clobber", child_clobber },
	{ "chain", child_chain },
	{ "longs", child_longs },
};
/* clang-format on */

static int child_main(const char *what, int argc, char **argv)
{
	size_t len;
	int number;

	child_slow = !strncmp(what, SLOW_PREFIX, strlen(SLOW_PREFIX));
	if (child_slow) {
		what += strlen(SLOW_PREFIX);
		usleep(SLOW_US);
	}
	len = strcspn(what, ":");
	number = what[len] ? atoi(what + len + 1) : 0;

	for (size_t i = 0; i < ARRAY_SIZE(children); i++)
		if (strlen(children[i].name) == len && !memcmp(children[i].name, what, len))
			return children[i].act(number, argc, argv);
	fprintf(stderr, "actor: unknown %s: %s\n", CHILD_VARIABLE, what);
	return 2;
}

static int list(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		for (const struct scene *sc = lists[i]; sc->name; sc++)
			printf("%-16s %-24s %s\n", sc->name,
			       sc->events ? sc->events : "exec,fork,exit", sc->text);
	return fflush(stdout) ? 1 : 0;
}

static const struct scene *scene_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		for (const struct scene *sc = lists[i]; sc->name; sc++)
			if (!strcmp(sc->name, name))
				return sc;
	return NULL;
}

static int play(const struct scene *sc)
{
	struct stage s;

	stage_open(&s);
	truth_actor();
	sc->act(&s);
	stage_close(&s);
	return 0;
}

int main(int argc, char **argv)
{
	const char *child = getenv(CHILD_VARIABLE);
	const struct scene *sc;

	if (child)
		return child_main(child, argc, argv);
	if (argc != 2) {
		fputs("usage: actor SCENE | actor --list\n", stderr);
		return 2;
	}
	if (!strcmp(argv[1], "--list"))
		return list();
	sc = scene_find(argv[1]);
	if (!sc) {
		fprintf(stderr, "actor: no scene '%s'; actor --list shows them\n", argv[1]);
		return 2;
	}
	return play(sc);
}
