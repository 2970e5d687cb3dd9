/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the tracers of limit.c and limit_cn.c have in common: a line of a given length for each
 * event, into a file, by a process that waits for events as long as execsnoop-c does.
 */
#ifndef BENCH_LIMIT_TRACER_H
#define BENCH_LIMIT_TRACER_H

#include <stddef.h>
#include <stdint.h>

#include "limit.h"

enum {
	LIMIT_LINE_MAX = 64 * 1024, /* bytes */
	LIMIT_FLUSH_LEN = 64 * 1024, /* as in user/flow.c */
};

struct limit_tracer {
	size_t line_len[LIMIT_CNT];
	uint64_t cnt[LIMIT_CNT]; /* lines */
	int signal_fd;
	int fd; /* of the output */
	int err; /* errno of the first write that failed */
	size_t used; /* of buf */
	char buf[LIMIT_FLUSH_LEN + LIMIT_LINE_MAX];
	char filler[LIMIT_LINE_MAX];
};

/* Say what failed, with errno. Returns EXIT_FAILURE. */
int limit_tracer_fail(const char *what);

/*
 * Make the output file and hold SIGINT back, from the threads made later too. line_lens: LIMIT_CNT
 * numbers, or NULL if there will be no lines. EXIT_SUCCESS, or EXIT_FAILURE and said.
 */
int limit_tracer_open(struct limit_tracer *t, char **line_lens, const char *path);

/* A line of that kind: what was received, filled up or cut to the line's length. */
void limit_tracer_line(struct limit_tracer *t, enum limit_kind kind, const void *rec, size_t len);

/*
 * Write the empty line that says that all is attached. Then, until SIGINT, let take(ctx) make the
 * lines of all that waits, as late as execsnoop-c does after source_fd became readable. Prints
 * "EXECS FORKS EXITS". EXIT_SUCCESS, or EXIT_FAILURE and said.
 */
int limit_tracer_run(struct limit_tracer *t, int source_fd, void (*take)(void *ctx), void *ctx);

#endif
