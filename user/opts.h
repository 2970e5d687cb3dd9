/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The command line. One row of a table for each option makes the parsing and the
 * help. Layer 5.
 */
#ifndef OPTS_H
#define OPTS_H

#include <unistd.h>

#include "env.h"
#include "filter.h"
#include "metrics_file.h"
#include "privilege.h"
#include "record.h"
#include "sink/sink.h"
#include "source/replay.h"
#include "source/source.h"

/* What an option goes with. */
enum opt_rule {
	OPT_ANY,
	OPT_LIVE, /* means nothing for a replay */
	OPT_REPLAY, /* means nothing without one */
	OPT_RECORD, /* means nothing without a recording */
	OPT_ALONE, /* is for the command line alone */
	OPT_RULE_CNT,
};

enum {
	OPTS_MAX = 128, /* rows of the table of options */
};

/* The configuration file, of which the options that it sets borrow. */
struct opts_file {
	const char *path; /* NULL: none; borrowed from argv */
	char *text;
	unsigned int lines
		[OPTS_MAX]; /* where each row was set; 0: not, or on the command line after it */
};

struct opts {
	const struct sink_ops *sink;
	const struct source_ops *backend; /* NULL: the best that works */
	struct source_conf source;
	struct view_conf view;
	struct filter_conf filter; /* strings borrowed from argv or file.text, as all here */
	const char *output; /* or unix:PATH; NULL: opts_std_fd() */
	bool to_stdout; /* that is asked for */
	struct metrics_conf metrics; /* interval_ns 0: the default */
	char *const *command; /* what to run and trace; NULL: nothing; borrowed from argv */
	bool follow; /* until its last descendant has ended */
	bool kinds_given; /* else a replay shows what was shown when it was recorded */
	struct record_conf record;
	struct replay_conf replay;
	uint64_t since_ns; /* CLOCK_REALTIME; 0: from the start */
	uint64_t until_ns; /* 0: to the end */
	uint64_t duration_ns; /* 0: until a signal */
	unsigned int latency_ms;
	struct env_conf env;
	struct privilege_conf privilege;
	bool context;
	bool append; /* to the output's file */
	bool stats;
	bool columns_help;
	bool failed; /* source.kinds has EVENT_EXEC_FAILED, whatever --events says */
	struct opts_file file;
	bool check_config;
	bool doctor;
	const char *completion; /* shell to print completions for; NULL: none */
	bool verbose;
	bool help;
	bool version;
	const char *given[OPT_RULE_CNT]; /* the last option of each rule; NULL: none */
	char wrong[160]; /* of opts_parse() alone: what is wrong with an argument */
	char text[256]; /* the options as they were given, for the record */
};

/*
 * Fill in o from the configuration file, if one is named, and then from the command line. 0, or -EINVAL
 * after one line that says what is wrong; of the file, a line for each thing. opts_done() is due either way.
 */
int opts_parse(struct opts *o, int argc, char **argv);
void opts_done(struct opts *o);

/* Standard output or, with a command that is to have it, standard error. */
static inline int opts_std_fd(const struct opts *o)
{
	return o->command && !o->to_stdout ? STDERR_FILENO : STDOUT_FILENO;
}

/* What --help prints. */
void opts_help(struct buf *b);

/* What --columns help prints. */
void opts_help_columns(struct buf *b);

#endif
