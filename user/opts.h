/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The command line. One row of a table for each option makes the parsing and the
 * help. Layer 5.
 */
#ifndef OPTS_H
#define OPTS_H

#include "record.h"
#include "sink/sink.h"
#include "source/replay.h"
#include "source/source.h"

struct opts {
	const struct sink_ops *sink;
	const struct source_ops *backend; /* NULL: the best that works */
	struct source_conf source;
	const char *output; /* NULL: standard output; borrowed from argv */
	bool kinds_given; /* else a replay shows what was shown when it was recorded */
	struct record_conf record;
	struct replay_conf replay;
	uint64_t since_ns; /* CLOCK_REALTIME; 0: from the start */
	uint64_t until_ns; /* 0: to the end */
	uint64_t duration_ns; /* 0: until a signal */
	unsigned int latency_ms;
	bool context;
	bool doctor;
	bool verbose;
	bool help;
	bool version;
	char text[256]; /* the options as they were given, for the record */
};

/* Fill in o from the command line. 0, or -EINVAL after one line that says what is wrong. */
int opts_parse(struct opts *o, int argc, char **argv);

/* What --help prints. */
void opts_help(struct buf *b);

#endif
