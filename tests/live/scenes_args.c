/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "actor.h"

enum {
	ARG_MAX_LEN = 131072, /* of one argument and its NUL: MAX_ARG_STRLEN */
	CHUNK_LEN = 32768, /* of argv in one record of the tracer's */
	MANY_CNT = 10000,
	STACK_LEN = 64 << 20, /* argv and environment may take a quarter, at most 6 MiB */
};

static void run_argv(struct stage *s, char **argv, int (*prepare)(struct stage *s))
{
	program_run(s, &(struct program){
			       .path = s->exe, .argv = argv, .child = "exit", .prepare = prepare });
}

static void run_sized(struct stage *s, size_t total, size_t piece, int (*prepare)(struct stage *s))
{
	char **argv = argv_new(total, piece);

	run_argv(s, argv, prepare);
	argv_free(argv);
}

static void plain(struct stage *s)
{
	run_argv(s, ARGV("plain", "one", "two"), NULL);
}

static void empty_args(struct stage *s)
{
	run_argv(s, ARGV("", "", ""), NULL);
	run_argv(s, ARGV("empty-args", ""), NULL);
	run_argv(s, ARGV("", "not-empty"), NULL);
	run_argv(s, ARGV("empty-args", "", "between", "", ""), NULL);
}

static void odd_args(struct stage *s)
{
	run_argv(s,
		 ARGV("odd-args", " ", "a b", "\t", "'", "\"", "'\"'", "\\", "a\\nb", "line\nbreak",
		      "\n", "\r", "\033[2J\033[31mred", "\a\b\f\v", "\x7f", "$HOME `id` $(id)",
		      "*?[a-z]{a,b}~!#&;|<>()", "-", "--", "-n", "=", "a=b", "%s%n", "{\"json\":1}",
		      "\302\23331m", "\xc2\x80\xc2\x9f", "\342\200\256abc",
		      "\342\201\246x\342\201\251", "\xe2\x80\x8b", "\xe2\x80\xa8\xe2\x80\xa9",
		      "\357\273\277bom", "gr\xc3\xbc\xc3\x9f", "\xe6\xbc\xa2\xe5\xad\x97",
		      "\xf0\x9f\x90\xa7", "e\xcc\x81"),
		 NULL);
}

static void bad_utf8(struct stage *s)
{
	run_argv(s,
		 ARGV("bad-utf8", "\x80", "\xff", "\xfe\xff", "a\xc3", "\xc3(", "\xe2\x82",
		      "\xe2\x28\xa1", "\xf0\x9f\x90", "\xc0\x80", "\xc1\xbf", "\xe0\x80\xaf",
		      "\xed\xa0\x80", "\xed\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80",
		      "\xf8\x88\x80\x80\x80", "\xc3\xa9\xe9", "fine"),
		 NULL);
	/* The character ends in the next argument: no argument of these is whole. */
	run_argv(s, ARGV("bad-utf8", "\xc3", "\xa9"), NULL);
	run_argv(s, ARGV("\xe9"), NULL);
}

static void each_byte(struct stage *s)
{
	char *argv[1 + 255 + 1 + 1] = { "each-byte" };
	char single[256][2] = { 0 };
	char all[256] = { 0 };

	for (int i = 1; i < 256; i++) {
		single[i][0] = (char)i;
		all[i - 1] = (char)i;
		argv[i] = single[i];
	}
	argv[256] = all;
	run_argv(s, argv, NULL);
	run_argv(s, ARGV("each-byte", all), NULL);
}

static void many_args(struct stage *s)
{
	static char names[MANY_CNT][12];
	static char *argv[MANY_CNT + 1];

	for (int i = 0; i < MANY_CNT; i++) {
		snprintf(names[i], sizeof(names[i]), "arg-%d", i);
		argv[i] = names[i];
	}
	run_argv(s, argv, NULL);
	/* 100,000 arguments, each empty */
	run_sized(s, 100000, 1, NULL);
}

static void long_arg(struct stage *s)
{
	run_sized(s, ARG_MAX_LEN, ARG_MAX_LEN, NULL);
}

static void large(struct stage *s)
{
	run_sized(s, 1900000, 1000, NULL);
}

static int stack_large(struct stage *s)
{
	(void)s;
	return setrlimit(RLIMIT_STACK, &(struct rlimit){ STACK_LEN, STACK_LEN });
}

static void huge(struct stage *s)
{
	run_sized(s, 5800000, ARG_MAX_LEN, stack_large);
}

static void boundaries(struct stage *s)
{
	/* clang-format off */
	static const size_t totals[] = {
		1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 63, 64, 65, 127, 128, 129, 255, 256, 257,
		4095, 4096, 4097, 8191, 8192, 8193, 16383, 16384, 16385, 28671, 28672, 28673,
		CHUNK_LEN - 1, CHUNK_LEN, CHUNK_LEN + 1,
		2 * CHUNK_LEN - 1, 2 * CHUNK_LEN, 2 * CHUNK_LEN + 1,
		3 * CHUNK_LEN - 1, 3 * CHUNK_LEN, 3 * CHUNK_LEN + 1,
		4 * CHUNK_LEN - 1, 4 * CHUNK_LEN, 4 * CHUNK_LEN + 1,
		32 * CHUNK_LEN - 1, 32 * CHUNK_LEN, 32 * CHUNK_LEN + 1,
	};
	/* clang-format on */

	for (size_t i = 0; i < sizeof(totals) / sizeof(totals[0]); i++) {
		run_sized(s, totals[i], ARG_MAX_LEN, NULL);
		run_sized(s, totals[i], 61, NULL);
	}
}

/* Lengths at which the head of a record, or the file name beside argv, may make the difference. */
static void sweep(struct stage *s)
{
	for (size_t total = CHUNK_LEN - 512; total <= CHUNK_LEN + 32; total++)
		run_sized(s, total, 4096, NULL);
}

/* Linux 5.18 and later give such a program one empty argument: the program tells. */
static void argc_zero(struct stage *s)
{
	char *none[] = { NULL };
	struct program p = { .path = s->exe, .argv = none, .child = "argc" };
	pid_t pid = program_start(s, &p);
	int status = child_wait(pid);

	p.seen = WEXITSTATUS(status) ? ARGV("") : none;
	truth_exec(&p, pid, getpid());
	truth_exit(pid, status);
}

const struct scene scenes_args[] = {
	{ "plain", plain, "a program with two arguments", NULL },
	{ "empty-args", empty_args, "empty arguments at each place", NULL },
	{ "odd-args", odd_args, "blanks, quotes, newlines, ESC, C1, bidirectional overrides",
	  NULL },
	{ "bad-utf8", bad_utf8, "arguments that are not UTF-8", NULL },
	{ "each-byte", each_byte, "every byte from 1 to 255, alone and in one argument", NULL },
	{ "many-args", many_args, "10,000 arguments, and 100,000 empty ones", NULL },
	{ "long-arg", long_arg, "one argument of 131,071 bytes, the kernel's limit", NULL },
	{ "large", large, "an argv of 1.9 MB", NULL },
	{ "huge", huge, "an argv of 5.8 MB", NULL },
	{ "boundaries", boundaries, "an argv of a multiple of a chunk, one byte less and more",
	  NULL },
	{ "sweep", sweep, "an argv of each length around one chunk", NULL },
	{ "argc-zero", argc_zero, "no argument at all", NULL },
	{ NULL, NULL, NULL, NULL },
};
