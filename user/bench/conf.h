/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line of `execsnoop-c bench`. */
#ifndef BENCH_CONF_H
#define BENCH_CONF_H

#include <stdbool.h>
#include <stddef.h>

#include "../source/source.h"

struct buf;

enum bench_format {
	FORMAT_TEXT,
	FORMAT_JSON,
	FORMAT_MARKDOWN,
};

enum {
	CONF_LIST_MAX = 16,
};

/* Borrows from argv. */
struct bench_conf {
	unsigned int rounds;
	double seconds;
	unsigned int cpus;
	enum bench_format format;

	/* The points at which is measured: each of these with each of those. */
	double rates
		[CONF_LIST_MAX]; /* programs a second; INFINITY: what the spawners can; 0: idle */
	size_t rate_cnt; /* 0: not given */
	double argv_lens[CONF_LIST_MAX]; /* bytes */
	size_t argv_cnt;
	double alive[CONF_LIST_MAX]; /* processes that sleep meanwhile */
	size_t alive_cnt;

	const struct source_ops *backends[CONF_LIST_MAX];
	size_t backend_cnt;
	const char *base; /* another build, to compare with */
	const char *peers[CONF_LIST_MAX]; /* "NAME=COMMAND" */
	size_t peer_cnt;
	char *options[CONF_LIST_MAX + 1]; /* more for the tracer; NULL at the end */
	size_t option_cnt;

	const char *html; /* files and a directory to write; NULL: none */
	const char *plots;
	char *const *command; /* the workload; NULL: ours */
	bool help;
};

/* Fill in c. 0, or -EINVAL after one line that says what is wrong. argv[0] is the subcommand. */
int bench_conf_parse(struct bench_conf *c, int argc, char **argv);

void bench_conf_help(struct buf *b);

#endif
